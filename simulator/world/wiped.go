package world

import (
	"context"
	"fmt"
	"time"

	"tidemark/simulator/history"
	"tidemark/simulator/world/internal/succession"
)

// wipe empties the journal, and does what an operator does then.
func (r *run) wipe(ctx context.Context, w *succession.Wiped) {
	until := func(at time.Duration) { _ = r.w.Sched.Sleep(ctx, r.began.Add(at).Sub(r.w.Sched.Now())) }
	until(w.At)
	r.w.site(w.Of).Journal.Wipe()
	r.rec.h.Tell(r.w.Sched.Now(), history.Event{Kind: "wiped", Text: string(w.Of)})
	until(w.Mend)
	r.down = true
	for _, n := range r.nodes {
		r.kill(n)
	}
	_ = r.w.Sched.Sleep(ctx, 11*time.Second)
	if err := w.Succeed(ctx, r.w.Sched, r.rec.h.Ops, r.w.site(elsewhere(w.Of)).Journal.Another(),
		r.w.site(w.Of).Journal.Another()); err != nil {
		r.err = err
		return
	}
	r.down = false
	for i, n := range r.nodes {
		if n.Life() == "dead" {
			r.replace(r.plan.nodeName(i))
		}
	}
	r.outcome(ctx, w)
}

// outcome has the other region be lost, if it is to be.
func (r *run) outcome(ctx context.Context, w *succession.Wiped) {
	left := r.w.site(w.Of).Journal.Another()
	for w.Then == succession.Refilled {
		place, err := left.Identity(ctx)
		if r.err = err; err != nil || r.over && place.Unfilled {
			return
		}
		if !place.Unfilled {
			break
		}
		_ = r.w.Sched.Sleep(ctx, time.Second)
	}
	if w.Then == succession.Stays {
		return
	}
	_ = r.w.Sched.Sleep(ctx, w.Soon)
	r.forsake(elsewhere(w.Of))
	place, err := left.Identity(ctx)
	if r.err = err; err != nil {
		return
	}
	if w.End = succession.Refilled; place.Unfilled {
		w.End = succession.Unfilled
		_ = r.w.Sched.Sleep(ctx, 6*time.Second) // past every answer that was under way
		if r.err = w.Certify(ctx, r.rec.h.Ops, left, place.Peer); r.err != nil {
			return
		}
	}
	if r.w.Account.Endpoints().Primary.Region == r.gone {
		r.promote(ctx)
	}
}

// speechless asks every node of a world whose only journal never had everything: none answers from it.
func (r *run) speechless(ctx context.Context) error {
	if err := r.calm(); err != nil {
		return err
	}
	_ = r.w.Sched.Sleep(ctx, time.Minute)
	before := len(r.rec.h.Ops)
	for _, n := range append(r.survivors(), r.start(string(elsewhere(r.gone))+"/fresh")) {
		for s := range r.plan.Sources {
			r.read(ctx, "end", n, r.series(s))
		}
	}
	for _, op := range r.rec.h.Ops[before:] {
		if op.Outcome == history.Done && op.Answer.Claim.From != "" {
			return fmt.Errorf("operation %d is answered from the journal of %s, which has not had everything", op.ID,
				op.Answer.Claim.From)
		}
	}
	return nil
}
