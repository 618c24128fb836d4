package orders

import (
	"net/url"

	"tidemark/app/tidemark/internal/console"
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

// change changes the replication and says what.
func (c scoped) change(e *console.Environment, change control.Change, said string) error {
	account, err := c.account(e.Context)
	if err != nil {
		return err
	}
	change.Scope = c.scope()
	var now control.Replication
	path := "/accounts/" + url.PathEscape(account) + "/replication"
	if err := c.client().Do(e.Context, "PATCH", path, change, &now); err != nil {
		return err
	}
	e.Say("%s: %s", c.what(account), said)
	if text := stillPaused(account, now.Paused); text != "" && change.Paused != nil && !*change.Paused {
		e.Say("%s", text)
	}
	return nil
}

// Lag changes a lag.
type Lag struct {
	Model string `arg:"" help:"none, constant 5s, uniform 1s 30s, log-normal median 3s sigma 0.8, pareto min 1s alpha 1.5 max 15m, bursts every 60s for 20s lag 30s else 1s, trace 0s:1s 10s:30s; inherit takes the own lag of a service, table, queue or partition away."`
	scoped
}

// Run is tidemark sim lag.
func (c *Lag) Run(e *console.Environment) error {
	said := "the lag is " + c.Model
	if c.Model == control.Inherit {
		said = "it has no lag of its own any more"
	}
	return c.change(e, control.Change{Lag: &c.Model}, said)
}

// Pause pauses.
type Pause struct{ scoped }

// Run is tidemark sim pause.
func (c *Pause) Run(e *console.Environment) error {
	yes := true
	return c.change(e, control.Change{Paused: &yes}, "replication is paused")
}

// Resume resumes.
type Resume struct{ scoped }

// Run is tidemark sim resume.
func (c *Resume) Run(e *console.Environment) error {
	no := false
	return c.change(e, control.Change{Paused: &no}, "replication goes on")
}
