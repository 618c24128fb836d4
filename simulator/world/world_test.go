package world

import (
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"tidemark/simulator/check"
	"tidemark/simulator/history"
	"tidemark/simulator/inject"
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

// TestChurnSchedules has processes that come and go, and appends that overtake one another.
func TestChurnSchedules(t *testing.T) { campaign(t, "churn", 12) }

// TestDrawnSchedules has faults drawn from drawn mixes. At the median a schedule has 60 acknowledged writes, 60
// answers, and 3 faults of which one is of a region, an account or a process.
func TestDrawnSchedules(t *testing.T) {
	campaign(t, "drawn", 60)
	if t.Failed() {
		return
	}
	var acked, answers, faults, deep []int
	for seed := range uint64(20) {
		o := Run(seed+1, DrawnPlan, nil)
		n := map[bool]int{}
		for _, e := range o.Faults {
			switch e.Fault.(type) {
			case inject.RegionOut, inject.Process, inject.Failover, inject.Pause, inject.Lag, inject.LastSync:
				n[true]++
			}
		}
		done := map[bool]int{}
		for _, op := range o.History.Ops {
			if op.Outcome == history.Done {
				done[op.Call.Kind == history.Write || op.Call.Kind == history.Delete]++
			}
		}
		acked, answers = append(acked, done[true]), append(answers, done[false])
		faults, deep = append(faults, len(o.Faults)), append(deep, n[true])
	}
	for _, m := range []struct {
		what  string
		of    []int
		least int
	}{{"acknowledged writes", acked, 60}, {"answers", answers, 60}, {"faults", faults, 3},
		{"faults of a region, an account or a process", deep, 1}} {
		slices.Sort(m.of)
		if median := m.of[len(m.of)/2]; median < m.least {
			t.Errorf("%d %s at the median, want %d", median, m.what, m.least)
		} else {
			t.Logf("%d %s at the median", median, m.what)
		}
	}
}

// enough is what a schedule has to have at least. Half of the questions of a tight plan cannot be answered in time.
var enough = check.Demand{Acked: 60, Answers: 30, Unknown: 1, Healed: 6, Clients: 3}

// enoughOf is what a schedule of a plan has to have. A drawn one may have a region that is out nearly all the time, or
// nothing that leaves an outcome open; of those the median counts. One of churn is over in less than half the time of
// the others, and many of its processes are dead or frozen when they are asked.
func enoughOf(p Plan) check.Demand {
	if p.Drawn {
		return check.Demand{Acked: 1, Answers: 1, Healed: 6, Clients: 1}
	}
	d := enough
	if p.Kills == ChurnPlan.Kills {
		d.Answers = 15
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
		check.All(h, promised(p))
		judging += time.Since(again)
	}
	t.Logf("seeds %d..%d: %d operations, %d writes and deletions acknowledged, in %v, of that %v for judging", all[0],
		all[len(all)-1], ops, acked, time.Since(began).Round(time.Millisecond), judging.Round(time.Millisecond))
}
