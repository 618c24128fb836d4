package schedule

import (
	"math"
	"slices"
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/inject/delay"
)

// fault draws a fault of one of some kinds, which are knobs of the mix. Nil: there is nothing that it could be of.
func (d *drawer) fault(kinds []*float64) inject.Fault {
	i := pick(d.rng, kinds)
	if i < 0 {
		return nil
	}
	m := &d.mix
	return map[*float64]func() inject.Fault{
		&m.Calls: d.call, &m.Regions: d.region, &m.Cuts: d.cut, &m.Distances: d.distance, &m.Processes: d.process,
		&m.Disks: d.disk, &m.Lags: d.lag, &m.Pauses: d.pause, &m.Failovers: d.accountFailover,
		&m.Statistics: d.statistics, &m.Clocks: d.clock,
	}[kinds[i]]()
}

func (d *drawer) region() inject.Fault {
	if len(d.within.Topology.Regions) == 0 {
		return nil
	}
	return inject.RegionOut{Region: d.one(d.within.Topology.Regions),
		Service: d.perhaps(d.within.Topology.services()), How: d.how()}
}

func (d *drawer) cut() inject.Fault {
	if len(d.within.Topology.Regions) == 0 {
		return nil
	}
	f := inject.Cut{From: d.perhaps(d.within.Topology.places()), To: d.perhaps(d.within.Topology.Regions),
		Service: d.perhaps(d.within.Topology.services()), How: d.how()}
	if f.From == "" && f.To == "" {
		f.From, f.To = d.one(d.within.Topology.places()), d.one(d.within.Topology.Regions)
	}
	return f
}

func (d *drawer) distance() inject.Fault {
	if len(d.within.Topology.Regions) == 0 {
		return nil
	}
	return inject.Distance{From: d.one(d.within.Topology.places()), To: d.one(d.within.Topology.Regions),
		OneWay: min(d.span(d.mix.Distance), inject.MaxDistance)}
}

func (d *drawer) process() inject.Fault {
	if len(d.within.Topology.Processes) == 0 {
		return nil
	}
	orders := []inject.Order{inject.Kill, inject.Freeze, inject.Restart}
	return inject.Process{Name: d.one(d.within.Topology.processes()), Order: orders[d.rng.IntN(len(orders))]}
}

func (d *drawer) disk() inject.Fault {
	if len(d.within.Topology.Processes) == 0 {
		return nil
	}
	states := []inject.DiskState{inject.Full, inject.Wiped}
	return inject.Disk{Of: d.one(d.within.Topology.processes()), State: states[d.rng.IntN(len(states))]}
}

// geo draws a geo-redundant account; "" if there is none.
func (d *drawer) geo() string {
	var names []string
	for _, a := range d.within.Topology.Accounts {
		if a.Geo() {
			names = append(names, a.Name)
		}
	}
	return d.one(names)
}

// scope draws a service of an account, or half of the time all of it.
func (d *drawer) scope() inject.Scope {
	replicated := slices.DeleteFunc(slices.Clone(d.within.Topology.services()),
		func(s string) bool { return s != "table" && s != "queue" })
	return inject.Scope{Service: d.perhaps(replicated)}
}

func (d *drawer) lag() inject.Fault {
	account, long := d.geo(), d.span(d.mix.Lag)
	if account == "" {
		return nil
	}
	models := []string{
		"constant " + long.String(),
		"uniform 0s " + long.String(),
		"log-normal median " + (long / 4).String() + " sigma 0.8 max " + (4 * long).String(),
		"pareto min " + (long / 10).String() + " alpha 1.2 max " + (4 * long).String(),
		"bursts every " + (4 * long).String() + " for " + long.String() + " lag " + long.String() + " else 0s",
		"none",
	}
	model, err := georep.ParseLag(models[d.rng.IntN(len(models))])
	if err != nil {
		return nil // its fault is found by the test of what is drawn
	}
	return inject.Lag{Account: account, Scope: d.scope(), Model: model.String()}
}

func (d *drawer) pause() inject.Fault {
	if account := d.geo(); account != "" {
		return inject.Pause{Account: account, Scope: d.scope()}
	}
	return nil
}

func (d *drawer) accountFailover() inject.Fault {
	account := d.geo()
	if account == "" {
		return nil
	}
	kind := inject.Unplanned
	if d.rng.IntN(3) == 0 {
		kind = inject.Planned
	}
	return inject.Failover{Account: account, Kind: kind}
}

