package compaction_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// TestAReadingOfAYearThatWasGivenUp raises the retention after years were given up: a reading of such a year is
// expired whatever retention says now, and keeps nothing else from leaving the journal.
func TestAReadingOfAYearThatWasGivenUp(t *testing.T) {
	keep := 24 * time.Hour
	cfg := compaction.Config{Retention: func(telemetry.Tenant) time.Duration { return keep }}
	in(t, cfg, func(ctx context.Context, h *house) {
		h.Must(h.Retention.Expire(ctx))
		keep = 100 * 400 * 24 * time.Hour
		now := h.Sched.Now()
		before, err := bounds.Horizon(ctx, h.Rows, "t", keep, now)
		h.Must(err)
		if want := telemetry.YearWindow(telemetry.YearOf(now.Add(-24 * time.Hour).UnixNano())).Start(); before != want {
			t.Fatalf("the horizon is %d, want the first year that there can be, %d", before, want)
		}
		h.Put(ctx, telemetry.Moment(now))
		h.Put(ctx, 1000)
		h.Put(ctx, telemetry.Moment(now)+1)
		h.Settle(ctx)
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, now.UnixNano()); len(c.Times) != 2 {
			t.Fatalf("the chunk of this year holds %v", c.Times)
		}
	})
}

// TestAYearGivenUpDuringAPass gives the year of a block up after the pass has read the horizon: the pass does the
// rest of its work, says what is wrong, and the next one knows better.
func TestAYearGivenUpDuringAPass(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		other := telemetry.Series{Source: "z", Metric: "m"}
		now := telemetry.Moment(h.Sched.Now())
		h.Put(ctx, 1000)
		h.Append(ctx, &telemetry.Block{Columns: []telemetry.Column{{Series: other, Times: []int64{now},
			Values: []float64{1}}}})
		given := false
		h.During = func(op string) memory.Fault {
			if op == "chunks.apply" && !given {
				given = true
				h.Must(h.Rows.Expire(ctx, telemetry.YearOf(now)))
			}
			return memory.FaultNone
		}
		if res, err := h.Compaction.Compact(ctx, shard); !fault.Is(err, fault.Conflict) || res.Written < 4 {
			t.Fatalf("%+v, %v: want the other series written and a conflict", res, err)
		}
		h.Sleep(ctx, 5*time.Second)
		h.Settle(ctx)
	})
}
