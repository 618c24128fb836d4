package bounds_test

import (
	"context"
	"testing"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// horizons are those of a retention.
func (h *house) horizons(keep time.Duration) *bounds.Horizons {
	return bounds.NewHorizons(func(telemetry.Tenant) time.Duration { return keep }, h.rows, h.clock, h.node)
}

// TestHorizonNeverFallsBehindWhatWasCarriedOut keeps refusing what a shorter retention has deleted once, whatever the
// configuration says now.
func TestHorizonNeverFallsBehindWhatWasCarriedOut(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		none := h.horizons(0)
		if got := none.Oldest(ctx, "a"); got != telemetry.MinTime {
			t.Errorf("without retention %d, want no bound", got)
		}
		got, now := h.horizons(time.Hour).Oldest(ctx, "a"), h.node.Now()
		if got > now.Add(-time.Hour).UnixNano() || got < now.Add(-2*time.Hour).UnixNano() {
			t.Errorf("an hour is kept: %v", time.Unix(0, got).UTC())
		}
		carried := h.node.Now().Add(-time.Minute).UnixNano()
		value, err := telemetry.EncodeHorizon(nil, &telemetry.Horizon{Tenant: "a", Before: carried})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.rows.Apply(ctx, chunks.Change{Key: chunks.HorizonKey("a"), Value: value}); err != nil {
			t.Fatal(err)
		}
		if got := h.horizons(0).Oldest(ctx, "a"); got != carried {
			t.Errorf("what was carried out is forgotten: %d, want %d", got, carried)
		}
		if got := none.Oldest(ctx, "b"); got != telemetry.MinTime {
			t.Errorf("another tenant's horizon counts: %d", got)
		}
		year := telemetry.YearOf(carried) - 3
		if err := h.rows.Expire(ctx, year); err != nil {
			t.Fatal(err)
		}
		long := h.horizons(100 * 365 * 24 * time.Hour)
		if got, want := long.Oldest(ctx, "b"), telemetry.YearWindow(year).Start(); got != want {
			t.Errorf("a year that was given up is taken: %d, want %d", got, want)
		}
	})
}

// TestNothingIsRefusedBecauseANodesClockIsAhead looks at a horizon five minutes before it moves, on nodes that
// believe it has.
func TestNothingIsRefusedBecauseANodesClockIsAhead(t *testing.T) {
	for _, by := range []time.Duration{-10 * time.Minute, 0, 10 * time.Minute, 24 * time.Hour} {
		in(t, by, func(ctx context.Context, h *house) {
			_ = h.node.Sleep(ctx, 55*time.Minute) // of an hour
			want := h.node.Scheduler.Now().Add(-time.Hour).Truncate(time.Hour).UnixNano()
			if got := h.horizons(time.Hour).Oldest(ctx, "a"); got != want {
				t.Errorf("%v ahead: from %v on, want %v", by, time.Unix(0, got).UTC(), time.Unix(0, want).UTC())
			}
		})
	}
}
