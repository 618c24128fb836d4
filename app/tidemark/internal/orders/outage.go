package orders

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"tidemark/app/tidemark/internal/console"
	"tidemark/simulator/control"
)

// Outage begins an outage.
type Outage struct {
	controlled
	Region string        `arg:"" optional:"" help:"The region that is lost, both ways; leave it out with --from and --to."`
	Parts  []string      `help:"Only these parts: table, queue, redis, compute." placeholder:"PART" env:"-"`
	Fault  string        `help:"How it fails: refuse, hang, reset or 503." enum:"refuse,hang,reset,503" default:"refuse" env:"-"`
	From   string        `help:"Hurt what goes from this place (a region, or outside)." placeholder:"PLACE" env:"-"`
	To     string        `help:"Hurt what goes to this place." placeholder:"PLACE" env:"-"`
	For    time.Duration `help:"End by itself after this long; without it tidemark sim heal ends it." placeholder:"DURATION" env:"-"`
	Note   string        `help:"A remark, shown with the outage." placeholder:"TEXT" env:"-"`
}

// Run is tidemark sim outage. One that is under way already is refused: a second would outlive the healing of the
// first.
func (c *Outage) Run(e *console.Environment) error {
	if c.For < 0 {
		return console.Usagef("--for is %s: write how long the outage lasts, as 30s", c.For)
	}
	wanted := control.Outage{Region: c.Region, From: c.From, To: c.To, Parts: c.Parts, Fault: c.Fault, Note: c.Note,
		For: length(c.For)}
	outages, err := c.client().Outages(e.Context)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(outages, func(o control.Outage) bool { return sameOutage(o, wanted) }); i >= 0 {
		o := outages[i]
		return fmt.Errorf("it is under way already: %s: %s; tidemark sim heal %s ends it", o.ID, outageText(o), o.ID)
	}
	var begun control.Outage
	if err := c.client().Do(e.Context, "POST", "/outages", wanted, &begun); err != nil {
		return err
	}
	text := begun.ID + ": " + outageText(begun)
	if c.For > 0 {
		text += ", for " + c.For.String()
	} else {
		text += "; tidemark sim heal " + begun.ID + " ends it"
	}
	e.Say("%s%s%s", text, c.stillOut(e.Context, begun), c.expect(e.Context))
	return nil
}

// sameOutage reports whether two outages hurt the same in the same way.
func sameOutage(a, b control.Outage) bool {
	return a.Region == b.Region && a.From == b.From && a.To == b.To && a.Fault == b.Fault &&
		slices.Equal(slices.Sorted(slices.Values(a.Parts)), slices.Sorted(slices.Values(b.Parts)))
}

// stillOut names the other outages of an outage's region.
func (c controlled) stillOut(ctx context.Context, of control.Outage) string {
	outages, err := c.client().Outages(ctx)
	if err != nil || of.Region == "" {
		return ""
	}
	var others []string
	for _, o := range outages {
		if o.Region == of.Region && o.ID != of.ID {
			others = append(others, o.ID)
		}
	}
	if len(others) == 0 {
		return ""
	}
	return fmt.Sprintf(" (region %s is out by %s too; tidemark sim heal %s ends all)", of.Region,
		strings.Join(others, ", "), of.Region)
}

// Heal ends outages.
type Heal struct {
	controlled
	Which string `arg:"" optional:"" name:"outage" help:"The outage, or a region, of which all end; the only one when empty."`
	All   bool   `help:"End all of them." env:"-"`
}

// Run is tidemark sim heal.
func (c *Heal) Run(e *console.Environment) error {
	outages, err := c.client().Outages(e.Context)
	if err != nil {
		return err
	}
	switch {
	case c.Which != "":
		outages = meant(outages, c.Which)
	case len(outages) == 0:
		e.Say("there is no outage")
		return nil
	case len(outages) > 1 && !c.All:
		ids := make([]string, len(outages))
		for i, o := range outages {
			ids[i] = o.ID
		}
		return console.Usagef("which outage? There are %s: name one, or its region, or all of them with --all",
			strings.Join(ids, ", "))
	}
	for i, o := range outages {
		if err := c.client().Do(e.Context, "DELETE", "/outages/"+url.PathEscape(o.ID), nil, nil); err != nil {
			return err
		}
		left := ""
		if i == len(outages)-1 {
			left = c.stillOut(e.Context, o) + c.expect(e.Context)
		}
		e.Say("%s is over%s", o.ID, left)
	}
	return nil
}

// meant are the outages of that ID, or else of that region. Where there is none the simulator says what there is.
func meant(outages []control.Outage, which string) []control.Outage {
	for _, is := range []func(control.Outage) bool{
		func(o control.Outage) bool { return o.ID == which },
		func(o control.Outage) bool { return o.Region == which },
	} {
		if found := slices.DeleteFunc(slices.Clone(outages),
			func(o control.Outage) bool { return !is(o) }); len(found) > 0 {
			return found
		}
	}
	return []control.Outage{{ID: which}}
}
