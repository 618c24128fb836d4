//go:build planted

package planted_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tidemark/simulator/planted"
)

var (
	search = flag.Bool("search", false, "search, and go on where the results end")
	budget = flag.Duration("budget", 10*time.Minute, "how long to search at most")
	most   = flag.Int("seeds", 3000, "seeds of each range at most")
	ranges = flag.Int("ranges", planted.Ranges, "ranges of seeds")
	shrink = flag.Int("shrink", 0, "runs to make the schedule of each bug smaller; 0 is not to")
	plants = flag.String("plants", "", "parts of the names of the bugs to search for, separated by commas")
	file   = flag.String("results", filepath.Join(os.TempDir(), "tidemark-planted.jsonl"),
		"what was tried, a line for each schedule")
)

// TestSearch goes on with the search; -rewrite records what it knows, and makes docs/planted.md of it.
func TestSearch(t *testing.T) {
	if !*search {
		t.Skip("it takes as long as it is given, up to hours: task planted, or -search, starts it")
	}
	began := time.Now()
	s := planted.Search{Tree: "../..", File: *file, Bugs: planted.Pick(planted.Bugs(), *plants), Seeds: *most,
		Most: *ranges,
		Over: func() bool { return time.Since(began) > *budget }, Run: planted.Run, Now: time.Now,
		Tell: func(r planted.Result, took time.Duration) {
			if r.Found != "" {
				t.Logf("%s: seed %d: %s: %s (%v)", r.Bug, r.Seed, r.Found, r.What, took.Round(time.Millisecond))
			}
		}}
	results, err := s.Go()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range results.Alarms {
		t.Errorf("without a bug seed %d raises an alarm: %s: %s", a.Seed, a.Found, a.What)
	}
	if *rewrite {
		if err := results.Save(recorded); err != nil {
			t.Fatal(err)
		}
	}
}

// cheap is how many seeds of the first range a bug may have taken for TestRecorded to run it again, and moved how many
// more are tried there: another change of the code lets a seed mean another schedule.
const (
	cheap = 2
	moved = 12
)

// TestRecorded runs the schedules again that found the bugs which are cheap to find, and without the bug: each is
// found again, and the schedule that finds it raises no alarm by itself.
func TestRecorded(t *testing.T) {
	results, err := planted.Load(recorded, "")
	if err != nil {
		t.Fatal(err)
	}
	clean, ran := map[uint64]bool{}, 0
	for _, b := range planted.Bugs() {
		was := results.Of(b.Name, 0)
		if was.Found == "" || was.Tried > cheap {
			continue
		}
		ran++
		seed, found, what := was.Seed, "", ""
		for ; found == "" && seed <= was.Seed+moved; seed++ {
			found, what = planted.Run(&b, seed)
		}
		switch seed--; {
		case found == "":
			t.Errorf("%s: not found by seeds %d to %d; %d found it: %s", b.Name, was.Seed, seed, was.Seed, was.What)
		case found != was.Found || seed != was.Seed:
			t.Logf("%s: was found by seed %d (%s), and is now by %d: %s", b.Name, was.Seed, was.Found, seed, what)
		}
		clean[seed] = true
	}
	if ran < 8 {
		t.Errorf("%d bugs were cheap to find: that proves too little", ran)
	}
	for seed := range clean {
		if found, what := planted.Run(nil, seed); found != "" {
			t.Errorf("without a bug: %s: %s: %v", found, what, planted.Mix(seed))
		}
	}
}

// TestShrunk makes the schedules smaller that found the bugs first: at the median to a fifth, in faults and in
// operations.
func TestShrunk(t *testing.T) {
	if *shrink == 0 {
		t.Skip("it takes minutes: -shrink 300 starts it, with so many runs for each bug")
	}
	results, err := planted.Load(*file, "")
	if err != nil {
		t.Fatal(err)
	}
	var faults, operations []float64
	for _, b := range planted.Pick(planted.Bugs(), *plants) {
		was := results.Of(b.Name, 0)
		if was.Found == "" {
			continue
		}
		small, before, after := planted.Shrink(&b, was.Seed, *shrink)
		t.Logf("%s: from %d faults and %d operations to %d and %d: %v", b.Name, before.Faults, before.Operations,
			after.Faults, after.Operations, small)
		faults = append(faults, float64(after.Faults)/float64(max(before.Faults, 1)))
		operations = append(operations, float64(after.Operations)/float64(before.Operations))
	}
	for what, shares := range map[string][]float64{"faults": faults, "operations": operations} {
		if slices.Sort(shares); len(shares) > 0 {
			median := shares[len(shares)/2]
			t.Logf("of %d schedules %.2f of the %s are left at the median", len(shares), median, what)
			if median > 0.2 {
				t.Errorf("more than a fifth of the %s", what)
			}
		}
	}
}
