package world

import (
	"os"
	"strconv"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
)

// seeds gives the seeds of this run: TIDEMARK_SEED alone if it is set, else n from a start.
func seeds(t *testing.T, n int) []uint64 {
	t.Helper()
	if text := os.Getenv("TIDEMARK_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("TIDEMARK_SEED: %v", err)
		}
		return []uint64{seed}
	}
	if os.Getenv("TIDEMARK_CAMPAIGN") != "" {
		n *= 100
	}
	out := make([]uint64, n)
	for i := range out {
		out[i] = uint64(i) + 1
	}
	return out
}

func TestSchedules(t *testing.T)     { campaign(t, "default", 12) }
func TestHardSchedules(t *testing.T) { campaign(t, "hard", 10) }

// TestTightSchedules has compaction work on parts of the journal, and questions that cannot be answered in time.
func TestTightSchedules(t *testing.T) { campaign(t, "tight", 20) }

// TestFailoverSchedules has an account that fails over and comes back as it was some seconds before, and clocks
// minutes apart.
func TestFailoverSchedules(t *testing.T) { campaign(t, "failover", 12) }

// TestPartsSchedules has sources whose rows are split among parts, beside failovers.
func TestPartsSchedules(t *testing.T) { campaign(t, "parts", 10) }

// TestDrawnSchedules has faults drawn from drawn mixes.
func TestDrawnSchedules(t *testing.T) { campaign(t, "drawn", 20) }

// enough is what a schedule has to have at least. Half of the questions of a tight plan cannot be answered in time.
var enough = check.Demand{Acked: 60, Answers: 30, Unknown: 1, Healed: 6, Clients: 3}

// enoughOf is what a schedule of a plan has to have. A drawn one may have nothing that leaves an outcome open.
func enoughOf(p Plan) check.Demand {
	d := enough
	if p.Drawn {
		d.Unknown = 0
	}
	return d
}

// campaign runs a plan from some seeds, or from a hundred times as many with TIDEMARK_CAMPAIGN=1; every violation is
// printed with its seed.
func campaign(t *testing.T, name string, n int) {
	p := Plans[name]
	var ops, acked int
	var judging time.Duration
	began := time.Now()
	all := seeds(t, n)
	for _, seed := range all {
		o := Run(seed, p, nil)
		h := o.History
		if o.Err != nil {
			t.Errorf("%s: %v\n%s", o.Failure(), o.Err, Case{Seed: seed, Plan: name, Faults: o.Faults})
			continue
		}
		for _, v := range check.Enough(h, enoughOf(p)) {
			t.Errorf("TIDEMARK_SEED=%d: %v", seed, v)
		}
		for _, op := range h.Ops {
			ops++
			if (op.Call.Kind == history.Write || op.Call.Kind == history.Delete) && op.Outcome == history.Done {
				acked++
			}
		}
		again := time.Now()
		check.All(h, promised)
		judging += time.Since(again)
	}
	t.Logf("seeds %d..%d: %d operations, %d writes and deletions acknowledged, in %v, of that %v for judging", all[0],
		all[len(all)-1], ops, acked, time.Since(began).Round(time.Millisecond), judging.Round(time.Millisecond))
}
