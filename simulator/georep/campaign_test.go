package georep

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// seeds gives the seeds of this run: TIDEMARK_SEED alone if it is set, else n from 1, or a hundred times as many with
// TIDEMARK_CAMPAIGN=1.
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

// TestCampaign runs random schedules against the model, each twice: the same seed has to give the same events,
// effects and statistics. Every kind of event has to come often enough to mean something. A hundred thousand take
// minutes: give -timeout 30m.
func TestCampaign(t *testing.T) {
	first, last := seeds(t, 1000)
	started := time.Now()
	var (
		next  atomic.Uint64
		mu    sync.Mutex
		total = map[string]int{}
		work  sync.WaitGroup
	)
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for seed := first + next.Add(1) - 1; seed <= last && !t.Failed(); seed = first + next.Add(1) - 1 {
				seen, err := repeat(seed)
				if err != nil {
					t.Errorf("TIDEMARK_SEED=%d: %v", seed, err)
				}
				mu.Lock()
				for kind, n := range seen {
					total[kind] += n
				}
				mu.Unlock()
			}
		})
	}
	work.Wait()
	t.Logf("%d schedules, seeds %d to %d, each twice, in %v: %v", last-first+1, first, last,
		time.Since(started).Round(time.Millisecond), total)
	if last == first || t.Failed() {
		return
	}
	for _, kind := range []string{"arrive", "commit", "abandon", "apply", "failed", "paused", "resumed", "lag",
		"reachable", "unavailable", "available",
		"announced", "down", "promoted", "discarded", "completed", "reenabled", "resync", "listed", "covered", "live"} {
		if n := uint64(total[kind]); n*10 < last-first {
			t.Errorf("%d events %q in %d schedules: too few to check anything", n, kind, last-first+1)
		}
	}
}

// repeat runs the schedule of a seed twice.
func repeat(seed uint64) (map[string]int, error) {
	once, seen, err := runSeen(seed, nil)
	if err != nil {
		return nil, err
	}
	again, err := run(seed, nil)
	if err != nil || again != once {
		return nil, fmt.Errorf("a second run gives the transcript %s, the first %s: %w", again, once, err)
	}
	return seen, nil
}
