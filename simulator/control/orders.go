package control

import (
	"context"
	"net/http"

	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
)

// Change is a change of an account's replication: what is absent stays.
type Change struct {
	Scope       Scope   `json:"scope,omitempty" doc:"What lag and paused are for; all of the account when empty."`
	Lag         *string `json:"lag,omitempty" example:"constant 30s" doc:"A model of lag as /capabilities lists them; inherit takes the own of a service, table, queue or partition away."`
	Paused      *bool   `json:"paused,omitempty"`
	Unavailable *bool   `json:"unavailable,omitempty" doc:"Of the whole account: the statistics say unavailable."`
}

// Inherit as a lag takes a scope's own away.
const Inherit = "inherit"

// Failover orders a failover.
type Failover struct {
	Type string `json:"type" enum:"planned,unplanned" doc:"unplanned loses what the secondary lacks; planned waits for it."`
}

// GeoRedundancy orders it again.
type GeoRedundancy struct {
	Secondary string `json:"secondary,omitempty" example:"east" doc:"The region of the new secondary; where there are two regions it is the other one."`
}

type (
	inChange struct {
		AccountPath
		Body Change
	}
	inFailover struct {
		AccountPath
		Body Failover
	}
	inGeoRedundancy struct {
		AccountPath
		Body *GeoRedundancy
	}
)

func (a *api) registerOrders() {
	handle(a, op("GET", "/accounts/{account}/replication", "get-replication", "accounts",
		"Lag and pauses of an account, by scope", 404),
		func(_ context.Context, in *AccountPath) (Replication, error) {
			account, err := a.sim.Account(in.Account)
			if err != nil {
				return Replication{}, err
			}
			return a.replication(account), nil
		})
	handle(a, op("PATCH", "/accounts/{account}/replication", "change-replication", "accounts",
		"Change the lag, pause, resume", 404, 409), a.changeReplication)
	o := op("POST", "/accounts/{account}/failover", "failover", "accounts",
		"Order a failover; it goes on by itself, /accounts/{account} shows its phase", 404, 409)
	o.DefaultStatus = http.StatusAccepted
	handle(a, o, func(_ context.Context, in *inFailover) (Account, error) {
		return a.obey(in.Account, func(g *gateway.Account) error { return g.Failover(georep.Kind(in.Body.Type)) })
	})
	o = op("POST", "/accounts/{account}/georedundancy", "reenable", "accounts",
		"Make an account geo-redundant again: bootstrap, then live", 404, 409)
	o.DefaultStatus = http.StatusAccepted
	handle(a, o, func(_ context.Context, in *inGeoRedundancy) (Account, error) {
		return a.obey(in.Account, func(g *gateway.Account) error {
			wanted := ""
			if in.Body != nil {
				wanted = in.Body.Secondary
			}
			return a.reenable(g, wanted)
		})
	})
}

// obey carries an order out and shows the account.
func (a *api) obey(name string, f func(*gateway.Account) error) (Account, error) {
	g, err := a.sim.Account(name)
	if err == nil {
		err = a.replicates(g)
	}
	if err == nil {
		err = f(g)
	}
	if err != nil {
		return Account{}, err
	}
	return a.account(g), nil
}

// replicates refuses what a local account cannot do.
func (a *api) replicates(g *gateway.Account) error {
	if a.geo(g.Name()) {
		return nil
	}
	return problem(http.StatusConflict, "no-secondary", "The account has no secondary",
		"account %s is local to %s and never replicates: order it of a geo-redundant account", g.Name(),
		g.Status().Primary)
}

// reenable picks the other region where there is only one other.
func (a *api) reenable(g *gateway.Account, secondary string) error {
	primary := string(g.Status().Primary)
	if secondary == "" {
		var others []string
		for _, r := range a.sim.Config().Regions {
			if r.Name != primary {
				others = append(others, r.Name)
			}
		}
		if len(others) != 1 {
			return invalid("secondary is missing: the primary is in %s, name one of %v", primary, others)
		}
		secondary = others[0]
	}
	if _, err := a.sim.Region(secondary); err != nil {
		return err
	}
	if secondary == primary {
		return invalid("secondary is %s, where the primary is: name another region", secondary)
	}
	return g.Reenable(georep.Region(secondary))
}

// changeReplication checks everything before it changes anything.
func (a *api) changeReplication(_ context.Context, in *inChange) (Replication, error) {
	g, err := a.sim.Account(in.Account)
	if err == nil {
		err = a.replicates(g)
	}
	if err != nil {
		return Replication{}, err
	}
	scope, err := in.Body.Scope.scope()
	if err != nil {
		return Replication{}, err
	}
	if in.Body.Lag != nil && *in.Body.Lag == Inherit && scope == (georep.Scope{}) {
		return Replication{}, problem(http.StatusUnprocessableEntity, "bad-lag", "No such lag",
			"the whole account has nothing to inherit a lag from: write a model, or none; its lag is %s",
			lagText(g.Lags()[scope]))
	}
	var lag georep.Lag
	if in.Body.Lag != nil && *in.Body.Lag != Inherit {
		if lag, err = georep.ParseLag(*in.Body.Lag); err != nil {
			return Replication{}, problem(http.StatusUnprocessableEntity, "bad-lag", "No such lag", "%v", err)
		}
	}
	if in.Body.Lag == nil && in.Body.Paused == nil && in.Body.Unavailable == nil {
		return Replication{}, invalid("nothing is to change: give lag, paused or unavailable")
	}
	if in.Body.Unavailable != nil && scope != (georep.Scope{}) {
		return Replication{}, invalid("unavailable is of the whole account: leave the scope out")
	}
	if in.Body.Lag != nil {
		g.SetLag(scope, lag)
	}
	if in.Body.Paused != nil {
		if *in.Body.Paused {
			g.Pause(scope)
		} else {
			g.Resume(scope)
		}
	}
	if in.Body.Unavailable != nil {
		g.SetUnavailable(*in.Body.Unavailable)
	}
	return a.replication(g), nil
}
