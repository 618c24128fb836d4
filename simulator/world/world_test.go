package world

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tidemark/simulator/check"
	"tidemark/simulator/inject/schedule"
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
	first, last := uint64(1), uint64(n)
	if text := os.Getenv("TIDEMARK_SEEDS"); text != "" { // a campaign goes on where another ended
		if _, err := fmt.Sscanf(text, "%d-%d", &first, &last); err != nil || last < first {
			t.Fatalf("TIDEMARK_SEEDS=%s: as in 1001-2000", text)
		}
	}
	out := make([]uint64, last-first+1)
	for i := range out {
		out[i] = first + uint64(i)
	}
	return out
}

func TestSchedules(t *testing.T) { campaign(t, "default", 12) }

// TestTwoRegions has nodes and a journal in each of two regions, of which one at a time may be out. Some of the nodes
// only answer requests: they vouch for what was acknowledged one all the same.
func TestTwoRegions(t *testing.T) {
	claimed := 0
	for _, o := range campaign(t, "two", 16) {
		claimed += o.claimed
	}
	if claimed == 0 {
		t.Error("no node that does not sweep vouched for what was acknowledged one")
	}
}

// TestRegionLoss loses one of the two for good, and the account fails over: whatever was acknowledged both is in every
// answer of the other, before, meanwhile and afterwards.
func TestRegionLoss(t *testing.T) { campaign(t, "loss", 8) }

func TestHardSchedules(t *testing.T) { campaign(t, "hard", 10) }

// TestTightSchedules has compaction work on parts of the journal, and questions that cannot be answered in time.
func TestTightSchedules(t *testing.T) { campaign(t, "tight", 14) }

// TestFailoverSchedules has an account that fails over and comes back as it was some seconds before, and clocks
// minutes apart.
func TestFailoverSchedules(t *testing.T) { campaign(t, "failover", 12) }

// TestPartsSchedules has sources whose rows are split among parts, beside failovers.
func TestPartsSchedules(t *testing.T) { campaign(t, "parts", 10) }

// TestChurnSchedules has processes that come and go, and appends that overtake one another.
func TestChurnSchedules(t *testing.T) { campaign(t, "churn", 12) }

// TestAccountsSchedules has two accounts, and drawn faults of both: each loses what it had not replicated by itself.
func TestAccountsSchedules(t *testing.T) { campaign(t, "accounts", 16) }

// TestDrawnSchedules has faults drawn from drawn mixes. At the median a schedule has 60 acknowledged writes, 60
// answers, and 3 faults of which one is of a region, an account or a process.
func TestDrawnSchedules(t *testing.T) {
	all := campaign(t, "drawn", 60)
	for _, m := range []struct {
		what  string
		of    func(told) int
		least int
	}{
		{"acknowledged writes", func(o told) int { return o.acked }, 60},
		{"answers", func(o told) int { return o.answers }, 60},
		{"faults", func(o told) int { return o.faults }, 3},
		{"faults of a region, an account or a process", func(o told) int { return o.deep }, 1},
	} {
		if median := medianOf(all, m.of); median < m.least {
			t.Errorf("%d %s at the median, want %d", median, m.what, m.least)
		} else {
			t.Logf("%d %s at the median", median, m.what)
		}
	}
}

func medianOf(all []told, of func(told) int) int {
	numbers := make([]int, len(all))
	for i, o := range all {
		numbers[i] = of(o)
	}
	slices.Sort(numbers)
	return numbers[len(numbers)/2]
}

// TestMachinesWhoseClocksAreSet sets the clocks of both nodes ahead all the time, by less than what makes a node ask
// for the journal's, while clients amend what they wrote through another node.
func TestMachinesWhoseClocksAreSet(t *testing.T) {
	var text strings.Builder
	for i := range 45 {
		fmt.Fprintf(&text, "at %ds clock %s jump: 12s\n", 2+2*i, Plan{}.nodeName(i%2))
	}
	faults, err := schedule.Parse(text.String())
	if err != nil {
		t.Fatal(err)
	}
	p := DrawnPlan
	p.Amends = 0.9
	for _, seed := range seeds(t, 20) {
		o := Run(seed, p, faults)
		if o.Err != nil {
			t.Errorf("TIDEMARK_SEED=%d: %s: %v", seed, o.Failure(), o.Err)
		}
		for _, v := range check.Enough(o.History, check.Demand{Acked: 60, Answers: 30, Healed: 6, Clients: 3}) {
			t.Errorf("TIDEMARK_SEED=%d: %v", seed, v)
		}
	}
}

// enough is what a schedule has to have at least. Half of the questions of a tight plan cannot be answered in time.
var enough = check.Demand{Acked: 60, Answers: 30, Unknown: 1, Healed: 6, Clients: 3}

// enoughOf is what a schedule of a plan has to have. A drawn one may have a region that is out nearly all the time, or
// nothing that leaves an outcome open; of those the median counts. One of churn is over in less than half the time of
// the others, and many of its processes are dead or frozen when they are asked.
func enoughOf(plan string) check.Demand {
	d := enough
	switch plan {
	case "wiped": // a journal that never had everything answers nothing once it is alone
		return check.Demand{Acked: 1, Answers: 1, Clients: 1}
	case "drawn", "accounts", "two", "loss":
		return check.Demand{Acked: 1, Answers: 1, Healed: 6, Clients: 1}
	case "churn":
		d.Answers = 15
	}
	return d
}
