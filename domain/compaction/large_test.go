package compaction_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/query"
	"tidemark/domain/readpath"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
)

// slow is a journal that takes a while for each block that it gives.
type slow struct {
	journal.Journal
	sched *memory.Sched
	each  time.Duration
	given int
}

func (s *slow) Read(ctx context.Context, of telemetry.Stream, after telemetry.Number) iter.Seq2[journal.Entry, error] {
	return func(yield func(journal.Entry, error) bool) {
		for e, err := range s.Journal.Read(ctx, of, after) {
			if err == nil {
				s.given++
				if err = s.sched.Sleep(ctx, s.each); err != nil {
					e = journal.Entry{}
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// large is a node with little memory whose journal is slow.
type large struct {
	*house
	slow *slow
	tail *tail.Tail
	q    *query.Service
}

// tight starts the house's node anew: with memory for some of the blocks that put makes, a pass takes half of these.
func (h *house) tight(cfg compaction.Config, each time.Duration, keep int) *large {
	const blockBytes = 70
	l := &large{house: h, slow: &slow{Journal: h.Journal, sched: h.Sched, each: each}}
	l.tail = tail.New(tail.Config{Keep: int64(keep * blockBytes)}, l.slow, h.Journal, h.Sched, nil)
	cfg.PassBytes = keep * blockBytes / 2
	h.Compaction = compaction.New(cfg, compaction.Stores{Journal: l.slow, Directory: h.Journal, Tail: l.tail,
		Rows: bounds.One(h.Rows, h.Account)}, h.Sched)
	l.q = query.New(readpath.New(readpath.Config{}, readpath.One(l.tail), h.Rows, nil, h.Sched))
	return l
}

// ask gives the times of the readings, or that there was no answer in time.
func (l *large) ask(ctx context.Context) (times []int64, answered bool) {
	l.Helper()
	page, err := l.q.Readings(ctx, "t", query.ReadingsQuery{Series: series, From: telemetry.MinTime,
		To: telemetry.MaxTime, Limit: 10_000})
	if fault.Is(err, fault.Unavailable) {
		if fault.Message(err) == "" {
			l.Fatalf("%v: no message", err)
		}
		return nil, false
	}
	l.Must(err)
	return page.Times, true
}

// TestAJournalThatIsTooLargeIsCompacted stops the tide until the journal is three times as large as what a node keeps
// and takes twelve times as long to read as a question has, starts a node anew that is asked all the time, and lets
// the tide go on: the journal empties, and a question gets the whole answer or none.
func TestAJournalThatIsTooLargeIsCompacted(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		const blocks = 300
		want := []int64{}
		for n := range int64(blocks) {
			h.Put(ctx, n)
			want = append(want, n)
		}
		h.Tide(region.Unavailable, 0)
		l := h.tight(compaction.Config{}, 400*time.Millisecond, blocks/3)
		answers, refusals, over := 0, 0, false
		ask := func() {
			times, ok := l.ask(ctx)
			switch {
			case !ok:
				refusals++
			case slices.Equal(times, want):
				answers++
			default:
				t.Fatalf("%d readings, want %d or no answer", len(times), len(want))
			}
		}
		h.Sched.Go("asks", func() {
			for !over {
				ask()
				h.Sleep(ctx, 10*time.Millisecond)
			}
		})
		for range 3 {
			h.Compact(ctx)
		}
		if refusals == 0 {
			t.Fatal("every question was answered in time: nothing was tried")
		}
		h.Tide(region.Single, 0)
		passes := 0
		for res := (compaction.Result{More: true}); !res.Done(); passes++ {
			if passes == 100 {
				t.Fatalf("after %d passes: %+v", passes, res)
			}
			res = h.Compact(ctx)
			h.Sleep(ctx, res.Waiting)
		}
		if got := h.Mark(ctx); got != blocks {
			t.Fatalf("the journal was dropped through %d of %d", got, blocks)
		}
		over = true
		if ask(); answers == 0 {
			t.Fatal("no question was answered")
		}
		t.Logf("%d passes, %d blocks read, %d answers, %d refusals", passes, l.slow.given, answers, refusals)
	})
}

// TestTheFloorWaitsForTheWholeJournal has an old block in a stream that comes last, behind more than can be read in
// time: the floor does not pass it until it was seen, and then stands before it although it is not in memory.
func TestTheFloorWaitsForTheWholeJournal(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		late := h.Stream
		late.Writer = telemetry.Writer(fmt.Sprintf("%026d", 9))
		h.Tide(region.Unavailable, 0)
		for n := telemetry.Number(1); n <= 200; n++ {
			at := telemetry.Position{Stream: late, Number: n}
			stamp := telemetry.StampAt(h.Sched.Now()) + telemetry.Stamp(n)
			if n == 200 {
				stamp = 1 << 40 // sent again by its writer, with its first stamp
			}
			p, err := blockcodec.Encode(nil, &telemetry.Block{At: at, Stamp: stamp,
				Columns: []telemetry.Column{{Series: series, Times: []int64{int64(n)}, Values: []float64{1}}}})
			h.Must(err)
			_, err = h.Journal.Append(ctx, journal.Append{At: at, Block: p})
			h.Must(err)
		}
		h.Sleep(ctx, time.Hour)
		h.tight(compaction.Config{}, 100*time.Millisecond, 50)
		floor := func() telemetry.Stamp {
			f, _, err := bounds.Floor(ctx, h.Rows, shard)
			h.Must(err)
			return f
		}
		if res := h.Compact(ctx); !res.More || floor() != 0 {
			t.Fatalf("%+v: the floor rose to %d over blocks that were not seen", res, floor())
		}
		for res := (compaction.Result{More: true}); res.More; {
			res = h.Compact(ctx)
		}
		if got := floor(); got != 1<<40-1 {
			t.Fatalf("the floor is at %d, want just before the stamp %d of a block that is not in memory", got, 1<<40)
		}
	})
}

// TestTheLeaseBeginsAfterTheJournal has evidence that expires sooner than the journal is read: it is gathered
// afterwards.
func TestTheLeaseBeginsAfterTheJournal(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		for n := range int64(500) {
			h.Put(ctx, n)
		}
		h.tight(compaction.Config{Lease: 9 * time.Second}, 100*time.Millisecond, 50)
		dropped := 0
		for range 3 {
			res := h.Compact(ctx)
			if dropped += res.Dropped; !res.More {
				t.Fatalf("%+v: the journal was read within the time of a pass: nothing was tried", res)
			}
		}
		if dropped == 0 {
			t.Fatal("three passes dropped nothing")
		}
	})
}
