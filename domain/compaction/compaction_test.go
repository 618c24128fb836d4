package compaction_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// TestDroppedOnlyBelowTheTidemark is T3: nothing leaves the journal before the tidemark has passed the rows that hold
// it, whichever rows they are.
func TestDroppedOnlyBelowTheTidemark(t *testing.T) {
	for name, b := range map[string]telemetry.Block{
		"a reading": {Columns: []telemetry.Column{{Series: series, Times: []int64{1}, Values: []float64{1}}}},
		"a description": {Sources: []telemetry.Description{{Source: "s",
			Labels: []telemetry.Label{{Name: "a", Value: "b"}}}}},
		"a deletion": {Deletions: []telemetry.Deletion{{Series: series, From: 1, To: 2}}},
	} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			h.Tide(region.Live, time.Minute)
			h.Append(ctx, &b)
			written := h.Sched.Now()
			for h.Mark(ctx) == 0 {
				h.Compact(ctx)
				h.Sleep(ctx, time.Second)
			}
			if took := h.Sched.Now().Sub(written); took < 62*time.Second || took > 70*time.Second {
				t.Errorf("%s was dropped after %v, want a little over the lag and the margin", name, took)
			}
		})
	}
}

// TestAHoleStopsTheMark: what stands behind a number that may still arrive stays, and the number counts when it
// comes.
func TestAHoleStopsTheMark(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		h.Put(ctx, 1)
		h.Last++
		h.Put(ctx, 3)
		for range 5 {
			h.Compact(ctx)
			h.Sleep(ctx, 3*time.Second)
		}
		if mark := h.Mark(ctx); mark != 1 {
			t.Fatalf("the mark is %d with number 2 missing", mark)
		}
		h.Last = 1
		h.Put(ctx, 2)
		for range 5 {
			h.Compact(ctx)
			h.Sleep(ctx, 3*time.Second)
		}
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, 1); h.Mark(ctx) != 3 || !slices.Equal(c.Times, []int64{1, 2, 3}) {
			t.Errorf("mark %d, the chunk has %v", h.Mark(ctx), c.Times)
		}
	})
}

// TestWithoutATidemarkRowsAreWrittenAndNothingIsDropped is the last sentence of T3, and T4's other half.
func TestWithoutATidemarkRowsAreWrittenAndNothingIsDropped(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		h.Tide(region.Unavailable, 0)
		writes := 0
		for range 120 {
			h.Put(ctx, 1)
			before, _ := h.Chunk(ctx, telemetry.WindowYear, 1)
			h.Compact(ctx)
			if after, _ := h.Chunk(ctx, telemetry.WindowYear, 1); before == nil ||
				!slices.Equal(before.Coverage, after.Coverage) {
				writes++
			}
			h.Sleep(ctx, time.Second)
		}
		if h.Mark(ctx) != 0 {
			t.Error("a block was dropped without a tidemark")
		}
		if writes < 2 || writes > 5 {
			t.Errorf("the row was written %d times in two minutes, want about every 30 s", writes)
		}
	})
}

// TestARowIsNotRewrittenBeforeItSettled is T4: under steady load everything is dropped all the same.
func TestARowIsNotRewrittenBeforeItSettled(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		h.Tide(region.Live, 10*time.Second)
		var last chunks.Row
		for range 90 {
			h.Put(ctx, 1)
			h.Compact(ctx)
			if _, row := h.Chunk(ctx, telemetry.WindowYear, 1); row.Version != last.Version {
				if last.Version != "" && row.Committed.Sub(last.Committed) < 12*time.Second {
					t.Fatalf("rewritten after %v: the version before could not have settled",
						row.Committed.Sub(last.Committed))
				}
				last = row
			}
			h.Sleep(ctx, time.Second)
		}
		if behind := h.Last - h.Mark(ctx); behind > 30 {
			t.Errorf("%d of %d blocks are left: the row starves", behind, h.Last)
		}
	})
}

// TestEvidenceExpires freezes a pass between its evidence and its drop for longer than a lease.
func TestEvidenceExpires(t *testing.T) {
	for _, frozen := range []time.Duration{20 * time.Second, 40 * time.Second} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			h.Put(ctx, 1)
			h.Compact(ctx)
			h.Sleep(ctx, 10*time.Second)
			slept := false
			h.During = func(op string) memory.Fault {
				if op == "chunks.get" && !slept {
					slept = true
					h.Sleep(ctx, frozen)
				}
				return memory.FaultNone
			}
			res := h.Compact(ctx)
			if want := frozen < 30*time.Second; (res.Dropped == 1) != want {
				t.Errorf("frozen for %v: dropped %d", frozen, res.Dropped)
			}
		})
	}
}

