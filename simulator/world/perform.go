package world

import (
	"context"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/history"
	"tidemark/simulator/inject"
	"tidemark/simulator/world/phases"
)

// perform carries the faults out, step by step, until everything is healed.
func (r *run) perform(ctx context.Context, healed time.Duration) {
	for _, step := range r.faults.Steps(healed) {
		_ = r.w.Sched.Sleep(ctx, r.began.Add(step.At).Sub(r.w.Sched.Now()))
		for _, f := range step.Ends {
			r.end(ctx, f)
		}
		for _, f := range step.Begins {
			r.begin(f)
		}
		for _, f := range step.Happens {
			r.happen(ctx, f)
		}
		r.rules()
	}
}

// rules has those rules hold that are to hold now: of the schedule, and of what has struck.
func (r *run) rules() {
	now := r.w.Sched.Now().Sub(r.began)
	if err := r.w.Rules.Set(append(r.faults.Rules(now), r.struck.Rules(now)...)); err != nil {
		r.err = err
	}
}

// begin has a fault hold.
func (r *run) begin(f inject.Fault) {
	r.w.phases.Starts(f, r.doing)
	switch f := f.(type) {
	case inject.Rule: // all of them are set together
	case inject.Clock: // it is looked at by who asks for the time
	case inject.Process:
		if n := r.node(f.Name); n != nil && f.Order == inject.Freeze {
			n.Freeze()
		} else if n != nil {
			r.kill(n)
		}
	case inject.Lag:
		if l, err := georep.ParseLag(f.Model); err == nil {
			r.w.named(f.Account).SetLag(scopeOf(f.Scope), l)
		}
	case inject.Pause:
		r.w.named(f.Account).Pause(scopeOf(f.Scope))
	case inject.LastSync:
		r.wrongStats(f, true)
	default:
		r.w.ground.Begin(f)
		for _, a := range r.w.replicated() {
			a.Look()
		}
	}
}

// end ends one that holds.
func (r *run) end(ctx context.Context, f inject.Fault) {
	r.w.phases.Ends(f)
	switch f := f.(type) {
	case inject.Rule, inject.Clock:
	case inject.Process:
		if n := r.node(f.Name); n != nil && f.Order == inject.Freeze {
			n.Thaw()
		} else if n != nil {
			r.replace(f.Name)
		}
	case inject.Lag:
		r.w.named(f.Account).SetLag(scopeOf(f.Scope), nil)
	case inject.Pause:
		r.w.named(f.Account).Resume(scopeOf(f.Scope))
	case inject.LastSync:
		r.wrongStats(f, false)
	default:
		r.w.ground.End(f)
		for _, a := range r.w.replicated() {
			a.Look()
		}
	}
}

// happen does what happens at a moment. What the account refuses does not happen.
func (r *run) happen(ctx context.Context, f inject.Fault) {
	r.w.phases.Starts(f, r.doing)
	switch f := f.(type) {
	case inject.Process:
		if n := r.node(f.Name); n != nil {
			r.kill(n)
			r.replace(f.Name)
		}
	case inject.Failover:
		r.background("failover", func() {
			if err := r.w.failover(ctx, r.w.named(f.Account), georep.Kind(f.Kind)); err != nil {
				return
			}
			r.rec.lost(r.w)
			for _, n := range r.nodes { // everybody looks once the account answers again
				r.background("look", func() { r.look(ctx, "look", n) })
			}
		})
	case inject.Reenable:
		r.background("reenable", func() {
			defer r.w.phases.Under(phases.Reenable)()
			_ = r.w.redundant(ctx, r.w.named(f.Account))
		})
	}
}

// kill ends a process, and tells it.
func (r *run) kill(n *Node) {
	end := (*Node).Kill
	if broken := r.w.broken.Kill; broken != nil {
		end = broken
	}
	end(n)
	r.rec.h.Tell(r.w.Sched.Now(), history.Event{Kind: "killed", Text: r.names[n]})
}

// replace starts a process anew.
func (r *run) replace(name string) {
	for i := range r.nodes {
		if r.plan.nodeName(i) == name && !r.down && r.plan.regionOf(i) != r.gone {
			r.nodes[i] = r.start(name)
		}
	}
}

// wrongStats makes the statistics wrong, or right again.
func (r *run) wrongStats(f inject.LastSync, wrong bool) {
	if f.State == inject.Unavailable {
		r.w.named(f.Account).SetUnavailable(wrong)
		return
	}
	w := account.WrongStats{}
	if wrong && f.Account != second {
		r.rec.h.Tell(r.w.Sched.Now(), history.Event{At: r.w.Sched.Now(), Kind: "wrong-stats", Text: f.String()})
		w = account.WrongStats{Stuck: f.State == inject.Stuck, Back: f.By}
	}
	for _, s := range []georep.Service{georep.Table, georep.Queue} {
		if f.Service == "" || f.Service == string(s) {
			r.w.named(f.Account).SetWrongStats(s, w)
		}
	}
}

// calm has every node run that can, and no call fail.
func (r *run) calm() error {
	for i, n := range r.nodes {
		switch n.Life() {
		case "dead":
			r.replace(r.plan.nodeName(i))
		default:
			n.Thaw()
		}
	}
	r.w.SlowRead, r.w.doubt, r.w.phases.Over = 0, 0, true
	return r.w.Rules.Set(nil)
}
