package world

import (
	"context"
	"math/rand/v2"
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/history"
	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
)

// regionLoss is the end of a region, for good: its storage and its nodes at one moment, and the account fails over
// some time later.
type regionLoss struct {
	at, failover time.Duration
}

// drawLoss draws one, and takes out of a schedule what would be more than that together: what keeps the west from being
// reached, and other failovers.
func drawLoss(rng *rand.Rand, p Plan, s schedule.Schedule) (regionLoss, schedule.Schedule) {
	l := regionLoss{at: p.For/4 + time.Duration(rng.Int64N(int64(p.For/2)))}
	l.failover = l.at + time.Duration(rng.Int64N(int64(30*time.Second)))
	return l, schedule.Promised(topology(p), p.For).Beside(l.entry(p), s)
}

// entry is the loss as a fault, until everything that is there is healed.
func (l regionLoss) entry(p Plan) schedule.Entry {
	return schedule.Entry{At: l.at, For: p.For - l.at,
		Fault: inject.RegionOut{Region: string(east), How: inject.Silent}}
}

// lose has the east end.
func (r *run) lose(ctx context.Context, l regionLoss) {
	_ = r.w.Sched.Sleep(ctx, r.began.Add(l.at).Sub(r.w.Sched.Now()))
	r.forsake(east)
	_ = r.w.Sched.Sleep(ctx, r.began.Add(l.failover).Sub(r.w.Sched.Now()))
	r.promote(ctx)
}

// forsake has a region end for good: its storage and its nodes at one moment.
func (r *run) forsake(in georep.Region) {
	r.w.ground.Begin(inject.RegionOut{Region: string(in), How: inject.Silent})
	r.w.Account.Look()
	r.gone = in
	for i, n := range r.nodes {
		if r.plan.regionOf(i) == in {
			r.w.phases.Note(string(inject.Kill), n.doing.Phases()...)
			r.kill(n)
		}
	}
}

// promote has the account fail over.
func (r *run) promote(ctx context.Context) {
	// While the account does not tell its Last Sync Time it refuses: whoever orders the failover orders it again.
	for range 600 {
		if r.err = r.w.failover(ctx, r.w.Account, georep.Unplanned); r.err == nil {
			r.rec.lost(r.w)
			return
		}
		_ = r.w.Sched.Sleep(ctx, time.Second)
	}
}

// outlive looks at the end of a world that has lost a region: every node that is there, and a fresh one, answers.
func (r *run) outlive(ctx context.Context) error {
	if err := r.calm(); err != nil {
		return err
	}
	r.rec.h.Enter(r.w.Sched.Now(), history.Healed)
	_ = r.w.Sched.Sleep(ctx, 2*time.Minute) // past every held append
	for _, n := range append(r.survivors(), r.start(string(elsewhere(r.gone))+"/fresh")) {
		for s := range r.plan.Sources {
			r.read(ctx, "end", n, r.series(s))
			r.latest(ctx, "end", n, r.series(s))
		}
	}
	return nil
}