// TestCoverageIsOfTheRowJustRead lets another compactor write the row between this one's read and write: the loser
// changes nothing, and nothing is dropped on what it remembers.
func TestCoverageIsOfTheRowJustRead(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		h.Put(ctx, 1)
		h.Compact(ctx)
		h.Sleep(ctx, 10*time.Second)
		h.Put(ctx, 2)
		_, row := h.Chunk(ctx, telemetry.WindowYear, 1)
		raced := false
		h.During = func(op string) memory.Fault {
			if op == "chunks.apply" && !raced {
				raced = true
				if err := h.Rows.Apply(ctx, chunks.Change{Key: row.Key, If: row.Version,
					Value: row.Value}); err != nil {
					t.Error(err)
				}
			}
			return memory.FaultNone
		}
		h.Compact(ctx)
		h.During = nil
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, 1); !raced || len(c.Times) != 1 {
			t.Fatalf("raced %v, the chunk has %v", raced, c.Times)
		}
		for h.Mark(ctx) < 2 {
			h.Sleep(ctx, 3*time.Second)
			h.Compact(ctx)
		}
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, 1); !slices.Equal(c.Times, []int64{1, 2}) {
			t.Fatalf("the chunk has %v", c.Times)
		}
	})
}

// TestFloor is T6: never at or above a block in the journal, never above the bound, and it rises.
func TestFloor(t *testing.T) {
	in(t, compaction.Config{Bound: 10 * time.Second}, func(ctx context.Context, h *house) {
		floor := func() telemetry.Stamp {
			f, _, err := bounds.Floor(ctx, h.Rows, shard)
			h.Must(err)
			return f
		}
		h.Tide(region.Live, time.Hour)
		born := telemetry.StampAt(h.Sched.Now())
		h.Put(ctx, 1)
		h.Sleep(ctx, time.Minute)
		h.Compact(ctx)
		if f := floor(); f == 0 || f > born {
			t.Fatalf("floor %v (%v), with a block stamped %v in the journal", f, f.Time(), born.Time())
		}
		h.Tide(region.Single, 0)
		for range 20 {
			h.Sleep(ctx, 5*time.Second)
			h.Compact(ctx)
		}
		bound := h.Sched.Now().Add(-10 * time.Second)
		if at := floor().Time(); at.After(bound) || bound.Sub(at) > 20*time.Second {
			t.Errorf("floor %v with an empty journal, the bound is at %v", at, bound)
		}
	})
}

// TestABlockStoredAtTheBoundIsAboveTheFloor stores a block exactly a bound after its stamp, in the second in which
// the floor is computed.
func TestABlockStoredAtTheBoundIsAboveTheFloor(t *testing.T) {
	in(t, compaction.Config{Bound: 10 * time.Second}, func(ctx context.Context, h *house) {
		h.Journal.SetResolution(time.Second)
		h.Sleep(ctx, time.Hour)
		stamp := telemetry.StampAt(h.Sched.Now().Truncate(time.Second).Add(-10 * time.Second))
		h.Compact(ctx) // the writer's append arrives after it: stored at the present second, within the bound
		if f, _, err := bounds.Floor(ctx, h.Rows, shard); err != nil || f == 0 || f >= stamp {
			t.Errorf("floor %v (%v), an acknowledged block may have the stamp %v", f, err, stamp)
		}
	})
}

// TestExpiredReadingsSettle: a block whose readings are all expired leaves the journal, without a chunk.
func TestExpiredReadingsSettle(t *testing.T) {
	cfg := compaction.Config{Retention: func(telemetry.Tenant) time.Duration { return 24 * time.Hour }}
	in(t, cfg, func(ctx context.Context, h *house) {
		h.Put(ctx, h.Sched.Now().AddDate(-5, 0, 0).UnixNano())
		for h.Mark(ctx) == 0 {
			h.Compact(ctx)
			h.Sleep(ctx, 3*time.Second)
		}
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, h.Sched.Now().AddDate(-5, 0, 0).UnixNano()); c != nil {
			t.Error("an expired reading was folded")
		}
	})
}

