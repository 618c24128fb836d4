package goruntime

import (
	"testing"
	"time"
)

func TestClockIsUTCAndNear(t *testing.T) {
	now, wall := New().Now(), time.Now()
	if now.Location() != time.UTC {
		t.Errorf("location is %v", now.Location())
	}
	if d := wall.Sub(now); d < -time.Second || d > time.Second {
		t.Errorf("it is %v from the wall clock", d)
	}
}

// TestClockFollowsStepsForwardOnly plays the wall clock's steps by follow, because a time.Time with a chosen
// monotonic reading cannot be made.
func TestClockFollowsStepsForwardOnly(t *testing.T) {
	c := newClock(time.Now())
	at := func() time.Duration { return c.at(c.start.Add(time.Second)).Sub(c.wall) }
	for _, step := range []struct {
		drift, want time.Duration
		steps       bool
	}{
		{0, 0, false},
		{stepBound, 0, false},          // slewing is not followed
		{time.Hour, time.Hour, true},   // the machine slept
		{-time.Hour, time.Hour, false}, // set back: never back
		{time.Hour + 1, time.Hour, false},
		{2 * time.Hour, 2 * time.Hour, true},
	} {
		before := c.steps.Load()
		if got := time.Duration(c.follow(int64(step.drift))); got != step.want {
			t.Errorf("a drift of %v is followed to %v, want %v", step.drift, got, step.want)
		}
		if steps := c.steps.Load() > before; steps != step.steps {
			t.Errorf("a drift of %v counts as a step: %v", step.drift, steps)
		}
		if got := at(); got != time.Second+step.want {
			t.Errorf("after a drift of %v a second is %v", step.drift, got)
		}
	}
}

func BenchmarkNow(b *testing.B) {
	s := New()
	for b.Loop() {
		s.Now()
	}
}
