package ingest

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tidemark/domain/telemetry"
)

// TestTheLatestSecondsAreKept keeps stamps in any order: what is left is the last of each of the latest seconds.
func TestTheLatestSecondsAreKept(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		var h hybrid
		of := map[int64]telemetry.Stamp{}
		span := 1 + rng.Int64N(4*mostUnchecked)
		for range 600 {
			stamp := telemetry.StampAt(time.Unix(1_000_000+rng.Int64N(span), rng.Int64N(1e9)))
			h.keep(stamp)
			second := stamp.Time().Unix()
			of[second] = max(of[second], stamp)
		}
		var want []telemetry.Stamp
		for _, stamp := range of {
			want = append(want, stamp)
		}
		slices.Sort(want)
		want = want[max(0, len(want)-mostUnchecked):]
		if got := h.takeUnchecked(); !slices.Equal(got, want) || h.unchecked != nil {
			t.Fatalf("%d are kept, want the last %d", len(got), len(want))
		}
	}
}
