package tail_test

import (
	"context"
	"testing"
	"time"

	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// TestAQuestionDoesNotWaitForAPart asks at every moment of a part's reading, of a journal that fits into memory or
// does not: it takes as long as reading what was not in memory, and the part comes to its end all the same.
func TestAQuestionDoesNotWaitForAPart(t *testing.T) {
	const blocks, each = 80, 100 * time.Millisecond
	for _, keep := range []int64{5 * sizeOf, 1000 * sizeOf} {
		for after := time.Duration(0); after < blocks*each; after += 730 * time.Millisecond {
			in(t, 0, func(ctx context.Context, h *house) {
				h.fill(ctx, h.stream("a"), 1, blocks)
				h.slowly(keep, each)
				var part *tail.Part
				h.sched.Go("compaction", func() {
					var err error
					part, err = h.tail.Part(ctx, shard, 0)
					h.must(err)
				})
				_ = h.sched.Sleep(ctx, after)
				kept := min(int(after/each), int(keep/sizeOf))
				began := h.sched.Now()
				snap, err := h.tail.Snapshot(ctx, shard)
				h.must(err)
				took, own := h.sched.Now().Sub(began), time.Duration(blocks-kept)*each
				if took > own || len(snap.Blocks) != blocks {
					t.Errorf("asked %v after a part, with room for %d: %d blocks after %v, want %d after %v",
						after, keep/sizeOf, len(snap.Blocks), took, blocks, own)
				}
				_ = h.sched.Sleep(ctx, blocks*each)
				if part == nil || !part.All || part.Total != blocks ||
					len(part.Blocks) < int(min(blocks, keep/sizeOf)) {
					t.Errorf("the part beside it: %+v", part)
				}
			})
		}
	}
}

// TestQuestionsDoNotStarveParts asks all the time, of a journal that does not fit: every part has what it needs at
// least.
func TestQuestionsDoNotStarveParts(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		h.fill(ctx, h.stream("a"), 1, 100)
		h.slowly(3*sizeOf, 10*time.Millisecond)
		over := false
		for range 3 {
			h.sched.Go("client", func() {
				for !over {
					snap, err := h.tail.Snapshot(ctx, shard)
					h.must(err)
					if len(snap.Blocks) != 100 {
						t.Errorf("an answer of %d blocks", len(snap.Blocks))
					}
					_ = h.sched.Sleep(ctx, 7*time.Millisecond)
				}
			})
		}
		for range 20 {
			part, err := h.tail.Part(ctx, shard, 20*sizeOf)
			h.must(err)
			if len(part.Blocks) < 20 || !part.All {
				t.Errorf("a part of %d blocks, all %v", len(part.Blocks), part.All)
			}
			for i, b := range part.Blocks {
				if b.At.Number != telemetry.Number(i+1) {
					t.Errorf("the lowest numbers are to be in memory: number %d is in place %d", b.At.Number, i)
				}
			}
		}
		over = true
	})
}

// held is a journal that gives some indexes late: as they were when they were asked for.
type held struct {
	journal.Journal
	late int // how many of the next
	come sched.Event
}

func (j *held) Index(ctx context.Context, of telemetry.Shard, day telemetry.Day) (journal.Index, error) {
	late := j.late > 0
	j.late--
	idx, err := j.Journal.Index(ctx, of, day)
	if late && err == nil {
		err = j.come.Wait(ctx)
	}
	return idx, err
}

// TestAnIndexThatComesLate gives a question indexes from before a stream was born, which a part that is read beside
// it knows: the part counts it.
func TestAnIndexThatComesLate(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		h.fill(ctx, h.stream("a"), 1, 1)
		late := &held{Journal: h.j, late: 3, come: h.sched.NewEvent()} // yesterday's, today's, tomorrow's
		h.tail = tail.New(tail.Config{}, &slow{Journal: late, h: h, each: time.Second}, h.j, h.sched, nil)
		asked := h.sched.NewEvent()
		h.sched.Go("question", func() {
			defer asked.Set()
			snap, err := h.tail.Snapshot(ctx, shard)
			h.must(err)
			if len(snap.Blocks) != 3 { // it looks again, after what it has read
				t.Errorf("an answer of %d blocks", len(snap.Blocks))
			}
		})
		_ = h.sched.Sleep(ctx, 100*time.Millisecond)
		h.fill(ctx, h.stream("b"), 1, 2)
		h.sched.Go("release", func() {
			_ = h.sched.Sleep(ctx, 1500*time.Millisecond) // the part has one of two blocks
			late.come.Set()
		})
		part, err := h.tail.Part(ctx, shard, 0)
		h.must(err)
		if !late.come.IsSet() || !part.All || part.Total != 3 || len(part.Blocks) != 3 {
			t.Errorf("a part of %d blocks of %d, all %v; want 3", len(part.Blocks), part.Total, part.All)
		}
		_ = asked.Wait(ctx)
	})
}
