package inject_test

import (
	"testing"
	"time"

	"tidemark/simulator/inject"
)

func TestClocksThatAreWrong(t *testing.T) {
	var c inject.Clocks
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	offset := inject.Clock{Of: "east", Shape: inject.Offset, By: time.Minute}
	drift := inject.Clock{Of: "east", Shape: inject.Drift, By: 100 * time.Millisecond}
	want := func(when string, of string, at, ahead time.Duration) {
		t.Helper()
		if got := c.Ahead(of, begin.Add(at)); got != ahead {
			t.Errorf("%s: the clock of %s is %v ahead, want %v", when, of, got, ahead)
		}
	}
	want("before", "east", 0, 0)
	c.Begin(offset, begin)
	c.Begin(drift, begin.Add(10*time.Second))
	want("both", "east", 20*time.Second, time.Minute+time.Second)
	want("both", "west", 20*time.Second, 0)
	c.End(offset)
	want("one has ended", "east", 30*time.Second, 2*time.Second)
	c.End(offset) // there is none
	c.End(drift)
	want("all have ended", "east", 40*time.Second, 0)
}
