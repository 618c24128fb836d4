package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"tidemark/simulator/control"
)

// simOutageCommand begins an outage.
type simOutageCommand struct {
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
func (c *simOutageCommand) Run(e *environment) error {
	if c.For < 0 {
		return usageError{fmt.Errorf("--for is %s: write how long the outage lasts, as 30s", c.For)}
	}
	wanted := control.Outage{Region: c.Region, From: c.From, To: c.To, Parts: c.Parts, Fault: c.Fault, Note: c.Note,
		For: length(c.For)}
	outages, err := c.client().Outages(e.ctx)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(outages, func(o control.Outage) bool { return sameOutage(o, wanted) }); i >= 0 {
		o := outages[i]
		return fmt.Errorf("it is under way already: %s: %s; tidemark sim heal %s ends it", o.ID, outageText(o), o.ID)
	}
	var begun control.Outage
	if err := c.client().Do(e.ctx, "POST", "/outages", wanted, &begun); err != nil {
		return err
	}
	text := begun.ID + ": " + outageText(begun)
	if c.For > 0 {
		text += ", for " + c.For.String()
	} else {
		text += "; tidemark sim heal " + begun.ID + " ends it"
	}
	e.say("%s%s%s", text, c.stillOut(e.ctx, begun), c.expect(e.ctx))
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

// outageText is an outage in a few words.
func outageText(o control.Outage) string {
	text := ""
	if o.Region != "" {
		text = "region " + o.Region
	} else {
		text = "from " + or(o.From, "everywhere") + " to " + or(o.To, "everywhere")
	}
	if len(o.Parts) > 0 {
		text += " (" + strings.Join(o.Parts, ", ") + ")"
	}
	text += ": " + o.Fault
	if o.Note != "" {
		text += ", " + o.Note
	}
	return text
}

// simHealCommand ends outages.
type simHealCommand struct {
	controlled
	Which string `arg:"" optional:"" name:"outage" help:"The outage, or a region, of which all end; the only one when empty."`
	All   bool   `help:"End all of them." env:"-"`
}

// Run is tidemark sim heal.
func (c *simHealCommand) Run(e *environment) error {
	outages, err := c.client().Outages(e.ctx)
	if err != nil {
		return err
	}
	switch {
	case c.Which != "":
		outages = meant(outages, c.Which)
	case len(outages) == 0:
		e.say("there is no outage")
		return nil
	case len(outages) > 1 && !c.All:
		ids := make([]string, len(outages))
		for i, o := range outages {
			ids[i] = o.ID
		}
		return usageError{fmt.Errorf("which outage? There are %s: name one, or its region, or all of them with --all",
			strings.Join(ids, ", "))}
	}
	for i, o := range outages {
		if err := c.client().Do(e.ctx, "DELETE", "/outages/"+url.PathEscape(o.ID), nil, nil); err != nil {
			return err
		}
		left := ""
		if i == len(outages)-1 {
			left = c.stillOut(e.ctx, o) + c.expect(e.ctx)
		}
		e.say("%s is over%s", o.ID, left)
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
