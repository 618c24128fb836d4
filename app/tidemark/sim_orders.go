package main

import (
	"net/url"
	"strings"

	"tidemark/simulator/control"
)

// scoped is a command about a part of an account.
type scoped struct {
	chosen
	Service   string `help:"Only this service: table or queue." enum:"table,queue," default:"" placeholder:"SERVICE" env:"-"`
	Table     string `help:"Only this table." placeholder:"NAME" env:"-"`
	Queue     string `help:"Only this queue." placeholder:"NAME" env:"-"`
	Partition string `help:"Only this PartitionKey of the table." placeholder:"KEY" env:"-"`
}

func (c scoped) scope() control.Scope {
	return control.Scope{Service: c.Service, Table: c.Table, Queue: c.Queue, Partition: c.Partition}
}

// what names the scope for people.
func (c scoped) what(account string) string { return scopeText(account, c.scope()) }

// scopeText names a part of an account for people.
func scopeText(account string, s control.Scope) string {
	text := "account " + account
	switch {
	case s.Table != "":
		text += ", table " + s.Table
	case s.Queue != "":
		text += ", queue " + s.Queue
	case s.Service != "":
		text += ", service " + s.Service
	}
	if s.Partition != "" {
		text += ", partition " + s.Partition
	}
	return text
}

// change changes the replication and says what.
func (c scoped) change(e *environment, change control.Change, said string) error {
	account, err := c.account(e.ctx)
	if err != nil {
		return err
	}
	change.Scope = c.scope()
	var now control.Replication
	path := "/accounts/" + url.PathEscape(account) + "/replication"
	if err := c.client().Do(e.ctx, "PATCH", path, change, &now); err != nil {
		return err
	}
	e.say("%s: %s", c.what(account), said)
	if text := stillPaused(account, now.Paused); text != "" && change.Paused != nil && !*change.Paused {
		e.say("%s", text)
	}
	return nil
}

// simLagCommand changes a lag.
type simLagCommand struct {
	Model string `arg:"" help:"none, constant 5s, uniform 1s 30s, log-normal median 3s sigma 0.8, pareto min 1s alpha 1.5 max 15m, bursts every 60s for 20s lag 30s else 1s, trace 0s:1s 10s:30s; inherit takes the own lag of a service, table, queue or partition away."`
	scoped
}

// Run is tidemark sim lag.
func (c *simLagCommand) Run(e *environment) error {
	said := "the lag is " + c.Model
	if c.Model == control.Inherit {
		said = "it has no lag of its own any more"
	}
	return c.change(e, control.Change{Lag: &c.Model}, said)
}

// simPauseCommand pauses.
type simPauseCommand struct{ scoped }

// Run is tidemark sim pause.
func (c *simPauseCommand) Run(e *environment) error {
	yes := true
	return c.change(e, control.Change{Paused: &yes}, "replication is paused")
}

// simResumeCommand resumes.
type simResumeCommand struct{ scoped }

// Run is tidemark sim resume.
func (c *simResumeCommand) Run(e *environment) error {
	no := false
	return c.change(e, control.Change{Paused: &no}, "replication goes on")
}

// stillPaused says what of an account stands still, and what ends it; "" is nothing.
func stillPaused(account string, paused []control.Scope) string {
	if len(paused) == 0 {
		return ""
	}
	var what, orders []string
	for _, s := range paused {
		text := scopeText(account, s)
		what, orders = append(what, text), append(orders, "tidemark sim resume"+flagsOf(s))
	}
	return "paused still: replication of " + strings.Join(what, " and of ") + " (" + strings.Join(orders, " && ") + ")"
}

// flagsOf are the flags that name a scope.
func flagsOf(s control.Scope) (text string) {
	switch {
	case s.Table != "":
		text = " --table " + s.Table
	case s.Queue != "":
		text = " --queue " + s.Queue
	case s.Service != "":
		text = " --service " + s.Service
	}
	if s.Partition != "" {
		text += " --partition '" + s.Partition + "'"
	}
	return text
}

// simFaultCommand adds a rule.
type simFaultCommand struct {
	controlled
	Rule   string `arg:"" optional:"" help:"What goes wrong (delay, hold, status, reset, hang, throttle), with which calls, and how often, as: reset after commit if (operation=insert or operation=batch) not table=Log* nth=3."`
	Clear  bool   `help:"Remove every rule first." env:"-"`
	Remove string `help:"Remove this rule: its name, or its number." placeholder:"RULE" env:"-"`
}

// Run is tidemark sim fault.
func (c *simFaultCommand) Run(e *environment) error {
	if c.Clear {
		if err := c.client().Do(e.ctx, "DELETE", "/faults", nil, nil); err != nil {
			return err
		}
	}
	if c.Remove != "" {
		if err := c.client().Do(e.ctx, "DELETE", "/faults/"+url.PathEscape(c.Remove), nil, nil); err != nil {
			return err
		}
	}
	if c.Rule != "" {
		if err := c.client().Do(e.ctx, "POST", "/faults", control.Rule{Rule: c.Rule}, nil); err != nil {
			return err
		}
	}
	faults, err := c.client().Faults(e.ctx)
	if err != nil {
		return err
	}
	if len(faults) == 0 {
		e.say("there is no rule")
	}
	for _, f := range faults {
		e.say("%d  %s  (%s)", f.Index, f.Rule, counted(f.Hits, "hit"))
	}
	return nil
}
