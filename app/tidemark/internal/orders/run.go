package orders

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"tidemark/app/tidemark/internal/console"
	"tidemark/simulator/control"
)

// Run carries a schedule of faults out.
type Run struct {
	controlled
	File      string        `arg:"" help:"The schedule, a fault a line, as: at 5s for 30s region east out: hang. - is standard input."`
	HealAfter time.Duration `help:"End everything that holds after this long; without it what has no end holds until you interrupt this command." placeholder:"DURATION" env:"-"`
}

// runEvery is how often a schedule is asked how far it is.
const runEvery = 100 * time.Millisecond

// Run is tidemark sim run. It says what happens as it does, and ends with the schedule. Interrupted it stops the
// schedule, so that everything of it ends.
func (c *Run) Run(e *console.Environment) error {
	if c.HealAfter < 0 {
		return console.Usagef("--heal-after is %s: write after how long everything ends, as 2m", c.HealAfter)
	}
	text, err := c.text(e)
	if err != nil {
		return err
	}
	var now control.Schedule
	order := control.ScheduleOrder{Schedule: text, HealAfter: length(c.HealAfter)}
	if err := c.client().Do(e.Context, "POST", "/schedule", order, &now); err != nil {
		return err
	}
	return c.follow(e, &now)
}

// text is the schedule's.
func (c *Run) text(e *console.Environment) (string, error) {
	if c.File == "-" {
		b, err := io.ReadAll(os.Stdin)
		return string(b), err
	}
	b, err := os.ReadFile(c.File)
	if errors.Is(err, fs.ErrNotExist) {
		return "", console.Usagef("there is no file %s: name one that is there, with a line a fault, as: "+
			"at 5s for 30s region east out: hang", c.File)
	}
	return string(b), err
}

// follow says what the schedule does until it is over.
func (c *Run) follow(e *console.Environment, now *control.Schedule) error {
	said, failed := 0, 0
	ctx := e.Context
	for {
		for _, d := range now.Done[said:] {
			said++
			text := fmt.Sprintf("%-10s %-7s %s", d.At, d.What, d.Fault)
			if d.Error != "" {
				failed++
				text += ": not done: " + d.Error
			}
			e.Say("%s", text)
		}
		if !now.Running {
			break
		}
		select {
		case <-ctx.Done():
			ctx = context.WithoutCancel(ctx)
			if err := c.client().Do(ctx, "DELETE", "/schedule", nil, nil); err != nil {
				return err
			}
		case <-time.After(runEvery):
		}
		next := control.Schedule{}
		if err := c.client().Do(ctx, "GET", "/schedule", nil, &next); err != nil && ctx.Err() == nil {
			return err
		} else if err == nil {
			*now = next
		}
	}
	if failed > 0 {
		return fmt.Errorf("%s of the schedule could not be done", console.Counted(failed, "order"))
	}
	return nil
}
