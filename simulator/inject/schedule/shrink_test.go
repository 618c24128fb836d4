package schedule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
)

// restarts is a schedule of so many entries that cannot be made smaller in themselves.
func restarts(n int) schedule.Schedule {
	s := make(schedule.Schedule, n)
	for i := range s {
		s[i] = schedule.Entry{At: time.Duration(i) * 10 * time.Second,
			Fault: inject.Process{Name: fmt.Sprint("node-", i), Order: inject.Restart}}
	}
	return s
}

// has says whether a schedule has all of some entries.
func has(s schedule.Schedule, all ...schedule.Entry) bool {
	for _, e := range all {
		if !slices.Contains(s, e) {
			return false
		}
	}
	return true
}

// TestTwoOfFortyAreFound, whichever two matter, within 60 probes and 35 at the median.
func TestTwoOfFortyAreFound(t *testing.T) {
	s := restarts(40)
	var all []int
	for i := range s {
		for j := range i {
			small, probes := schedule.Shrink(s, func(x schedule.Schedule) bool { return has(x, s[i], s[j]) }, 1000)
			if want := (schedule.Schedule{s[i], s[j]}).Sorted(); !slices.Equal(small, want) {
				t.Fatalf("%d and %d matter, what is left is\n%s", j, i, small)
			}
			all = append(all, probes)
		}
	}
	slices.Sort(all)
	if most, median := all[len(all)-1], all[len(all)/2]; most > 60 || median > 35 {
		t.Errorf("it took %d probes at the median and %d at most", median, most)
	}
}

// TestWhatMattersIsLeft: whatever set of entries something needs, just they are left, and each was needed.
func TestWhatMattersIsLeft(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := restarts(rapid.IntRange(1, 30).Draw(t, "entries"))
		var need schedule.Schedule
		for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(s)-1), 0, 5, rapid.ID).Draw(t, "need") {
			need = append(need, s[i])
		}
		small, _ := schedule.Shrink(s, func(x schedule.Schedule) bool { return has(x, need...) }, 10000)
		if !slices.Equal(small, need.Sorted()) {
			t.Fatalf("needed are\n%s, left are\n%s", need.Sorted(), small)
		}
	})
}

// TestWhatCanGoOnlyAfterALaterOneGoes: each entry needs the one before it, so that they go from the last on.
func TestWhatCanGoOnlyAfterALaterOneGoes(t *testing.T) {
	s := restarts(9)
	small, _ := schedule.Shrink(s, func(x schedule.Schedule) bool {
		for i := 1; i < len(s); i++ {
			if has(x, s[i]) && !has(x, s[i-1]) {
				return false
			}
		}
		return has(x, s[0])
	}, 1000)
	if !slices.Equal(small, s[:1]) {
		t.Errorf("what is left is\n%s", small)
	}
}

// TestEntriesBecomeSmaller as far as what fails allows.
func TestEntriesBecomeSmaller(t *testing.T) {
	for _, c := range []struct {
		line, want string
		fails      func(schedule.Entry) bool
	}{
		{"at 37.902s for 51.234s region east out: hang", "at 30s for 6s region east out: hang",
			func(e schedule.Entry) bool { return e.For >= 5*time.Second }},
		{"at 37.902s for 51.234s region east out: hang", "at 40s for 1ms region east out: hang",
			func(e schedule.Entry) bool { return e.At > 35*time.Second }},
		{"at 37.902s process a restart", "at 37s process a restart",
			func(e schedule.Entry) bool { return e.At > 36*time.Second && e.At < 38*time.Second }},
		{"at 10s for 20s hold uniform 1s 1m30s if operation=insert p=0.4",
			"at 10s for 1ms hold constant 2.843s if operation=insert p=0.00625 times=1",
			func(e schedule.Entry) bool { return e.Fault.(inject.Rule).Delay.At(0.5) >= 2*time.Second }},
		{"at 10s for 1ms reset nth=3", "at 10s for 1ms reset nth=3", func(schedule.Entry) bool { return true }},
		{"at 10s for 1ms clock a offset: -1m", "at 10s for 1ms clock a offset: -15s",
			func(e schedule.Entry) bool { return e.Fault.(inject.Clock).By <= -10*time.Second }},
		{"at 10s for 1ms network distance from=a to=b: 80ms", "at 10s for 1ms network distance from=a to=b: 20ms",
			func(e schedule.Entry) bool { return e.Fault.(inject.Distance).OneWay >= 15*time.Millisecond }},
		{"at 10s for 1ms account a last-sync-time: back 1m", "at 10s for 1ms account a last-sync-time: back 1ms",
			func(schedule.Entry) bool { return true }},
		{"at 10s for 1ms account a lag: log-normal median 9s sigma 0.8", "at 10s for 1ms account a lag: constant 10s",
			func(schedule.Entry) bool { return true }},
		{"at 10s account a pause", "at 10s account a pause", func(schedule.Entry) bool { return true }},
	} {
		s := read(t, c.line)
		small, _ := schedule.Shrink(s, func(x schedule.Schedule) bool { return len(x) == 1 && c.fails(x[0]) }, 1000)
		if got := strings.TrimSpace(small.String()); got != c.want {
			t.Errorf("%s becomes\n%s, want\n%s", c.line, got, c.want)
		}
	}
}

// TestShrinkingKeepsToItsBudget: it asks no more often than it may, what is left fails, and is the same every time.
func TestShrinkingKeepsToItsBudget(t *testing.T) {
	for seed := range uint64(300) {
		s := drawn(seed)
		if len(s) < 3 {
			continue
		}
		one, other := s[len(s)/3].Fault.Thing(), s[2*len(s)/3].Fault.Thing()
		fails := func(x schedule.Schedule) bool {
			things := map[string]bool{}
			for _, e := range x {
				things[e.Fault.Thing()] = true
			}
			return things[one] && things[other]
		}
		for _, budget := range []int{0, 1, 7, 40, 400} {
			asked := 0
			small, probes := schedule.Shrink(s, func(x schedule.Schedule) bool {
				asked++
				if !slices.Equal(x, x.Sorted()) {
					t.Fatalf("seed %d: asked about what is in no order", seed)
				}
				if err := x.Validate(here); err != nil {
					t.Fatalf("seed %d: asked about what there is not: %v", seed, err)
				}
				return fails(x)
			}, budget)
			if asked != probes || probes > budget || !fails(small) {
				t.Fatalf("seed %d: asked %d times and tells %d, of %d; fails is %v:\n%s", seed, asked, probes, budget,
					fails(small), small)
			}
			if again, _ := schedule.Shrink(s, fails, budget); again.String() != small.String() {
				t.Fatalf("seed %d: once\n%s\nand once\n%s", seed, small, again)
			}
		}
	}
}
