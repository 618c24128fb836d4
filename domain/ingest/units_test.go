package ingest_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
)

// TestUnitsThatContradictAreInBlocksOfTheirOwn: requests that wait for the same block say different units of a
// series. A block has one, so that the other would be lost, and nobody could say later that there were two.
func TestUnitsThatContradictAreInBlocksOfTheirOwn(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		units := []string{"C", "", "F", "C", "F", "F"}
		left := len(units)
		for i, unit := range units {
			h.sched.Go("client", func() {
				var b telemetry.Batch
				b.Add(b.AddSeries(telemetry.Series{Source: "s", Metric: "m"}, unit), int64(i), float64(i))
				if _, err := h.svc.Write(ctx, "t", &b, ingest.Options{}); err != nil {
					t.Error(err)
				}
				left--
			})
		}
		for left > 0 {
			_ = h.sched.Sleep(ctx, 100*time.Millisecond)
		}
		said := map[float64]string{}
		for _, b := range h.blocks(ctx) {
			for _, c := range b.Columns {
				for _, v := range c.Values {
					said[v] = c.Unit
				}
			}
		}
		for i, unit := range units {
			if got, stored := said[float64(i)]; !stored || unit != "" && got != unit {
				t.Errorf("reading %d with unit %q is stored with %q (%v)", i, unit, got, stored)
			}
		}
		shared := func(b *telemetry.Block) bool { return len(b.Columns[0].Values) > 1 }
		if !slices.ContainsFunc(h.blocks(ctx), shared) {
			t.Error("no two requests shared a block: the test tests nothing")
		}
	})
}
