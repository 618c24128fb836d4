package compaction_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/compaction"
	"tidemark/domain/telemetry"
)

// TestManySeriesLeaveTheJournal has more rows to look at than a lease lasts for: a pass takes as many blocks as it can prove in time, whatever the
// storage takes for a row, and the journal empties.
func TestManySeriesLeaveTheJournal(t *testing.T) {
	for _, each := range []time.Duration{100 * time.Microsecond, 20 * time.Millisecond} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			const blocks, wide = 24, 1000
			for n := range blocks {
				b := &telemetry.Block{}
				for i := range wide {
					s := telemetry.Series{Source: telemetry.Source(fmt.Sprintf("%02d-%04d", n, i)), Metric: "m"}
					b.Columns = append(b.Columns, telemetry.Column{Series: s, Times: []int64{int64(n)}, Values: []float64{1}})
				}
				h.append(ctx, b)
			}
			h.during = func(op string) memory.Fault {
				if op == "chunks.get" {
					h.sleep(ctx, each)
				}
				return memory.FaultNone
			}
			passes := 0
			for began := h.sched.Now(); ; passes++ {
				if h.sched.Now().Sub(began) > time.Hour {
					t.Fatalf("%v a row: after %d passes and an hour blocks above %d are left", each, passes, h.mark(ctx))
				}
				res := h.compact(ctx)
				if res.Done() {
					break
				}
				h.sleep(ctx, res.Waiting)
			}
			t.Logf("%v a row: empty after %d passes", each, passes+1)
		})
	}
}
