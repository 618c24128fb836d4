package world

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"tidemark/simulator/history"
	"tidemark/simulator/inject/schedule"
	"tidemark/simulator/world/internal/succession"
	"tidemark/simulator/world/phases"
)

// Outcome is how a run ended.
type Outcome struct {
	History *history.History
	Faults  schedule.Schedule // what went wrong in it, and when
	// Struck is what went wrong besides, at moments of which the run itself was the cause. The seed and the plan bring
	// it again.
	Struck schedule.Schedule
	// Err is nil, or *Violation, *memory.Stuck (a hang), *memory.ActorPanic (a crash), or what else kept it from its
	// end.
	Err error
	// Far is how many questions were answered from the journal of the region where the node does not stand.
	Far int
	// Secondary is how many were answered from the secondary of the account, and Outlived how many of these while a
	// region was lost.
	Secondary, Outlived int
	// Told is how many answers of nodes without a worker vouched for what was acknowledged one.
	Told int
	// Wiped is what came of a journal that was emptied; nil where the plan has none.
	Wiped *succession.Wiped
	Hits  map[phases.Hit]bool // which kinds of faults met which phases
}

// Run runs a plan from a seed to its end: load and faults, then everything is healed, then a check that everything
// acknowledged is there and that the journal is empty. The faults are those of the plan, or these if there are any.
func Run(seed uint64, p Plan, faults schedule.Schedule) Outcome {
	w := New(seed)
	h := &history.History{Header: history.Header{Run: "world", Seed: seed}}
	w.rec = &recorder{h, w.Sched.Now}
	r := &run{w: w, west: rand.New(rand.NewPCG(seed, 0x7765_7374)), plan: p, rec: w.rec, names: map[*Node]string{},
		idle: map[string]bool{}, seed: seed, faults: faults}
	w.broken = p.Broken
	var failed error
	err := w.Sched.Run(func() { failed = r.main() })
	if err == nil {
		err = failed
	}
	if err == nil {
		err = judge(r.wiped.Known(h), p)
	}
	return Outcome{h, r.faults, r.struck, err, r.far, r.secondary, r.outlived, r.told, r.wiped, w.phases.Hits}
}

// Schedule is Run with the faults of the plan.
func Schedule(seed uint64, p Plan) (*history.History, error) {
	o := Run(seed, p, nil)
	return o.History, o.Err
}

func (r *run) main() error {
	ctx := context.Background()
	w := r.w
	if r.plan.Regions > 1 {
		if err := w.Pair(ctx); err != nil {
			return err
		}
	}
	if skew := int64(r.plan.Skew); skew > 0 {
		span := func(rng *rand.Rand) time.Duration { return time.Duration(rng.Int64N(2*skew) - skew) }
		w.Skew(span(w.Rand), span(w.Rand), span(r.west))
		if w.West != nil {
			w.SkewWest(span(r.west))
		}
	}
	_ = w.Sched.Sleep(ctx, r.plan.Begin)
	if err := w.Open(ctx); err != nil {
		return err
	}
	if r.plan.Second {
		if err := w.OpenSecond(ctx, r.west); err != nil {
			return err
		}
	}
	if err := r.openAccounts(ctx); err != nil {
		return err
	}
	w.SlowRead, w.doubt = r.plan.SlowRead, 2*r.plan.FaultRate
	r.began = w.Sched.Now()
	sets := make([]Settings, r.plan.Nodes)
	for i := range sets {
		sets[i] = r.settings()
	}
	given := r.faults != nil
	if err := r.plant(); err != nil {
		return err
	}
	if r.plan.Loss {
		l, kept := drawLoss(r.west, r.plan, r.faults)
		r.faults, r.lost = kept, schedule.Schedule{l.entry(r.plan)}
		r.background("loss", func() { r.lose(ctx, l) })
	}
	if r.plan.Wiped {
		r.wiped, r.faults = succession.Draw(r.west, topology(r.plan), r.plan.For, r.faults)
		r.background("wiped", func() { r.wipe(ctx, r.wiped) })
	}
	if r.plan.Strikes {
		if err := r.aim(rand.New(rand.NewPCG(r.seed, 0x7374_726b)), given); err != nil {
			return err
		}
	}
	w.ahead = r.ahead
	r.rest()
	for i, set := range sets {
		r.nodes = append(r.nodes, r.launch(r.plan.nodeName(i), set))
	}
	r.background("faults", func() { r.perform(ctx, r.plan.For) })
	for c := range r.plan.Clients {
		r.visitor(ctx, fmt.Sprintf("client %d", c), func() { r.client(ctx, c) })
	}
	for range r.plan.Dashboards {
		r.visitor(ctx, "dashboard", func() { r.dashboard(ctx) })
	}
	for c := range r.plan.Clerks {
		r.visitor(ctx, "clerk", func() { r.clerk(ctx, fmt.Sprintf("clerk %d", c)) })
	}
	_ = w.Sched.Sleep(ctx, r.plan.For)
	r.over = true
	for r.left > 0 {
		_ = w.Sched.Sleep(ctx, time.Second)
	}
	if r.err != nil {
		return r.err
	}
	return r.settle(ctx)
}
