package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"tidemark/simulator/control"
)

// scoped is a command about a part of an account.
type scoped struct {
	chosen
	Service   string `help:"Only this service: table or queue." enum:"table,queue," default:"" placeholder:"SERVICE"`
	Table     string `help:"Only this table." placeholder:"NAME"`
	Queue     string `help:"Only this queue." placeholder:"NAME"`
	Partition string `help:"Only this PartitionKey of the table." placeholder:"KEY"`
}

func (c scoped) scope() control.Scope {
	return control.Scope{Service: c.Service, Table: c.Table, Queue: c.Queue, Partition: c.Partition}
}

// what names the scope for people.
func (c scoped) what(account string) string {
	text := "account " + account
	for name, value := range map[string]string{"service": c.Service, "table": c.Table, "queue": c.Queue} {
		if value != "" {
			text += ", " + name + " " + value
		}
	}
	if c.Partition != "" {
		text += ", partition " + c.Partition
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
	if err := c.client().Do(e.ctx, "PATCH", "/accounts/"+url.PathEscape(account)+"/replication", change, nil); err != nil {
		return err
	}
	e.say("%s: %s", c.what(account), said)
	return nil
}

// simLagCommand changes a lag.
type simLagCommand struct {
	Model string `arg:"" help:"none, constant 5s, uniform 1s 30s, log-normal median 3s sigma 0.8, pareto min 1s alpha 1.5 max 15m, bursts every 60s for 20s lag 30s else 1s, trace 0s:1s 10s:30s; inherit takes a scope's own lag away."`
	scoped
}

// Run is tidemark sim lag.
func (c *simLagCommand) Run(e *environment) error {
	return c.change(e, control.Change{Lag: &c.Model}, "the lag is "+c.Model)
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

// simOutageCommand begins an outage.
type simOutageCommand struct {
	controlled
	Region string        `arg:"" optional:"" help:"The region that is lost, both ways; leave it out with --from and --to."`
	Parts  []string      `help:"Only these parts: table, queue, redis, compute." placeholder:"PART"`
	Fault  string        `help:"How it fails: refuse, hang, reset or 503." enum:"refuse,hang,reset,503" default:"refuse"`
	From   string        `help:"Hurt what goes from this place (a region, or outside)." placeholder:"PLACE"`
	To     string        `help:"Hurt what goes to this place." placeholder:"PLACE"`
	For    time.Duration `help:"End by itself after this long; without it tidemark sim heal ends it." placeholder:"DURATION"`
	Note   string        `help:"A remark, shown with the outage." placeholder:"TEXT"`
}

// Run is tidemark sim outage.
func (c *simOutageCommand) Run(e *environment) error {
	var begun control.Outage
	err := c.client().Do(e.ctx, "POST", "/outages", control.Outage{Region: c.Region, From: c.From, To: c.To, Parts: c.Parts, Fault: c.Fault, Note: c.Note, For: length(c.For)}, &begun)
	if err != nil {
		return err
	}
	text := begun.ID + ": " + outageText(begun)
	if c.For > 0 {
		text += ", for " + c.For.String()
	} else {
		text += "; tidemark sim heal " + begun.ID + " ends it"
	}
	e.say("%s", text)
	return nil
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
	ID  string `arg:"" optional:"" help:"The outage; the only one when empty."`
	All bool   `help:"End all of them."`
}

// Run is tidemark sim heal.
func (c *simHealCommand) Run(e *environment) error {
	outages, err := c.client().Outages(e.ctx)
	if err != nil {
		return err
	}
	switch {
	case c.ID != "":
		outages = []control.Outage{{ID: c.ID}}
	case len(outages) == 0:
		e.say("there is no outage")
		return nil
	case len(outages) > 1 && !c.All:
		ids := make([]string, len(outages))
		for i, o := range outages {
			ids[i] = o.ID
		}
		return usageError{fmt.Errorf("which outage? There are %s: name one, or all of them with --all", strings.Join(ids, ", "))}
	}
	for _, o := range outages {
		if err := c.client().Do(e.ctx, "DELETE", "/outages/"+url.PathEscape(o.ID), nil, nil); err != nil {
			return err
		}
		e.say("%s is over", o.ID)
	}
	return nil
}

// simFailoverCommand fails an account over.
type simFailoverCommand struct {
	chosen
	Type string `help:"unplanned loses what the secondary lacks and leaves one region; planned waits for everything and swaps the regions." enum:"planned,unplanned" default:"unplanned"`
	Wait bool   `help:"Wait until it is done." default:"true" negatable:""`
}

// Run is tidemark sim failover.
func (c *simFailoverCommand) Run(e *environment) error {
	account, err := c.account(e.ctx)
	if err != nil {
		return err
	}
	path := "/accounts/" + url.PathEscape(account)
	var before, now control.Account
	if err := c.client().Do(e.ctx, "GET", path, nil, &before); err != nil {
		return err
	}
	if err := c.client().Do(e.ctx, "POST", path+"/failover", control.Failover{Type: c.Type}, &now); err != nil {
		return err
	}
	e.say("account %s: %s failover from %s to %s ordered", account, c.Type, before.Primary, before.Secondary)
	if !c.Wait {
		return nil
	}
	if err := c.follow(e, path, &now, func(a control.Account) bool { return a.Phase == "steady" }); err != nil {
		return err
	}
	e.say("account %s: the primary is %s now%s", account, now.Primary, c.lost(e.ctx, path))
	return nil
}

// lost says what an unplanned failover cost.
func (c *simFailoverCommand) lost(ctx context.Context, path string) string {
	if c.Type == "planned" {
		return ", nothing was lost"
	}
	var losses struct{ Items []control.Loss }
	if c.client().Do(ctx, "GET", path+"/losses?limit=0", nil, &losses) != nil || len(losses.Items) == 0 {
		return ""
	}
	n := losses.Items[len(losses.Items)-1].Total
	return fmt.Sprintf(", without geo-redundancy (tidemark sim reenable); %s lost", counted(n, "write")+map[bool]string{true: " was", false: " were"}[n == 1])
}

// follow asks again until it is done, and says each phase.
func (c chosen) follow(e *environment, path string, now *control.Account, done func(control.Account) bool) error {
	said := ""
	for {
		if line := fmt.Sprintf("  %s, %s", now.Phase, now.State); line != said && !done(*now) {
			e.say("%s", line)
			said = line
		}
		if done(*now) {
			return nil
		}
		select {
		case <-e.ctx.Done():
			return fmt.Errorf("it goes on without us: tidemark sim status shows how far it is: %w", context.Cause(e.ctx))
		case <-time.After(100 * time.Millisecond):
		}
		*now = control.Account{}
		if err := c.client().Do(e.ctx, "GET", path, nil, now); err != nil {
			return err
		}
	}
}

// simReenableCommand makes an account geo-redundant again.
type simReenableCommand struct {
	chosen
	Secondary string `help:"Region of the new secondary; the other one where there are two." placeholder:"REGION"`
	Wait      bool   `help:"Wait until it is live." default:"true" negatable:""`
}

// Run is tidemark sim reenable.
func (c *simReenableCommand) Run(e *environment) error {
	account, err := c.account(e.ctx)
	if err != nil {
		return err
	}
	path := "/accounts/" + url.PathEscape(account)
	var now control.Account
	if err := c.client().Do(e.ctx, "POST", path+"/georedundancy", control.GeoRedundancy{Secondary: c.Secondary}, &now); err != nil {
		return err
	}
	e.say("account %s: its secondary is made anew in %s", account, now.Secondary)
	if !c.Wait {
		return nil
	}
	if err := c.follow(e, path, &now, func(a control.Account) bool { return a.State == "live" }); err != nil {
		return err
	}
	e.say("account %s is live in %s and %s", account, now.Primary, now.Secondary)
	return nil
}

// simFaultCommand adds a rule.
type simFaultCommand struct {
	controlled
	Rule   string `arg:"" optional:"" help:"What goes wrong, and with which calls."`
	Clear  bool   `help:"Remove every rule first."`
	Remove string `help:"Remove this rule: its name, or its number." placeholder:"RULE"`
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
