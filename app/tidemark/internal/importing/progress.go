package importing

import (
	"fmt"
	"io"
	"strings"
	"time"

	"tidemark/app/tidemark/internal/console"
)

// progress shows how far a file is: a bar where somebody looks, a line now and then where nobody does.
type progress struct {
	out      io.Writer
	name     string
	size     int64 // 0: unknown
	terminal bool
	began    time.Time
	shown    time.Time
	drawn    bool
}

const (
	barEvery  = 100 * time.Millisecond
	lineEvery = 2 * time.Second
	barWidth  = 30
)

// beginProgress begins to show how far a file of a size is; nothing where a program reads.
func beginProgress(e *console.Environment, what string, size int64) *progress {
	out := e.Stderr
	if e.Records {
		out = io.Discard
	}
	return newProgress(out, what, size)
}

func newProgress(out io.Writer, name string, size int64) *progress {
	now := time.Now()
	return &progress{out: out, name: name, size: size, terminal: console.IsTerminal(out), began: now, shown: now}
}

// show draws the bar, or writes the line, unless the last one is too fresh.
func (p *progress) show(read int64, readings int) {
	rate := float64(readings) / max(time.Since(p.began).Seconds(), 0.001)
	p.draw(read, fmt.Sprintf("%s: %s readings, %s a second", p.name, console.Thousands(readings),
		console.Thousands(int(rate))))
}

// look is show where nothing is counted yet.
func (p *progress) look(read int64) { p.draw(read, p.name) }

func (p *progress) draw(read int64, line string) {
	now, every := time.Now(), lineEvery
	if p.terminal {
		every = barEvery
	}
	whole := p.size > 0 && read >= p.size
	if now.Sub(p.shown) < every && !(p.terminal && whole) {
		return
	}
	p.shown = now
	if !p.terminal {
		fmt.Fprintln(p.out, line+p.percent(read))
		return
	}
	fmt.Fprintf(p.out, "\r\x1b[K%s%s", p.bar(read), line)
	p.drawn = true
}

func (p *progress) percent(read int64) string {
	if p.size == 0 {
		return ""
	}
	return fmt.Sprintf(", %d %%", 100*min(read, p.size)/p.size)
}

func (p *progress) bar(read int64) string {
	if p.size == 0 {
		return ""
	}
	full := int(barWidth * min(read, p.size) / p.size)
	return "[" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "] "
}

// done takes the bar away.
func (p *progress) done() {
	if p.drawn {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
