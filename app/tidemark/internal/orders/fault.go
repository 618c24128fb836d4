package orders

import (
	"net/url"

	"tidemark/app/tidemark/internal/console"
	"tidemark/simulator/control"
)

// Fault adds a rule.
type Fault struct {
	controlled
	Rule   string `arg:"" optional:"" help:"What goes wrong (delay, hold, status, reset, hang, throttle), with which calls, and how often, as: reset after commit if (operation=insert or operation=batch) not table=Log* nth=3."`
	Clear  bool   `help:"Remove every rule first." env:"-"`
	Remove string `help:"Remove this rule: its name, or its number." placeholder:"RULE" env:"-"`
}

// Run is tidemark sim fault.
func (c *Fault) Run(e *console.Environment) error {
	if c.Clear {
		if err := c.client().Do(e.Context, "DELETE", "/faults", nil, nil); err != nil {
			return err
		}
	}
	if c.Remove != "" {
		if err := c.client().Do(e.Context, "DELETE", "/faults/"+url.PathEscape(c.Remove), nil, nil); err != nil {
			return err
		}
	}
	if c.Rule != "" {
		if err := c.client().Do(e.Context, "POST", "/faults", control.Rule{Rule: c.Rule}, nil); err != nil {
			return err
		}
	}
	faults, err := c.client().Faults(e.Context)
	if err != nil {
		return err
	}
	if len(faults) == 0 {
		e.Say("there is no rule")
	}
	for _, f := range faults {
		e.Say("%d  %s  (%s)", f.Index, f.Rule, console.Counted(f.Hits, "hit"))
	}
	return nil
}
