package world

import (
	"context"
	"math/rand/v2"
	"slices"

	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
	"tidemark/simulator/twin"
	"tidemark/simulator/world/phases"
)

// aim has the faults of the plan that wait for a phase wait. What else they need is among the other faults, if these
// were drawn and it is within what is promised.
func (r *run) aim(rng *rand.Rand, given bool) error {
	r.waiting = phases.DrawStrikes(rng, r.plan.For)
	r.w.phases.Heard = r.heard
	more, err := schedule.Parse(phases.Provoked(rng, r.waiting, r.plan.For,
		[]string{twin.JournalOf(string(east)), twin.JournalOf(string(west))}))
	if given || err != nil {
		return err
	}
	for _, e := range more {
		_, fails := e.Fault.(inject.Failover)
		_, again := e.Fault.(inject.Reenable)
		if !(r.plan.Loss && (fails || again)) && r.promised(e) {
			r.faults = append(r.faults[:len(r.faults):len(r.faults)], e)
		}
	}
	r.faults = r.faults.Sorted()
	return nil
}

// promised reports whether a fault is within what is promised, beside all others.
func (r *run) promised(e schedule.Entry) bool {
	all := slices.Concat(r.faults, r.lost, r.struck, schedule.Schedule{e})
	return schedule.Promised(topology(r.plan), r.plan.For).Check(all) == nil
}

// heard has those faults begin that wait for a phase of a call that begins.
func (r *run) heard(of *phases.Process, c inject.Call, at []phases.Phase) {
	past := r.w.Sched.Now().Sub(r.began)
	for i := 0; i < len(r.waiting); {
		if !r.waiting[i].Comes(at, past) {
			i++
			continue
		}
		s := r.waiting[i]
		r.waiting = slices.Delete(r.waiting, i, i+1)
		for place, n := range r.nodes {
			if n.doing == of {
				r.strike(s, r.plan.nodeName(place), c)
			}
		}
	}
}

// strike has a fault begin, if it is within what is promised.
func (r *run) strike(s phases.Strike, node string, c inject.Call) {
	e := schedule.Entry{At: r.w.Sched.Now().Sub(r.began)}
	if e.At >= r.plan.For {
		return
	}
	if e.Fault, r.err = s.At(node, c); r.err != nil {
		return
	}
	if e.Fault.Lasts() {
		e.For = s.Long(r.plan.For - e.At)
	}
	if !r.promised(e) {
		return
	}
	r.struck = append(r.struck, e)
	ctx := context.Background()
	if !e.Fault.Lasts() {
		r.happen(ctx, e.Fault)
		return
	}
	r.begin(e.Fault)
	r.rules()
	r.background("strike", func() {
		_ = r.w.Sched.Sleep(ctx, e.For)
		r.end(ctx, e.Fault)
		r.rules()
	})
}
