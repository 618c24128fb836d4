package world

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/loss"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/simulator/georep"
	"tidemark/simulator/history"
	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
)

// sequel is what becomes of the other region when another journal has taken the place of one that was emptied.
type sequel int

// The sequels: both regions go on; the other one is lost before the new journal has everything, or afterwards.
const (
	stays sequel = iota
	unfilled
	refilled
)

// Wiped is a journal that is emptied under load. Some time later an operator stops the nodes, retires the journal that
// is gone, has a new one join, and starts the nodes again.
type Wiped struct {
	of       georep.Region
	at, mend time.Duration
	then     sequel
	soon     time.Duration // from the new journal, or from its being filled, to the other region's loss

	excused map[uint64]bool // operations whose blocks a certificate names
	end     sequel          // what the other region suffered

	// Lost, Unknown and Unheard are acknowledgements by what certificates say of their blocks.
	Lost, Unknown, Unheard int
}

// How says what became of the other region.
func (w *Wiped) How() string {
	return map[sequel]string{stays: "both stay", unfilled: "lost before", refilled: "lost after"}[w.end]
}

// drawWiping draws one, and takes out of a schedule what would be more than that together: what keeps the journal that
// is left for a while from being reached.
func drawWiping(rng *rand.Rand, p Plan, s schedule.Schedule) (*Wiped, schedule.Schedule) {
	w := &Wiped{of: []georep.Region{east, west}[rng.IntN(2)], then: sequel(rng.IntN(3)), excused: map[uint64]bool{}}
	w.at = p.For/8 + time.Duration(rng.Int64N(int64(p.For/4)))
	w.mend = w.at + time.Duration(rng.Int64N(int64(40*time.Second)))
	w.soon = time.Duration(rng.Int64N(int64(8 * time.Second)))
	if w.then == unfilled {
		w.soon /= 4
	}
	within := schedule.Promised(topology(p), p.For)
	out := schedule.Entry{At: w.mend, For: p.For - w.mend, Fault: inject.RegionOut{Region: string(elsewhere(w.of)),
		How: inject.Silent}}
	if w.then == stays {
		return w, s
	}
	kept := schedule.Schedule{out}
	for _, e := range s {
		switch e.Fault.(type) {
		case inject.Failover, inject.Reenable:
			continue
		}
		if more := append(kept[:len(kept):len(kept)], e); within.Check(more) == nil {
			kept = more
		}
	}
	return w, kept[1:]
}

