package orders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"tidemark/app/tidemark/internal/console"
	"tidemark/simulator/topology"
)

// Watch shows a simulator live.
type Watch struct {
	controlled
	Every  time.Duration `help:"Between two looks." default:"500ms"`
	Events int           `help:"How many of the latest events are shown." default:"15" placeholder:"N"`
	Kind   []string      `help:"Only events of these kinds, as commit, apply, promoted, outage." placeholder:"KIND"`
}

// Run is tidemark sim watch. On a terminal it draws one screen again and again; elsewhere it prints a line for each
// event and change.
func (c *Watch) Run(e *console.Environment) error {
	if c.Every < 10*time.Millisecond {
		return console.Usagef("--every is %s: write at least 10ms", c.Every)
	}
	if c.Events < 0 {
		return console.Usagef("--events is %d: it has to be at least 0", c.Events)
	}
	if _, err := look(e.Context, c.client()); err != nil {
		return err
	}
	if console.IsTerminal(e.Stdout) {
		return c.draw(e)
	}
	return c.print(e)
}

// lines are the latest events.
type lines struct {
	mu   sync.Mutex
	text []string
	keep int
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, line)
	l.text = l.text[max(0, len(l.text)-l.keep):]
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.text, "\n")
}

// follow hands over the events that come, until the context ends or the simulator does.
func (c *Watch) follow(ctx context.Context, f func(topology.Event) error) error {
	last, err := c.client().LastEvent(ctx)
	if err != nil {
		return err
	}
	err = c.client().Follow(ctx, last, func(e topology.Event) error {
		for _, k := range c.Kind {
			if k == e.Kind {
				return f(e)
			}
		}
		if len(c.Kind) > 0 {
			return nil
		}
		return f(e)
	})
	if ctx.Err() != nil {
		return nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the simulator has ended")
	}
	return err
}

// eventText is an event in a line.
func eventText(e topology.Event) string {
	text := fmt.Sprintf("%s  %-12s", clock(e.At), e.Kind)
	if e.Account != "" {
		text += " " + e.Account
	}
	if e.Call != nil {
		text += fmt.Sprintf(" %s %s %s", e.Call.Operation, e.Call.Container, e.Call.Partition)
	}
	if e.Entry != nil {
		text += fmt.Sprintf(" #%d %s %s", e.Entry.Seq, e.Entry.Container, e.Entry.Partition)
	}
	if e.Status != 0 {
		text += fmt.Sprintf(" %d", e.Status)
	}
	if e.Text != "" {
		text += " " + e.Text
	}
	return strings.TrimRight(text, " ")
}

// print writes lines.
func (c *Watch) print(e *console.Environment) error {
	ctx, cancel := context.WithCancel(e.Context)
	defer cancel()
	var mu sync.Mutex
	write := func(text string) error {
		mu.Lock()
		defer mu.Unlock()
		_, err := fmt.Fprintln(e.Stdout, text)
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- c.follow(ctx, func(event topology.Event) error { return write(eventText(event)) }) }()
	var before picture
	tick := time.NewTicker(c.Every)
	defer tick.Stop()
	for {
		if p, err := look(ctx, c.client()); err == nil {
			for _, line := range p.changes(before) {
				if err := write(clock(time.Now()) + "  " + line); err != nil {
					return err
				}
			}
			before = p
		}
		select {
		case err := <-ended:
			return err
		case <-e.Context.Done():
			return nil
		case <-tick.C:
		}
	}
}

// The control sequences of a terminal (ECMA-48): another screen without a cursor, the upper left corner, the rest of
// a line and of the screen.
const (
	enterScreen = "\x1b[?1049h\x1b[?25l"
	leaveScreen = "\x1b[?25h\x1b[?1049l"
	home        = "\x1b[H"
	clearLine   = "\x1b[K"
	clearRest   = "\x1b[J"
)

// draw draws the screen until a signal comes.
func (c *Watch) draw(e *console.Environment) error {
	ctx, cancel := context.WithCancel(e.Context)
	defer cancel()
	latest := &lines{keep: c.Events}
	ended := make(chan error, 1)
	go func() {
		ended <- c.follow(ctx, func(event topology.Event) error { latest.add(eventText(event)); return nil })
	}()
	fmt.Fprint(e.Stdout, enterScreen)
	defer fmt.Fprint(e.Stdout, leaveScreen)
	tick := time.NewTicker(c.Every)
	defer tick.Stop()
	for {
		p, err := look(ctx, c.client())
		if err != nil && ctx.Err() == nil {
			return err
		}
		text := fmt.Sprintf("tidemark sim watch %s   %s   Ctrl-C ends\n\n%s\n%s\n", c.Control, clock(time.Now()),
			p.text(), latest)
		fmt.Fprint(e.Stdout, home+strings.ReplaceAll(text, "\n", clearLine+"\n")+clearRest)
		select {
		case err := <-ended:
			return err
		case <-e.Context.Done():
			return nil
		case <-tick.C:
		}
	}
}
