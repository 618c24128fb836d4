package nemesis

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
	"tidemark/simulator/topology"
)

// note is what stands with the outages of a schedule.
const note = "schedule"

// patience is how long a process may take to start again.
const patience = time.Minute

// nothing undoes nothing.
func nothing(context.Context) error { return nil }

// begin carries a fault out that lasts, and gives what undoes it.
func begin(ctx context.Context, sim *topology.Simulation, f inject.Fault) (undo func(context.Context) error,
	err error) {
	switch f := f.(type) {
	case inject.Rule:
		return beginRule(sim, f)
	case inject.RegionOut:
		return beginOutage(sim, network.Outage{Region: network.Place(f.Region), Parts: parts(f.Service),
			How: inject.How(f.How)})
	case inject.Cut:
		return beginOutage(sim, network.Outage{From: network.Place(f.From), To: network.Place(f.To),
			Parts: parts(f.Service), How: inject.How(f.How)})
	case inject.Distance:
		return beginDistance(sim, f)
	case inject.Process:
		return beginProcess(ctx, sim, f)
	case inject.Clock:
		return beginClock(sim, f), nil
	case inject.Lag:
		return beginLag(sim, f)
	case inject.Pause:
		return beginOn(sim, f.Account, func(a *gateway.Account) { a.Pause(scope(f.Scope)) },
			func(a *gateway.Account) { a.Resume(scope(f.Scope)) })
	case inject.LastSync:
		return beginOn(sim, f.Account, func(a *gateway.Account) { setStats(a, f, true) },
			func(a *gateway.Account) { setStats(a, f, false) })
	}
	return nothing, fmt.Errorf("%s: this simulator cannot do it", f)
}

// beginClock has a clock be wrong. What undoes it sets a clock that jumped back, too.
func beginClock(sim *topology.Simulation, f inject.Clock) (undo func(context.Context) error) {
	sim.Clocks().Begin(f, time.Now())
	return func(context.Context) error {
		sim.Clocks().End(f)
		return nil
	}
}

// happen carries a fault out that does not last.
func happen(ctx context.Context, sim *topology.Simulation, f inject.Fault) error {
	switch f := f.(type) {
	case inject.Process:
		return order(ctx, sim, f.Name, topology.Restart)
	case inject.Failover:
		a, err := sim.Account(f.Account)
		if err != nil {
			return err
		}
		return a.Failover(georep.Kind(f.Kind))
	case inject.Reenable:
		return reenable(sim, f)
	}
	return fmt.Errorf("%s: this simulator cannot do it", f)
}

// beginRule adds a rule behind those that there are, and takes it out again.
func beginRule(sim *topology.Simulation, r inject.Rule) (func(context.Context) error, error) {
	if err := sim.SetFaults(append(sim.Faults().Rules(), r)); err != nil {
		return nil, err
	}
	return func(context.Context) error {
		rules := sim.Faults().Rules()
		if i := last(rules, r); i >= 0 { // or somebody has taken it out
			rules = slices.Delete(rules, i, i+1)
		}
		return sim.SetFaults(rules)
	}, nil
}

func parts(service string) []network.Part {
	if service == "" {
		return nil
	}
	return []network.Part{network.Part(service)}
}

func beginOutage(sim *topology.Simulation, o network.Outage) (func(context.Context) error, error) {
	o.Note = note
	id, err := sim.Begin(o, 0)
	if err != nil {
		return nil, err
	}
	return func(context.Context) error { return sim.End(id) }, nil
}

// beginDistance changes one way, and leaves the way back as it is.
func beginDistance(sim *topology.Simulation, f inject.Distance) (func(context.Context) error, error) {
	from, to := network.Place(f.From), network.Place(f.To)
	there, back := sim.Network().Distance(from, to), sim.Network().Distance(to, from)
	if err := sim.SetDistance(to, from, back); err != nil {
		return nil, err
	}
	if err := sim.SetDistance(from, to, f.OneWay); err != nil {
		return nil, err
	}
	return func(context.Context) error { return sim.SetDistance(from, to, there) }, nil
}

// beginProcess freezes or kills, and lets go on or starts again.
func beginProcess(ctx context.Context, sim *topology.Simulation, f inject.Process) (func(context.Context) error,
	error) {
	does, undoes := topology.Kill, topology.Restart
	if f.Order == inject.Freeze {
		does, undoes = topology.Pause, topology.Resume
	}
	if err := order(ctx, sim, f.Name, does); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return order(ctx, sim, f.Name, undoes) }, nil
}

func order(ctx context.Context, sim *topology.Simulation, name, order string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	region, process := target(name)
	return sim.Process(ctx, region, process, order)
}

func scope(s inject.Scope) georep.Scope {
	// accounts have the names of containers in small letters
	return georep.Scope{Service: georep.Service(s.Service), Container: strings.ToLower(s.Container), Key: s.Partition}
}

// beginLag changes a lag, and puts back what the scope had of its own.
func beginLag(sim *topology.Simulation, f inject.Lag) (func(context.Context) error, error) {
	lag, err := georep.ParseLag(f.Model)
	if err != nil {
		return nil, err
	}
	a, err := sim.Account(f.Account)
	if err != nil {
		return nil, err
	}
	before := a.Lags()[scope(f.Scope)]
	a.SetLag(scope(f.Scope), lag)
	return func(context.Context) error {
		a.SetLag(scope(f.Scope), before)
		return nil
	}, nil
}

func beginOn(sim *topology.Simulation, name string, do, undo func(*gateway.Account)) (func(context.Context) error,
	error) {
	a, err := sim.Account(name)
	if err != nil {
		return nil, err
	}
	do(a)
	return func(context.Context) error {
		undo(a)
		return nil
	}, nil
}

// setStats makes the statistics of an account wrong, or right again.
func setStats(a *gateway.Account, f inject.LastSync, wrong bool) {
	if f.State == inject.Unavailable {
		a.SetUnavailable(wrong)
		return
	}
	w := account.WrongStats{}
	if wrong {
		w = account.WrongStats{Stuck: f.State == inject.Stuck, Back: f.By}
	}
	for _, s := range []georep.Service{georep.Table, georep.Queue} {
		if f.Service == "" || f.Service == string(s) {
			a.SetWrongStats(s, w)
		}
	}
}

// reenable makes an account geo-redundant again: in the region that is named, or in the only other one.
func reenable(sim *topology.Simulation, f inject.Reenable) error {
	a, err := sim.Account(f.Account)
	if err != nil {
		return err
	}
	secondary := f.Secondary
	primary := string(a.Status().Primary)
	for _, r := range sim.Config().Regions {
		switch {
		case f.Secondary != "" || r.Name == primary:
		case secondary != "":
			return fmt.Errorf("%s: the primary is in %s; name one of the other regions", f, primary)
		default:
			secondary = r.Name
		}
	}
	return a.Reenable(georep.Region(secondary))
}
