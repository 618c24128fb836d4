package georep

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// seeds gives the seeds of this run: TIDEMARK_SEED alone if it is set, else n from 1, or a hundred times as many with TIDEMARK_CAMPAIGN=1.
func seeds(t *testing.T, n uint64) (first, last uint64) {
	t.Helper()
	if text := os.Getenv("TIDEMARK_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("TIDEMARK_SEED: %v", err)
		}
		return seed, seed
	}
	if os.Getenv("TIDEMARK_CAMPAIGN") != "" {
		n *= 100
	}
	return 1, n
}

// TestCampaign runs random schedules against the model, each twice: the same seed has to give the same events, effects and statistics.
func TestCampaign(t *testing.T) {
	first, last := seeds(t, 1000)
	started := time.Now()
	for seed := first; seed <= last; seed++ {
		once, err := run(seed, nil)
		if err != nil {
			t.Fatalf("TIDEMARK_SEED=%d: %v", seed, err)
		}
		if again, err := run(seed, nil); err != nil || again != once {
			t.Fatalf("TIDEMARK_SEED=%d: a second run gives the transcript %s, the first %s: %v", seed, again, once, err)
		}
	}
	t.Logf("%d schedules, seeds %d to %d, each twice, in %v", last-first+1, first, last, time.Since(started).Round(time.Millisecond))
}