// TestSplit folds more than a chunk holds: the parent says so, the children have the readings, and the block settles
// only with both.
func TestSplit(t *testing.T) {
	in(t, compaction.Config{ChunkReadings: 4}, func(ctx context.Context, h *house) {
		hour := int64(time.Hour)
		var times []int64
		for i := range int64(12) {
			times = append(times, i*40*24*hour)
		}
		h.Put(ctx, times[:4]...)
		h.Compact(ctx)
		h.Sleep(ctx, 10*time.Second)
		h.Put(ctx, times[4:9]...)
		res := h.Compact(ctx) // splits, and must not drop the second block
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, 0); c == nil || !c.Split || h.Mark(ctx) > 1 {
			t.Fatalf("chunk %+v, mark %d, %+v", c, h.Mark(ctx), res)
		}
		for h.Mark(ctx) < 2 {
			h.Sleep(ctx, 3*time.Second)
			h.Compact(ctx)
		}
		for _, at := range times[:9] {
			if c, _ := h.Chunk(ctx, telemetry.WindowMonth, at); c == nil || !slices.Contains(c.Times, at) {
				t.Errorf("no month holds %d", at)
			}
		}
		if _, err := h.Rows.Get(ctx, chunks.RollupKey("t", series,
			telemetry.WindowOf(telemetry.WindowYear, 0))); !fault.Is(err, fault.NotFound) {
			t.Errorf("the rollup of the parent is still there: %v", err)
		}
	})
}

// TestASplitThatDidNotHappenHasNoChildren loses the split on its way: a child under a parent that is whole would
// never be read.
func TestASplitThatDidNotHappenHasNoChildren(t *testing.T) {
	in(t, compaction.Config{ChunkReadings: 1}, func(ctx context.Context, h *house) {
		h.Put(ctx, 1)
		h.Compact(ctx)
		h.Sleep(ctx, 10*time.Second)
		h.Compact(ctx)
		h.Put(ctx, 2, 40*24*int64(time.Hour))
		lost := false
		h.During = func(op string) memory.Fault {
			if op == "chunks.apply" && !lost {
				lost = true // the first change of this pass: the source's row says nothing new
				return memory.FaultLost
			}
			return memory.FaultNone
		}
		h.Compact(ctx)
		h.During = nil
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, 1); !lost || c.Split {
			t.Fatalf("lost %v, %+v", lost, c)
		}
		for _, at := range []int64{1, 40 * 24 * int64(time.Hour)} {
			if c, _ := h.Chunk(ctx, telemetry.WindowMonth, at); c != nil {
				t.Errorf("the child %v was written", c.Window)
			}
		}
	})
}

// TestPassesWaitForTheTide: a pass that could do nothing says to wait, also where it took only a part of the blocks.
func TestPassesWaitForTheTide(t *testing.T) {
	in(t, compaction.Config{PassBytes: 1}, func(ctx context.Context, h *house) {
		h.Tide(region.Live, time.Hour)
		h.Put(ctx, 1)
		h.Put(ctx, 2)
		h.Compact(ctx)
		if res := h.Compact(ctx); res.Taken != 1 || res.Blocks != 2 || res.Waiting == 0 {
			t.Errorf("%+v: the next pass would find the same, at once and for ever", res)
		}
	})
}

// TestPassesWaitForTheLag: under a Last Sync Time that lies back, a pass says to wait for about as long, so that
// unsettled rows are not read every second; and what it waits for is done soon after it could be.
func TestPassesWaitForTheLag(t *testing.T) {
	for _, c := range []struct {
		state   region.State
		lag     time.Duration
		passes  int
		atLeast time.Duration
		atMost  time.Duration
	}{
		{region.Single, 0, 6, 2 * time.Second, 5 * time.Second},
		{region.Live, 8 * time.Second, 4, 10 * time.Second, 21 * time.Second},
		{region.Live, time.Minute, 10, 62 * time.Second, 73 * time.Second},
	} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			h.Tide(c.state, c.lag)
			h.Put(ctx, 1)
			began, passes := h.Sched.Now(), 0
			for {
				passes++
				res := h.Compact(ctx)
				if res.Done() {
					break
				}
				h.Sleep(ctx, res.Waiting)
			}
			if took := h.Sched.Now().Sub(began); passes > c.passes || took < c.atLeast || took > c.atMost {
				t.Errorf("%v, lag %v: %d passes (at most %d) in %v (%v to %v)", c.state, c.lag, passes, c.passes, took,
					c.atLeast, c.atMost)
			}
		})
	}
}
