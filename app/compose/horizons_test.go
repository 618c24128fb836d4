package compose

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// TestHorizonNeverFallsBehindWhatWasCarriedOut keeps refusing what a shorter retention has deleted once, whatever the configuration says now.
func TestHorizonNeverFallsBehindWhatWasCarriedOut(t *testing.T) {
	ctx, sch := context.Background(), memory.NewSched(1)
	rows := memory.NewRows(sch)
	err := sch.Run(func() {
		if err := rows.Prepare(ctx); err != nil {
			t.Fatal(err)
		}
		none := newHorizons(Work{}, rows, sch)
		if got := none.oldest("a"); got != telemetry.MinTime {
			t.Errorf("without retention %d, want no bound", got)
		}
		kept := newHorizons(Work{Retention: Age(time.Hour)}, rows, sch)
		if got, now := kept.oldest("a"), sch.Now(); got > now.Add(-time.Hour).UnixNano() || got < now.Add(-2*time.Hour).UnixNano() {
			t.Errorf("an hour is kept: %v", time.Unix(0, got).UTC())
		}
		carried := sch.Now().Add(-time.Minute).UnixNano()
		value, err := telemetry.EncodeHorizon(nil, &telemetry.Horizon{Tenant: "a", Before: carried})
		if err != nil {
			t.Fatal(err)
		}
		if err := rows.Apply(ctx, chunks.Change{Key: chunks.HorizonKey("a"), Value: value}); err != nil {
			t.Fatal(err)
		}
		if got := newHorizons(Work{}, rows, sch).oldest("a"); got != carried {
			t.Errorf("what was carried out is forgotten: %d, want %d", got, carried)
		}
		if got := none.oldest("b"); got != telemetry.MinTime {
			t.Errorf("another tenant's horizon counts: %d", got)
		}
		year := telemetry.YearOf(carried) - 3
		if err := rows.Expire(ctx, year); err != nil {
			t.Fatal(err)
		}
		long := newHorizons(Work{Retention: Age(100 * 365 * 24 * time.Hour)}, rows, sch)
		if got, want := long.oldest("b"), telemetry.YearWindow(year).Start(); got != want {
			t.Errorf("a year that was given up is taken: %d, want %d", got, want)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
