package journal

import (
	"testing"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

func TestFirstDays(t *testing.T) {
	const today = telemetry.Day(20000)
	now := today.Start()
	for day, want := range map[telemetry.Day]telemetry.Day{today - 9: today - 10, today: today - 1, today +
		1: today - 1, today + 9: today - 1} {
		if got := NewFirst(day, now); got != want {
			t.Errorf("a shard registered for %v has the first day %v, want %v", day, got, want)
		}
	}
	for _, c := range []struct {
		first, day, want telemetry.Day
		kind             fault.Kind
	}{
		{today - 5, today - 5, today - 5, 0},
		{today - 5, today, today - 5, 0},
		{today - 1, today, today - 1, 0},
		{today - 5, today - 6, today - 5, fault.Conflict},
		{today - 1, today - 2, today - 1, fault.Conflict},
		{today, today, today - 1, 0},          // nobody advances so far: a clock was ahead
		{today + 9, today, today - 1, 0},      // days ahead
		{today + 9, today - 3, today - 4, 0},  // and nothing tells that the day has passed
		{today + 9, today + 12, today - 1, 0}, // the same clock again
	} {
		got, err := RegisteredFirst("op", c.first, c.day, now)
		if got != c.want || fault.KindOf(err) != c.kind {
			t.Errorf("first day %v registered for %v: %v, %v; want %v", c.first, c.day, got, err, c.want)
		}
	}
	for day, want := range map[telemetry.Day]telemetry.Day{today - 9: today - 9, today - 5: today - 5,
		today - 2: today - 5, today + 9: today - 5} {
		if got := Lowered(today-5, true, day, now); got != want {
			t.Errorf("lowered to %v the first day is %v, want %v", day, got, want)
		}
		if got, want := Lowered(0, false, day, now), min(day, today-1); got != want {
			t.Errorf("first heard of when it is lowered to %v, a shard has the first day %v, want %v", day, got, want)
		}
	}
	if got := Lowered(today+9, true, today+3, now); got != today-1 { // a clock was ahead
		t.Errorf("lowered, a first day of a clock that was ahead is %v, want yesterday", got)
	}
	for to, want := range map[telemetry.Day]telemetry.Day{today - 9: today - 5, today - 2: today - 2, today: today - 1,
		today + 9: today - 1} {
		if got := Advanced(today-5, to, now); got != want {
			t.Errorf("advanced to %v the first day is %v, want %v", to, got, want)
		}
	}
}
