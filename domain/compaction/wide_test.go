package compaction_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/compaction"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
)

// TestManySeriesLeaveTheJournal has more rows to look at than a lease lasts for: a pass takes as many blocks as it
// can prove in time, whatever the storage takes for a row, and the journal empties.
func TestManySeriesLeaveTheJournal(t *testing.T) {
	for _, each := range []time.Duration{100 * time.Microsecond, 20 * time.Millisecond} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			h.wide(ctx, 24, 1000)
			h.During = func(op string) memory.Fault {
				if op == "chunks.get" {
					h.Sleep(ctx, each)
				}
				return memory.FaultNone
			}
			passes := 0
			for began := h.Sched.Now(); ; passes++ {
				if h.Sched.Now().Sub(began) > time.Hour {
					t.Fatalf("%v a row: after %d passes and an hour blocks above %d are left", each, passes,
						h.Mark(ctx))
				}
				res := h.Compact(ctx)
				if res.Done() {
					break
				}
				h.Sleep(ctx, res.Waiting)
			}
			t.Logf("%v a row: empty after %d passes", each, passes+1)
		})
	}
}

// wide appends blocks of some series each, every one of them with one reading.
func (h *house) wide(ctx context.Context, blocks, series int) {
	h.Helper()
	for n := range blocks {
		b := &telemetry.Block{}
		for i := range series {
			s := telemetry.Series{Source: telemetry.Source(fmt.Sprintf("%03d-%04d", n, i)), Metric: "m"}
			b.Columns = append(b.Columns, telemetry.Column{Series: s, Times: []int64{int64(n)}, Values: []float64{1}})
		}
		h.Append(ctx, b)
	}
}

// TestALagHoldsNothingBack lets the tidemark lag for much longer than a pass takes: what waits for it does not keep
// younger blocks from being written, so that all are dropped little later than one would be.
func TestALagHoldsNothingBack(t *testing.T) {
	for _, lag := range []time.Duration{time.Minute, 15 * time.Minute} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			h.Tide(region.Live, lag)
			h.wide(ctx, 300, 100)
			h.During = func(op string) memory.Fault {
				if op == "chunks.get" {
					h.Sleep(ctx, 10*time.Millisecond)
				}
				return memory.FaultNone
			}
			began, passes, idle := h.Sched.Now(), 0, 0
			for {
				res := h.Compact(ctx)
				passes++
				if res.Written == 0 && res.Dropped == 0 {
					idle++
				}
				if res.Done() {
					break
				}
				if h.Sched.Now().Sub(began) > time.Hour {
					t.Fatalf("lag %v: after %d passes and an hour %d blocks are left", lag, passes, res.Blocks)
				}
				h.Sleep(ctx, max(res.Waiting, time.Millisecond))
			}
			took := h.Sched.Now().Sub(began)
			t.Logf("lag %v: empty after %v and %d passes, %d of which moved nothing", lag, took, passes, idle)
			if took > lag+10*time.Minute {
				t.Errorf("lag %v: empty after %v", lag, took)
			}
		})
	}
}

// TestAPassDecodesNotMoreThanItMay has few bytes that hold many readings.
func TestAPassDecodesNotMoreThanItMay(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		const each, blocks = 300_000, 12
		times, values := make([]int64, each), make([]float64, each)
		for n := range blocks {
			for i := range times {
				times[i] = int64(n*each+i) * int64(time.Second)
			}
			h.Append(ctx, &telemetry.Block{Columns: []telemetry.Column{{Series: series, Times: times, Values: values}}})
		}
		if res := h.Compact(ctx); res.Taken != 3 {
			t.Errorf("%d blocks of 300,000 readings of one series were taken at once, want 3", res.Taken)
		}
	})
}
