package world

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
)

// strike is a fault that waits for a phase and begins with it, at whichever moment that is: what lasts for milliseconds
// is seldom met by a fault whose moment is drawn.
type strike struct {
	Hit
	after time.Duration // it waits from then on
	nth   int           // which of the phases from then on it meets
	long  time.Duration
	far   time.Duration // of a hold, a delay or a distance
	how   inject.How
}

// aimed are the kinds of faults that strike: those that are over soon, or befall one part of what there is. The others
// last, and meet everything that happens often.
var aimed = []string{"reset", "reset after", "hold", "delay", "delay after", "status", "status after", "hang",
	"hang after", "throttle", regionOut, cut, distance, string(inject.Kill), string(inject.Restart),
	string(inject.Freeze)}

// often are the phases that are struck, those that are rare and soon over more often.
var often = []Phase{Writing, Birth, Birth, Ending, Ending, Ending, Copying, Copying, Copying, Copying, Folding, Asking,
	Failing}

// drawStrikes draws some, a quarter of the time none, and what else has to happen for them.
func drawStrikes(rng *rand.Rand, p Plan) (all []strike, provoked string) {
	n := 0
	if rng.IntN(4) > 0 {
		n = 3 + rng.IntN(10)
	}
	half := int64(p.For / 2)
	copied, fails := false, false
	for range n {
		h := Hit{aimed[rng.IntN(len(aimed))], often[rng.IntN(len(often))]}
		copied, fails = copied || h.Phase == Copying, fails || h.Phase == Failing
		after := time.Duration(rng.Int64N(half))
		if h.Phase == Copying { // which ends where a region is lost
			after /= 2
		}
		all = append(all, strike{Hit: h, after: after, nth: 1 + rng.IntN(4),
			long: 100*time.Millisecond + time.Duration(rng.Int64N(int64(4*time.Second))).Truncate(time.Millisecond),
			far:  50*time.Millisecond + time.Duration(rng.Int64N(int64(2*time.Second))).Truncate(time.Millisecond),
			how:  []inject.How{inject.Refuse, inject.Silent, inject.Torn, inject.Busy}[rng.IntN(4)]})
	}
	if copied { // a journal misses appends, again and again
		for at := time.Second; at < p.For-20*time.Second; at += 20 * time.Second {
			provoked += fmt.Sprintf("at %v for 6s reset if operation=journal.append account=%s p=0.6\n", at,
				[]string{"journal", "journal-west"}[rng.IntN(2)])
		}
	}
	if fails && !p.Loss {
		at := p.For/4 + time.Duration(rng.Int64N(half/2)).Truncate(time.Millisecond)
		provoked += fmt.Sprintf("at %v account geo failover: unplanned\nat %v account geo reenable\n", at,
			at+p.For/3)
	}
	return all, provoked
}

// aim draws the strikes of the plan, and has them wait. What else they need is among the faults, if these were drawn.
func (r *run) aim(given bool) error {
	var provoked string
	r.waiting, provoked = drawStrikes(r.strikesBy, r.plan)
	r.w.meets.strikes = r.strikes
	more, err := schedule.Parse(provoked)
	if given {
		return err
	}
	within := schedule.Promised(topology(r.plan), r.plan.For)
	for _, e := range more {
		if all := slices.Concat(r.faults, r.lost, schedule.Schedule{e}); within.Check(all) == nil {
			r.faults = append(r.faults[:len(r.faults):len(r.faults)], e)
		}
	}
	r.faults = r.faults.Sorted()
	return err
}

// strikes looks whether a fault waits for a phase that a call begins, and has it begin.
func (r *run) strikes(d *doing, c inject.Call, of []Phase) {
	for i := 0; i < len(r.waiting); {
		s := &r.waiting[i]
		if !slices.Contains(of, s.Phase) || r.w.Sched.Now().Sub(r.began) < s.after {
			i++
			continue
		}
		if s.nth--; s.nth > 0 {
			i++
			continue
		}
		done := *s
		r.waiting = slices.Delete(r.waiting, i, i+1)
		r.strike(done, d, c)
	}
}

// strike has a fault begin, if it is within what is promised.
func (r *run) strike(s strike, d *doing, c inject.Call) {
	at := r.w.Sched.Now().Sub(r.began)
	f, err := r.faultOf(s, d, c)
	e := schedule.Entry{At: at, Fault: f}
	if err != nil || at >= r.plan.For {
		return
	}
	if f.Lasts() {
		e.For = min(s.long, r.plan.For-at)
		if s.Fault == "throttle" {
			e.For = min(5*s.long, r.plan.For-at)
		}
	}
	all := slices.Concat(r.faults, r.lost, r.struck, schedule.Schedule{e})
	if e.At < r.plan.For && schedule.Promised(topology(r.plan), r.plan.For).Check(all) != nil {
		return
	}
	r.struck = append(r.struck, e)
	ctx := context.Background()
	if !f.Lasts() {
		r.happen(ctx, f)
		return
	}
	r.begin(f)
	r.rules()
	r.background("strike", func() {
		_ = r.w.Sched.Sleep(ctx, e.For)
		r.end(ctx, f)
		r.rules()
	})
}

// faultOf is what strikes a call of a process.
func (r *run) faultOf(s strike, d *doing, c inject.Call) (inject.Fault, error) {
	node := r.plan.nodeName(max(0, slices.IndexFunc(r.nodes, func(n *Node) bool { return n.doing == d })))
	if r.node(node).doing != d {
		return nil, fmt.Errorf("the process is no more")
	}
	switch s.Fault {
	case regionOut:
		return inject.RegionOut{Region: c.To, How: s.how}, nil
	case cut:
		return inject.Cut{From: c.From, To: c.To, How: s.how}, nil
	case distance:
		return inject.Distance{From: c.From, To: c.To, OneWay: s.far}, nil
	case string(inject.Kill), string(inject.Restart), string(inject.Freeze):
		return inject.Process{Name: node, Order: inject.Order(s.Fault)}, nil
	}
	of := "if operation=" + c.Operation
	switch {
	case s.Fault == "throttle" && c.Account != "": // the first call passes: it is of all, and lasts
		of = "if account=" + c.Account
	case c.Account != "":
		of += " account=" + c.Account
	}
	text := map[string]string{"reset": "reset", "reset after": "reset after commit", "hang": "hang",
		"hang after": "hang after commit", "status": "status 503 ServerBusy",
		"status after": "status 500 after commit", "throttle": "throttle 0.2/s burst 1",
		"hold": fmt.Sprintf("hold constant %v", s.far), "delay": fmt.Sprintf("delay constant %v", s.far),
		"delay after": fmt.Sprintf("delay constant %v after commit", s.far)}[s.Fault]
	return inject.ParseRule(text + " " + of)
}
