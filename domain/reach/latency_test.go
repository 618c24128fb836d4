package reach

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestLatency holds that the quantile is the exact one, but for the width of a class.
func TestLatency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l latency
		var all []time.Duration
		for range rapid.IntRange(certainly, 300).Draw(t, "calls") {
			d := time.Duration(rapid.Int64Range(int64(time.Microsecond), int64(30*time.Second)).Draw(t, "took"))
			if rapid.Bool().Draw(t, "quick") {
				d /= 1 << 12
			}
			all = append(all, d)
			l.add(d, noon)
		}
		slices.Sort(all)
		exact := max(time.Microsecond, all[len(all)-1-len(all)/20])
		got, known := l.p95()
		if !known || got < exact || float64(got) > 1.26*float64(exact)+float64(2*time.Microsecond) {
			t.Fatalf("%v, %v: exactly it is %v of %d", got, known, exact, len(all))
		}
	})
}

// TestLatencyForgets what was long ago, and says nothing of too few.
func TestLatencyForgets(t *testing.T) {
	var l latency
	now := noon
	for range certainly - 1 {
		l.add(time.Second, now)
	}
	if d, known := l.p95(); known {
		t.Errorf("of %d calls it knows %v", certainly-1, d)
	}
	for range 2 {
		now = now.Add(remember)
		for range certainly {
			l.add(time.Millisecond, now)
		}
	}
	if d, known := l.p95(); !known || d > 2*time.Millisecond {
		t.Errorf("calls of long ago count: %v, %v", d, known)
	}
}

// TestClassesCoverEveryTime, each time in the class up to whose end it goes.
func TestClassesCoverEveryTime(t *testing.T) {
	for d := time.Duration(0); d < time.Minute; d += d/50 + 1 {
		class := classOf(d)
		if d > upTo(class) || class > 0 && d < upTo(class-1)-time.Microsecond {
			t.Fatalf("%v is in class %d, from %v to %v", d, class, upTo(max(0, class-1)), upTo(class))
		}
	}
}
