package edge

import (
	"fmt"
	"iter"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// seedOf prints the seed of a test and takes it back from TIDEMARK_SEED.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(20261123)
	if text := os.Getenv("TIDEMARK_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("TIDEMARK_SEED=%d", seed)
	return seed
}

// schedules is how many seeds a test tries.
func schedules() int {
	if os.Getenv("TIDEMARK_CAMPAIGN") == "1" {
		return 20_000
	}
	return 300
}

// weather answers a probe of the first origin that begins at a time since midnight.
type weather func(begin time.Duration) (took time.Duration, ok bool)

// lived is one site's life on virtual time: what happened until an end. The second origin always answers at once.
func lived(t *testing.T, s Settings, random *rand.Rand, end time.Duration, of weather) []Event {
	t.Helper()
	v := newView(t, s, two()...)
	type probe struct {
		origin string
		sample Sample
	}
	var probes []probe
	for _, o := range two() {
		schedule := Schedule{Start: midnight, Phase: time.Duration(random.Int64N(int64(s.Interval))),
			Interval: s.Interval}
		for at, _ := schedule.Next(midnight.Add(-1)); at.Before(midnight.Add(end)); at, _ = schedule.Next(at) {
			sample := Sample{Began: at, OK: true}
			if o.Name == "east" {
				sample.Took, sample.OK = of(at.Sub(midnight))
			}
			probes = append(probes, probe{o.Name, sample})
		}
	}
	slices.SortStableFunc(probes, func(a, b probe) int { return a.sample.Ended().Compare(b.sample.Ended()) })
	var events []Event
	for _, p := range probes {
		events = append(events, v.Sampled(p.origin, p.sample)...)
	}
	return events
}

// switches are the times since midnight at which a site switched, to the first origin or away from it.
func switches(events []Event) (times []time.Duration) {
	for _, e := range events {
		if e.Kind == Switched {
			times = append(times, e.At.Sub(midnight))
		}
	}
	return times
}

// failing are the ways an origin is lost between two times. Each is the weather of one kind of outage.
func failing(s Settings, from, to time.Duration) map[string]weather {
	lost := func(at time.Duration) bool { return at >= from && at < to }
	return map[string]weather{
		"refuses": func(begin time.Duration) (time.Duration, bool) { return 0, !lost(begin) },
		"hangs": func(begin time.Duration) (time.Duration, bool) {
			if lost(begin) {
				return s.Timeout, false
			}
			return 0, true
		},
		// Good answers take all of Timeout, and the outage breaks those that are on their way.
		"slow, then broken": func(begin time.Duration) (time.Duration, bool) {
			switch {
			case lost(begin):
				return 0, false
			case lost(begin + s.Timeout - 1):
				return max(0, from-begin), false
			}
			return s.Timeout - 1, true
		},
		// What hangs goes on when the path heals.
		"hangs until it heals": func(begin time.Duration) (time.Duration, bool) {
			switch {
			case lost(begin) && lost(begin+s.Timeout):
				return s.Timeout, false
			case lost(begin):
				return to - begin, true
			}
			return 0, true
		},
	}
}

// ordered is a map in the order of its keys: the same seed has to give the same test.
func ordered[V any](m map[string]V) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}

// distribution prints as the documentation has it.
func distribution(of []time.Duration) string {
	slices.Sort(of)
	at := func(q float64) time.Duration {
		return of[int(q*float64(len(of)-1))].Round(100 * time.Millisecond)
	}
	return fmt.Sprintf("min %v, p50 %v, p95 %v, max %v (%d)", at(0), at(0.5), at(0.95), at(1), len(of))
}

func within(t *testing.T, what string, times []time.Duration, least, most time.Duration) {
	t.Helper()
	if first, last := slices.Min(times), slices.Max(times); first < least || last > most {
		t.Errorf("%s: from %v to %v; the rules allow %v to %v", what, first, last, least, most)
	}
}

// Issue 3, line 9: default settings, 30 sites, probes out of phase.
func TestOutageToSwitchIsWithinTheRules(t *testing.T) {
	const sites = 30
	s := DefaultSettings()
	least, most := s.Detection()
	if least != 25*time.Second || most != 65*time.Second {
		t.Fatalf("the documentation says 25 s to 65 s, Detection %v to %v", least, most)
	}
	all, restored := map[string][]time.Duration{}, map[string][]time.Duration{}
	var firsts, lasts []time.Duration
	random := rand.New(rand.NewPCG(seedOf(t), 1))
	for range schedules() {
		from := 5*s.Interval + time.Duration(random.Int64N(int64(s.Interval)))
		to := from + 5*s.Interval + time.Duration(random.Int64N(int64(s.Interval)))
		for kind, w := range ordered(failing(s, from, to)) {
			var lost []time.Duration
			for range sites {
				at := switches(lived(t, s, random, to+5*s.Interval, w))
				if len(at) != 2 {
					t.Fatalf("%s from %v to %v: switches at %v", kind, from, to, at)
				}
				lost = append(lost, at[0]-from)
				restored[kind] = append(restored[kind], at[1]-to)
			}
			all[kind] = append(all[kind], lost...)
			if kind == "refuses" {
				firsts, lasts = append(firsts, slices.Min(lost)), append(lasts, slices.Max(lost))
			}
		}
	}
	back, longest := s.Restoration()
	for kind := range ordered(all) {
		within(t, kind, all[kind], least, most)
		within(t, kind+", back", restored[kind], back, longest)
		t.Logf("%-21s outage to switch: %s", kind, distribution(all[kind]))
		t.Logf("%-21s end to failback:  %s", kind, distribution(restored[kind]))
	}
	t.Logf("first of %d sites: %s; last: %s", sites, distribution(firsts), distribution(lasts))
	// The bounds are tight: what only refuses keeps to 30 to 60 s, and the extremes come close to the bounds.
	within(t, "refuses", all["refuses"], 30*time.Second, 60*time.Second)
	if got := all["slow, then broken"][0]; got > least+time.Second {
		t.Errorf("the soonest switch is %v, the bound %v", got, least)
	}
	if got := all["hangs"][len(all["hangs"])-1]; got < most-time.Second {
		t.Errorf("the latest switch is %v, the bound %v", got, most)
	}
}

// The bounds hold for any settings.
func TestBoundsOfAnySettings(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := DefaultSettings()
		s.Fast = true
		s.Interval = time.Duration(rapid.Int64Range(1e6, 1e12).Draw(r, "interval"))
		s.Timeout = time.Duration(rapid.Int64Range(1, int64(s.Interval)).Draw(r, "timeout"))
		s.SampleSize = rapid.IntRange(1, 12).Draw(r, "samples")
		s.SuccessfulSamples = rapid.IntRange(1, s.SampleSize).Draw(r, "successful")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "phases"), 2))
		window := time.Duration(s.SampleSize+2) * s.Interval
		from := window + time.Duration(random.Int64N(int64(s.Interval)))
		to := from + window + time.Duration(random.Int64N(int64(s.Interval)))
		for kind, w := range ordered(failing(s, from, to)) {
			at := switches(lived(t, s, random, to+window, w))
			if len(at) != 2 {
				r.Fatalf("%s: switches at %v", kind, at)
			}
			least, most := s.Detection()
			if d := at[0] - from; d < least || d > most {
				r.Fatalf("%s: lost after %v, not %v to %v", kind, d, least, most)
			}
			least, most = s.Restoration()
			if d := at[1] - to; d < least || d > most {
				r.Fatalf("%s: back after %v, not %v to %v", kind, d, least, most)
			}
		}
	})
}
