package tail_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// jumpy is a journal whose every call takes its own time before and after it is done, so that calls overtake one
// another in every way.
type jumpy struct {
	journal.Journal
	w *wild
}

func (j jumpy) Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (journal.Index, error) {
	if err := j.w.nap(ctx); err != nil {
		return journal.Index{}, err
	}
	idx, err := j.Journal.Index(ctx, of, day)
	if err == nil {
		err = j.w.nap(ctx)
	}
	return idx, err
}

func (j jumpy) Read(ctx context.Context, of telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		for e, err := range j.Journal.Read(ctx, of, after) {
			if err == nil {
				if err = j.w.nap(ctx); err != nil {
					e = journal.Entry{}
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// wild is a shard that is written to, dropped, asked and compacted all at once.
type wild struct {
	*house
	rng      *rand.Rand
	most     time.Duration // of a nap
	blocks   map[telemetry.Position]*truth
	streams  []*source
	answers  int
	wholes   int
	finished bool
}

// truth is a block of the journal.
type truth struct {
	stamp  telemetry.Stamp
	stored bool
}

// source is a stream and what became of it.
type source struct {
	id      telemetry.Stream
	last    telemetry.Number
	missing []telemetry.Number // flights that were overtaken
	dropped telemetry.Number   // the mark that was ordered
	sealed  bool
}

// nap is short as a rule, and long enough at times for others to do a lot meanwhile.
func (w *wild) nap(ctx context.Context) error {
	most := int64(w.most)
	if w.rng.IntN(8) == 0 {
		most *= 10
	}
	return fault.Wrap(fault.Canceled, "test", w.sched.Sleep(ctx, time.Duration(w.rng.Int64N(most))))
}

// write appends to streams, some numbers late, drops them, ends them and begins others.
func (w *wild) write(ctx context.Context) {
	var s *source
	for !w.finished {
		if s == nil || s.sealed {
			s = &source{id: w.stream(fmt.Sprint(len(w.streams)))}
			w.streams = append(w.streams, s)
		}
		switch w.rng.IntN(8) {
		case 0:
			if s.last > 0 {
				s.last++
				s.missing = append(s.missing, s.last)
			}
		case 1:
			w.late(ctx, s)
		case 2, 3:
			w.drop(ctx, s)
		case 4:
			if s.last > 2 && w.rng.IntN(2) == 0 {
				for len(s.missing) > 0 {
					w.late(ctx, s)
				}
				_, err := w.j.End(ctx, s.id)
				w.must(err)
				w.must(w.j.Seal(ctx, s.id, s.last, ""))
				s.sealed = true
				w.sched.Go("drop", func() { w.finish(ctx, s) })
			}
		default:
			s.last++
			w.put(ctx, telemetry.Position{Stream: s.id, Number: s.last})
		}
		_ = w.nap(ctx)
	}
}

func (w *wild) put(ctx context.Context, at telemetry.Position) {
	b := &truth{stamp: telemetry.StampAt(w.sched.Now()) + telemetry.Stamp(w.rng.IntN(1000))}
	w.blocks[at] = b
	p, err := block(at, b.stamp)
	w.must(err)
	_, err = w.j.Append(ctx, journal.Append{At: at, Block: p})
	w.must(err)
	b.stored = true
}

func (w *wild) late(ctx context.Context, s *source) {
	if len(s.missing) > 0 {
		n := s.missing[0]
		s.missing = s.missing[1:]
		w.put(ctx, telemetry.Position{Stream: s.id, Number: n})
	}
}

// drop moves the mark over some of what is contiguous.
func (w *wild) drop(ctx context.Context, s *source) {
	most := s.last
	if len(s.missing) > 0 {
		most = s.missing[0] - 1
	}
	if most > s.dropped {
		s.dropped += 1 + telemetry.Number(w.rng.Int64N(int64(most-s.dropped)))
		w.must(w.j.Drop(ctx, s.id, s.dropped))
	}
}

// finish drops a sealed stream bit by bit until nothing of it is left.
func (w *wild) finish(ctx context.Context, s *source) {
	for s.dropped < s.last {
		_ = w.sched.Sleep(ctx, w.most)
		w.drop(ctx, s)
	}
}

// known are the blocks that are stored, and not dropped by any order so far.
func (w *wild) known() map[telemetry.Position]telemetry.Stamp {
	out := map[telemetry.Position]telemetry.Stamp{}
	for _, s := range w.streams {
		for n := s.dropped + 1; n <= s.last; n++ {
			at := telemetry.Position{Stream: s.id, Number: n}
			if b := w.blocks[at]; b != nil && b.stored {
				out[at] = b.stamp
			}
		}
	}
	return out
}

// check holds blocks against the journal: in order, each one that it was given, above the marks that are said.
func (w *wild) check(what string, blocks []tail.Block, streams []journal.State) map[telemetry.Position]bool {
	marks := map[telemetry.Stream]telemetry.Number{}
	for _, st := range streams {
		marks[st.Stream] = st.Mark
	}
	got := map[telemetry.Position]bool{}
	for i, b := range blocks {
		if of := w.blocks[b.At]; of == nil || b.View == nil || b.View.Header().Stamp != of.stamp {
			w.t.Errorf("%s: block %s is not the journal's", what, b.At)
		}
		mark, listed := marks[b.At.Stream]
		if !listed || b.At.Number <= mark {
			w.t.Errorf("%s: block %s is at or below its stream's mark %d, listed %v", what, b.At, mark, listed)
		}
		if i > 0 && cmp.Or(blocks[i-1].At.Stream.Compare(b.At.Stream),
			cmp.Compare(blocks[i-1].At.Number, b.At.Number)) >= 0 {
			w.t.Errorf("%s: block %s is not in order", what, b.At)
		}
		got[b.At] = true
	}
	return got
}

// ask has everything that was stored before it, above the marks that it says itself: so it agrees with what is cached
// under these marks.
func (w *wild) ask(ctx context.Context) {
	before := w.known()
	snap, err := w.tail.Snapshot(ctx, shard)
	w.must(err)
	w.answers++
	got := w.check("an answer", snap.Blocks, snap.Streams)
	marks := map[telemetry.Stream]telemetry.Number{}
	for _, st := range snap.Streams {
		marks[st.Stream] = st.Mark
	}
	for at := range before {
		if mark, listed := marks[at.Stream]; listed && at.Number > mark && !got[at] {
			w.t.Errorf("an answer lacks %s, which is above the mark %d that it says", at, mark)
		} else if !listed && !w.gone(at.Stream) {
			w.t.Errorf("an answer lacks %s, whose stream it does not list", at)
		}
	}
}

// gone reports whether nothing of a stream is left.
func (w *wild) gone(id telemetry.Stream) bool {
	for _, s := range w.streams {
		if s.id == id {
			return s.sealed && s.dropped == s.last
		}
	}
	return false
}

// part counts everything that was stored before it and is still there.
func (w *wild) part(ctx context.Context) {
	before := w.known()
	part, err := w.tail.Part(ctx, shard, int64(w.rng.IntN(4))*sizeOf)
	w.must(err)
	w.check("a part", part.Blocks, part.Streams)
	if !part.All {
		return
	}
	w.wholes++
	after, left := w.known(), 0
	for at, stamp := range before {
		if _, still := after[at]; !still {
			continue
		}
		left++
		if stamp < part.Oldest {
			w.t.Errorf("a part says that the oldest stamp is %d, and %s has %d", part.Oldest, at, stamp)
		}
	}
	if part.Total < left {
		w.t.Errorf("a part counts %d blocks, and %d were there all the time", part.Total, left)
	}
}

// TestPartsAndQuestionsBesideOneAnother lets writers, compactors and readers go on at once, with little memory, over
// a journal whose calls overtake one another. What is answered does not depend on what is compacted beside it.
func TestPartsAndQuestionsBesideOneAnother(t *testing.T) {
	for seed := range uint64(60) {
		in(t, 0, func(ctx context.Context, h *house) {
			w := &wild{house: h, rng: rand.New(rand.NewPCG(seed, 2)), blocks: map[telemetry.Position]*truth{}}
			w.most = []time.Duration{1, 5, 20}[w.rng.IntN(3)] * time.Millisecond
			h.tail = tail.New(tail.Config{Keep: int64(w.rng.IntN(12))*sizeOf + 1}, jumpy{h.j, w}, h.j, h.sched, nil)
			running := 0
			for i, do := range []func(context.Context){w.write, w.write, w.write, w.ask, w.ask, w.part, w.part} {
				running++
				h.sched.Go(fmt.Sprint("actor ", i), func() {
					for ; !w.finished; _ = w.nap(ctx) {
						do(ctx)
					}
					running--
				})
			}
			_ = h.sched.Sleep(ctx, 400*w.most)
			w.finished = true
			for running > 0 {
				_ = h.sched.Sleep(ctx, w.most)
			}
			_ = h.sched.Sleep(ctx, 300*w.most)
			if w.answers < 4 || w.wholes < 10 {
				t.Errorf("%d answers, %d whole parts: nothing was tried", w.answers, w.wholes)
			}
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		})
	}
}
