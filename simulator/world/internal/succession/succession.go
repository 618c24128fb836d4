// Package succession is a journal that is emptied, and the other one that takes its place, as the world sees both.
package succession

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
	"tidemark/ports/sched"
	"tidemark/simulator/georep"
	"tidemark/simulator/history"
	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
)

// tenant is whose streams are looked at.
const tenant = telemetry.Tenant("world")

// Sequel is what becomes of the other region when another journal has taken the place of one that was emptied.
type Sequel int

// The Sequels: both regions go on; the other one is lost before the new journal has everything, or afterwards.
const (
	Stays Sequel = iota
	Unfilled
	Refilled
)

// Wiped is a journal that is emptied under load. Some time later an operator stops the nodes, retires the journal that
// is gone, has a new one join, and starts the nodes again.
type Wiped struct {
	Of       georep.Region
	At, Mend time.Duration
	Then     Sequel
	Soon     time.Duration // from the new journal, or from its being filled, to the other region's loss

	excused map[uint64]bool // operations whose blocks a certificate names
	End     Sequel          // what the other region suffered

	// Lost, Unknown and Unheard are acknowledgements by what certificates say of their blocks.
	Lost, Unknown, Unheard int
}

// How says what became of the other region.
func (w *Wiped) How() string {
	return map[Sequel]string{Stays: "both stay", Unfilled: "lost before", Refilled: "lost after"}[w.End]
}

// Draw draws one in a world that lasts for so long, and takes out of a schedule what would be more than that
// together: what keeps the journal that is left for a while from being reached.
func Draw(rng *rand.Rand, t schedule.Topology, most time.Duration, s schedule.Schedule) (*Wiped, schedule.Schedule) {
	w := &Wiped{Of: georep.Region(t.Regions[rng.IntN(2)]), Then: Sequel(rng.IntN(3))}
	w.At = most/8 + time.Duration(rng.Int64N(int64(most/4)))
	w.Mend = w.At + time.Duration(rng.Int64N(int64(40*time.Second)))
	w.Soon = time.Duration(rng.Int64N(int64(8 * time.Second)))
	if w.Then == Unfilled {
		w.Soon /= 4
	}
	other := t.Regions[0]
	if other == string(w.Of) {
		other = t.Regions[1]
	}
	out := schedule.Entry{At: w.Mend, For: most - w.Mend, Fault: inject.RegionOut{Region: other,
		How: inject.Silent}}
	if w.Then == Stays {
		return w, s
	}
	return w, schedule.Promised(t, most).Beside(out, s)
}

// Succeed retires the journal that was emptied and has another one join the one that is left, as `tidemark retire` and
// `tidemark init` do.
func (w *Wiped) Succeed(ctx context.Context, s sched.Scheduler, ops []*history.Op, left, anew *memory.Journal) error {
	place, err := left.Identity(ctx)
	if err != nil {
		return err
	}
	if err := endAll(ctx, left); err != nil {
		return err
	}
	if err := w.Certify(ctx, ops, left, place.Peer); err != nil {
		return err
	}
	_ = s.Sleep(ctx, time.Minute) // past every stamp that a clock ahead gave
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
	joins := journal.Place{Region: string(w.Of), Generation: "another", Bound: place.Bound, Unfilled: true,
		Peer: journal.Peer{Region: place.Region, Generation: place.Generation}, Retired: alone.Retired}
	if err := anew.Init(ctx, joins); err != nil {
		return err
	}
	pair := alone.Whole()
	pair.Peer = journal.Peer{Region: joins.Region, Generation: joins.Generation}
	return left.Change(ctx, alone, pair)
}

// endAll ends every stream that takes appends.
func endAll(ctx context.Context, j *memory.Journal) error {
	return streams(ctx, j, func(st journal.State) error {
		if st.HasEnded() {
			return nil
		}
		_, err := j.End(ctx, st.Stream)
		return err
	})
}

// streams calls a function with each stream that a journal lists.
func streams(ctx context.Context, j *memory.Journal, do func(journal.State) error) error {
	now, err := j.Now(ctx)
	if err != nil {
		return err
	}
	for reg, err := range j.Shards(ctx) {
		if err != nil {
			return err
		}
		for day := reg.First; day <= telemetry.DayOf(now)+1; day++ {
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

// Certify computes the certificate of a journal that is gone from the one that is left, and holds it against everything
// that was acknowledged. What it names is excused.
func (w *Wiped) Certify(ctx context.Context, ops []*history.Op, left *memory.Journal, gone journal.Peer) error {
	place, err := left.Identity(ctx)
	if err != nil {
		return err
	}
	c, _, err := loss.Survey{Survivor: journal.Peer{Region: place.Region, Generation: place.Generation}, Gone: gone,
		Journal: left, Directory: left}.Certify(ctx)
	if err != nil {
		return err
	}
	for _, op := range ops {
		named := w.excused[op.ID] // by a certificate of before: it is a void now
		if op.Outcome != history.Done || op.Answer.Durability == 0 || named {
			continue
		}
		there, err := holds(ctx, left, op.Answer.Origin)
		if err != nil {
			return err
		}
		if err := w.hold(op, place, c, there); err != nil {
			return err
		}
	}
	return nil
}

// apart is how far a storage's clock may be behind the time that acknowledgements are told by, and more.
const apart = 10 * time.Second

// hold holds a certificate against one thing that was acknowledged.
func (w *Wiped) hold(op *history.Op, place journal.Place, c loss.Certificate, there bool) error {
	lost, unknown, heard := named(c, op.Answer.Origin)
	is := fmt.Sprintf("operation %d, acknowledged %v by %v in %s/%d, is in the journal of %s: %v; its certificate "+
		"calls it lost: %v, unknown: %v, its stream known: %v", op.ID, op.Answer.Durability, op.Answer.Regions,
		op.Answer.Origin.Writer, op.Answer.Origin.Number, place.Region, there, lost, unknown, heard)
	switch {
	case there && (lost || unknown):
		return errors.New(is)
	case there:
		return nil
	case c.Even != nil && op.Ended.Add(apart).Before(c.Even.Time):
		return fmt.Errorf("%s; both journals are said to have been the same up to %v, and it was acknowledged at %v",
			is, c.Even.Time, op.Ended)
	case op.Answer.Durability == history.Both && !place.Unfilled, heard && !lost && !unknown:
		return errors.New(is)
	case lost:
		w.Lost++
	case unknown:
		w.Unknown++
	default:
		w.Unheard++
	}
	if w.excused == nil {
		w.excused = map[uint64]bool{}
	}
	w.excused[op.ID] = true
	return nil
}

// holds reports whether a journal has a block, or has dropped it.
func holds(ctx context.Context, j *memory.Journal, o history.Origin) (bool, error) {
	now, err := j.Now(ctx)
	if err != nil {
		return false, err
	}
	today := telemetry.DayOf(now)
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

// Known is the history as it is held against the promises: of what a certificate names nobody promises that it is
// there.
func (w *Wiped) Known(h *history.History) *history.History {
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
