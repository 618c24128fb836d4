package status

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// at is a time of that day, in seconds.
func at(seconds float64) time.Time { return noon.Add(time.Duration(seconds * float64(time.Second))) }

// TestAReadingIsAtRiskUntilBothHaveIt: what was stored just when the journals were found the same may have come after.
func TestAReadingIsAtRiskUntilBothHaveIt(t *testing.T) {
	var even time.Time
	r := NewRisk(func() time.Time { return even })
	want := func(a, b int64) {
		t.Helper()
		if gotA, gotB, all := r.Of("a"), r.Of("b"), r.All(); gotA != a || gotB != b || all != a+b {
			t.Errorf("even by %v: %d of a, %d of b, %d in all; want %d, %d", even.Sub(noon), gotA, gotB, all, a, b)
		}
	}
	want(0, 0)
	r.Add("a", 3, at(1))
	r.Add("b", 5, at(2.5))
	r.Add("a", 7, at(2.7))
	r.Add("a", 11, at(2.1)) // told later, stored before
	want(21, 5)
	even = at(1)
	want(21, 5)
	even = at(1.5)
	want(18, 5)
	even = at(2.6)
	want(18, 0)
	r.Add("b", 13, at(2.5)) // told after it was found
	want(18, 0)
	even = at(2.71)
	want(0, 0)
	if len(r.of) != 0 {
		t.Errorf("it remembers %d tenants", len(r.of))
	}
	even = at(1) // it does not go back
	r.Add("a", 17, at(2))
	want(0, 0)
}

// TestNothingAtRiskIsLeftOut draws what is acknowledged and when the journals are found the same, and compares with a
// list of all: never less is said to be at risk, nothing is once all was found, and what is kept is bounded.
func TestNothingAtRiskIsLeftOut(t *testing.T) {
	type acknowledged struct {
		readings int64
		stored   time.Time
	}
	rapid.Check(t, func(t *rapid.T) {
		var even, latest time.Time
		var all []acknowledged
		r, clock := NewRisk(func() time.Time { return even }), 0.0
		longest := rapid.SampledFrom([]float64{0.1, 3, 1000, 100_000}).Draw(t, "longest pause")
		for range rapid.IntRange(1, 400).Draw(t, "events") {
			clock += longest * float64(rapid.IntRange(0, 10).Draw(t, "pause")) / 10
			if rapid.IntRange(0, 50).Draw(t, "found") == 0 {
				even = at(clock - longest)
			}
			one := acknowledged{int64(rapid.IntRange(0, 9).Draw(t, "readings")),
				at(clock - float64(rapid.IntRange(0, 3).Draw(t, "late")))}
			r.Add("t", int(one.readings), one.stored)
			all = append(all, one)
			if one.stored.After(latest) {
				latest = one.stored
			}
			var least, most int64
			for _, a := range all {
				if most += a.readings; !even.After(a.stored) {
					least += a.readings
				}
			}
			if got := r.Of("t"); got < least || got > most {
				t.Fatalf("%d readings are said to be at risk, %d are, of %d", got, least, most)
			}
			if b := r.of[telemetry.Tenant("t")]; b != nil && len(b.at) > mostBuckets {
				t.Fatalf("%d buckets are kept", len(b.at))
			}
		}
		even = latest.Add(time.Nanosecond)
		if got := r.Of("t"); got != 0 {
			t.Fatalf("%d readings are at risk after all was found", got)
		}
	})
}

// TestRiskIsExactForMinutes: what was stored before is told apart from what was stored after, a second each.
func TestRiskIsExactForMinutes(t *testing.T) {
	var even time.Time
	r := NewRisk(func() time.Time { return even })
	for i := range mostBuckets {
		r.Add("t", 1, at(float64(i)))
	}
	for i := range mostBuckets {
		even = at(float64(i) + 0.5)
		if got := r.Of("t"); got != int64(mostBuckets-1-i) {
			t.Fatalf("%d are at risk of %d", got, mostBuckets-1-i)
		}
	}
}

// TestALongOutageIsCountedInLittleMemory: a day of it, and nothing is left of it afterwards.
func TestALongOutageIsCountedInLittleMemory(t *testing.T) {
	var even time.Time
	r := NewRisk(func() time.Time { return even })
	const seconds = 24 * 60 * 60
	for i := range seconds {
		if r.Add("t", 1, at(float64(i))); len(r.of["t"].at) > mostBuckets {
			t.Fatalf("after %d seconds %d buckets are kept", i, len(r.of["t"].at))
		}
	}
	if got := r.Of("t"); got != seconds {
		t.Errorf("%d are at risk of %d", got, seconds)
	}
	even = at(seconds - 1)
	if got := r.Of("t"); got == 0 || got > seconds/mostBuckets*2 {
		t.Errorf("%d are at risk of the last span", got)
	}
	even = at(seconds - 0.9)
	if got := r.Of("t"); got != 0 {
		t.Errorf("%d are at risk after all was found", got)
	}
}