// wipe empties the journal, and does what an operator does then.
func (r *run) wipe(ctx context.Context, w *Wiped) {
	until := func(at time.Duration) { _ = r.w.Sched.Sleep(ctx, r.began.Add(at).Sub(r.w.Sched.Now())) }
	until(w.at)
	r.w.site(w.of).Journal.Wipe()
	r.rec.h.Tell(r.w.Sched.Now(), history.Event{Kind: "wiped", Text: string(w.of)})
	until(w.mend)
	r.down = true
	for _, n := range r.nodes {
		r.kill(n)
	}
	_ = r.w.Sched.Sleep(ctx, 11*time.Second)
	if err := r.succeed(ctx, w); err != nil {
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
func (r *run) outcome(ctx context.Context, w *Wiped) {
	left := r.w.site(w.of).Journal.Another()
	for w.then == refilled {
		place, err := left.Identity(ctx)
		if r.err = err; err != nil || r.over && place.Unfilled {
			return
		}
		if !place.Unfilled {
			break
		}
		_ = r.w.Sched.Sleep(ctx, time.Second)
	}
	if w.then == stays {
		return
	}
	_ = r.w.Sched.Sleep(ctx, w.soon)
	r.forsake(elsewhere(w.of))
	place, err := left.Identity(ctx)
	if r.err = err; err != nil {
		return
	}
	if w.end = refilled; place.Unfilled {
		w.end = unfilled
		_ = r.w.Sched.Sleep(ctx, 6*time.Second) // past every answer that was under way
		if r.err = r.certify(ctx, w, left, place.Peer); r.err != nil {
			return
		}
	}
	if r.w.Account.Endpoints().Primary.Region == r.gone {
		r.promote(ctx)
	}
}

// speechless asks every node of a world whose only journal never had everything: none answers from it.
func (r *run) speechless(ctx context.Context) error {
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

// succeed retires the journal that was emptied and has another one join the one that is left, as `tidemark retire` and
// `tidemark init` do.
func (r *run) succeed(ctx context.Context, w *Wiped) error {
	left, anew := r.w.site(elsewhere(w.of)).Journal.Another(), r.w.site(w.of).Journal.Another()
	place, err := left.Identity(ctx)
	if err != nil {
		return err
	}
	if err := r.endAll(ctx, left); err != nil {
		return err
	}
	if err := r.certify(ctx, w, left, place.Peer); err != nil {
		return err
	}
	_ = r.w.Sched.Sleep(ctx, time.Minute) // past every stamp that a clock ahead gave
	now, err := left.Now(ctx)
	if err != nil {
		return err
	}
	alone := place.Whole()
	alone.Retired = append(alone.Retired, journal.Retired{Peer: place.Peer, At: now})
	alone.Peer = journal.Peer{}
	if err := left.Change(ctx, place, alone); err != nil {
		return err
	}
	joins := journal.Place{Region: string(w.of), Generation: "another", Bound: place.Bound, Unfilled: true,
		Peer: journal.Peer{Region: place.Region, Generation: place.Generation}, Retired: alone.Retired}
	if err := anew.Init(ctx, joins); err != nil {
		return err
	}
	pair := alone.Whole()
	pair.Peer = journal.Peer{Region: joins.Region, Generation: joins.Generation}
	return left.Change(ctx, alone, pair)
}

// endAll ends every stream that takes appends.
func (r *run) endAll(ctx context.Context, j *memory.Journal) error {
	return r.streams(ctx, j, func(st journal.State) error {
		if st.HasEnded() {
			return nil
		}
		_, err := j.End(ctx, st.Stream)
		return err
	})
}

// streams calls a function with each stream that a journal lists.
func (r *run) streams(ctx context.Context, j *memory.Journal, do func(journal.State) error) error {
	for reg, err := range j.Shards(ctx) {
		if err != nil {
			return err
		}
		for day := reg.First; day <= telemetry.DayOf(r.w.Sched.Now())+1; day++ {
			idx, err := j.Index(ctx, reg.Shard, day)
			if err != nil {
				return err
			}
			for _, st := range idx.Streams {
				if err := do(st); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// certify computes the certificate of a journal that is gone from the one that is left, and holds it against everything
// that was acknowledged. What it names is excused.
func (r *run) certify(ctx context.Context, w *Wiped, left *memory.Journal, gone journal.Peer) error {
	place, err := left.Identity(ctx)
	if err != nil {
		return err
	}
	c, _, err := loss.Survey{Survivor: journal.Peer{Region: place.Region, Generation: place.Generation}, Gone: gone,
		Journal: left, Directory: left}.Certify(ctx)
	if err != nil {
		return err
	}
	for _, op := range r.rec.h.Ops {
		if op.Outcome != history.Done || op.Answer.Durability == 0 {
			continue
		}
		there, err := r.holds(ctx, left, op.Answer.Origin)
		if err != nil {
			return err
		}
		if err := w.hold(op, place, c, there); err != nil {
			return err
		}
	}
	return nil
}

// hold holds a certificate against one thing that was acknowledged.
func (w *Wiped) hold(op *history.Op, place journal.Place, c loss.Certificate, there bool) error {
	lost, unknown, heard := named(c, op.Answer.Origin)
	is := fmt.Sprintf("operation %d, acknowledged %v by %v in %s/%d, is in the journal of %s: %v; its certificate calls "+
		"it lost: %v, unknown: %v, its stream known: %v", op.ID, op.Answer.Durability, op.Answer.Regions,
		op.Answer.Origin.Writer, op.Answer.Origin.Number, place.Region, there, lost, unknown, heard)
	switch {
	case there && (lost || unknown):
		return errors.New(is)
	case there:
		return nil
	case op.Answer.Durability == history.Both && !place.Unfilled, heard && !lost && !unknown:
		return errors.New(is)
	case lost:
		w.Lost++
	case unknown:
		w.Unknown++
	default:
		w.Unheard++
	}
	w.excused[op.ID] = true
	return nil
}

// holds reports whether a journal has a block, or has dropped it.
func (r *run) holds(ctx context.Context, j *memory.Journal, o history.Origin) (bool, error) {
	today := telemetry.DayOf(r.w.Sched.Now())
	for day := today - 1; day <= today+1; day++ {
		st, err := j.State(ctx, telemetry.Stream{Shard: telemetry.Shard{Tenant: tenant}, Day: day,
			Writer: telemetry.Writer(o.Writer)})
		if err != nil || !st.Born() {
			if err != nil {
				return false, err
			}
			continue
		}
		number := telemetry.Number(o.Number)
		if number <= st.Mark {
			return true, nil
		}
		for h, err := range j.Heads(ctx, st.Stream, number-1) {
			return err == nil && h.Number == number && !h.Void, err
		}
	}
	return false, nil
}

// named is what a certificate says of a block: a writer has one stream.
func named(c loss.Certificate, o history.Origin) (lost, unknown, heard bool) {
	n := telemetry.Number(o.Number)
	for _, s := range c.Shards {
		for _, st := range s.Streams {
			if string(st.Writer) != o.Writer {
				continue
			}
			heard = true
			lost = lost || slices.ContainsFunc(st.Lost, func(r loss.Range) bool { return r.Has(n) })
			unknown = unknown || slices.ContainsFunc(st.Unknown, func(r loss.Range) bool { return r.Has(n) })
		}
	}
	return lost, unknown, heard
}

// known is the history as it is held against the promises: of what a certificate names nobody promises that it is there.
func (w *Wiped) known(h *history.History) *history.History {
	if w == nil || len(w.excused) == 0 {
		return h
	}
	out := *h
	out.Ops = slices.Clone(h.Ops)
	for i, op := range out.Ops {
		if w.excused[op.ID] {
			open := *op
			open.Outcome, open.Answer = history.Unknown, history.Answer{}
			out.Ops[i] = &open
		}
	}
	return &out
}