func (d *drawer) statistics() inject.Fault {
	account := d.geo()
	if account == "" {
		return nil
	}
	f := inject.LastSync{Account: account, Service: d.scope().Service}
	switch d.rng.IntN(3) {
	case 0:
		f.State = inject.Unavailable
	case 1:
		f.State = inject.Stuck
	default:
		f.State, f.By = inject.Back, d.span(d.mix.Lag)
	}
	return f
}

func (d *drawer) clock() inject.Fault {
	names := d.within.Topology.clocks()
	if len(names) == 0 {
		return nil
	}
	f := inject.Clock{Of: d.one(names), By: d.span(d.mix.Clock)}
	switch d.rng.IntN(4) {
	case 0:
		f.Shape = inject.Offset
	case 1:
		f.Shape = inject.Jump
	case 2:
		f.Shape, f.Period = inject.Swing, time.Second+d.span(max(d.mix.Long, time.Second))
	default:
		// what it gains over the longest fault is about what a clock is wrong by
		gain := f.By.Seconds() / max(d.mix.Long.Seconds(), 1)
		f.Shape, f.By = inject.Drift, min(max(time.Duration(gain*float64(time.Second)), time.Microsecond), time.Second)
	}
	if d.rng.IntN(2) == 0 {
		f.By = -f.By
	}
	return f
}

// call draws a rule.
func (d *drawer) call() inject.Fault {
	r := inject.Rule{}
	rules := []func(*inject.Rule){
		func(r *inject.Rule) { r.Action = inject.Reset },
		func(r *inject.Rule) { r.Action, r.After = inject.Reset, true },
		func(r *inject.Rule) { r.Action, r.Delay = inject.Hold, d.delay() },
		func(r *inject.Rule) { r.Action, r.Delay = inject.Delay, d.delay() },
		func(r *inject.Rule) { r.Action, r.Delay, r.After = inject.Delay, d.delay(), true },
		d.status,
		func(r *inject.Rule) { r.Action, r.After = inject.Hang, d.rng.IntN(2) == 0 },
		func(r *inject.Rule) {
			r.Action, r.PerSecond = inject.Throttle, math.Ceil(scale(d.rng, 1, 2000))
			r.By = []inject.By{inject.ByAccount, inject.ByPartition}[d.rng.IntN(2)]
		},
	} // in the order of Mix.actions
	i := pick(d.rng, d.mix.actions())
	if i < 0 {
		return nil
	}
	rules[i](&r)
	if m := d.match(); m != (inject.Match{}) {
		r.If = m
	}
	if r.Action != inject.Throttle {
		d.limit(&r)
	}
	return r
}

// delay draws how long a call is held or delayed.
func (d *drawer) delay() delay.Distribution {
	long := min(d.span(d.mix.Held), delay.Max)
	switch d.rng.IntN(3) {
	case 0:
		return delay.Constant{Of: long}
	case 1:
		return delay.Uniform{Max: long}
	}
	return delay.LogNormal{Median: max(long/10, time.Millisecond), Sigma: 1, Max: max(long, time.Millisecond)}
}

// status draws an error of the service. Some say it although they have done it.
func (d *drawer) status(r *inject.Rule) {
	r.Action, r.Status, r.Code = inject.Status, 503, "ServerBusy"
	if d.rng.IntN(2) == 0 {
		r.Status, r.Code, r.After = 500, "OperationTimedOut", d.rng.IntN(2) == 0
	}
}

// match draws which calls a rule is for: often those to a region or an account, or of one operation, sometimes all.
func (d *drawer) match() inject.Match {
	t := d.within.Topology
	var m inject.Match
	switch d.rng.IntN(5) {
	case 0:
		m.From, m.To = d.perhaps(t.Regions), d.perhaps(t.Regions)
	case 1:
		m.Account = d.perhaps(t.accounts())
	case 2:
		m.Service = d.perhaps(t.services())
	default:
		m.Operation, m.To = d.one(t.Operations), d.perhaps(t.Regions)
	}
	return m
}

// limit draws how often a rule hurts.
func (d *drawer) limit(r *inject.Rule) {
	switch d.rng.IntN(4) {
	case 0:
		r.Nth = 1 + d.rng.IntN(20)
	case 1:
		r.Every = 2 + d.rng.IntN(20)
	default:
		r.Probability = math.Round(1000*scale(d.rng, 0.002, max(d.mix.Often, 0.002))) / 1000
	}
	if d.rng.IntN(4) == 0 {
		r.Times = 1 + d.rng.IntN(3)
	}
}
