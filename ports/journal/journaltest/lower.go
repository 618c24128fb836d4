package journaltest

import (
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

func lower(e *env) {
	a, b := shard, telemetry.Shard{Tenant: shard.Tenant, Index: 1}
	e.ok(e.Directory.Lower(e.ctx, a, day), "lower of an unknown shard")
	if got := e.first(a); got != day {
		e.Errorf("first heard of when it was lowered to %v, the first day is %v", day, got)
	}
	_, err := e.Directory.First(e.ctx, b)
	e.kind(err, "first day of the shard beside it", fault.NotFound)
	e.ok(e.Directory.Register(e.ctx, a, day), "register for the first day")
	for _, step := range []struct{ to, want telemetry.Day }{{day + 3, day}, {day, day}, {day - 4, day - 4},
		{day - 4, day - 4}, {day - 2, day - 4}} {
		e.ok(e.Directory.Lower(e.ctx, a, step.to), "lower to %v", step.to)
		if got := e.first(a); got != step.want {
			e.Errorf("lowered to %v, the first day is %v, want %v", step.to, got, step.want)
		}
	}
	e.advance(a, day+5)
	e.kind(e.Directory.Register(e.ctx, a, day+1), "register for a day that has passed", fault.Conflict)
	e.ok(e.Directory.Lower(e.ctx, a, day+1), "lower to a day that has passed")
	if got := e.first(a); got != day+1 || e.shards()[a].First != got {
		e.Errorf("lowered to %v after it had passed, the first day is %v, and of all shards %v", day+1, got,
			e.shards()[a])
	}
	e.ok(e.Directory.Register(e.ctx, a, day+1), "register for a day that had passed and was lowered to")
	now, err := e.Directory.Now(e.ctx)
	e.ok(err, "now")
	e.ok(e.Directory.Lower(e.ctx, b, telemetry.DayOf(now)+30), "lower to a day that is a month ahead")
	if got := e.first(b); got >= telemetry.DayOf(now) {
		e.Errorf("lowered by a clock that is ahead, the first day is %v, and it is %v", got, now)
	}
	e.lowerExpired(a)
}

// lowerExpired lowers to a day that was given up.
func (e *env) lowerExpired(s telemetry.Shard) {
	e.Helper()
	const old = day - 1200
	first := e.first(s)
	e.ok(e.Directory.Expire(e.ctx, day), "expire")
	unknown := telemetry.Shard{Tenant: "unknown"}
	for _, of := range []telemetry.Shard{s, unknown} {
		e.kind(e.Directory.Lower(e.ctx, of, old), "lower to an expired day", fault.Conflict)
	}
	if got := e.first(s); got != first {
		e.Errorf("a refused lower moved the first day from %v to %v", first, got)
	}
	if _, known := e.shards()[unknown]; known {
		e.Errorf("a refused lower registered a shard")
	}
	e.ok(e.Directory.Lower(e.ctx, s, day), "lower to a day that was not given up")
}

// lowerRaces lets sweepers, each with what it read before, move a shard up while somebody lowers it: the day that was
// lowered to is never passed by one who had not looked since. What one reads afterwards it may move.
func lowerRaces(e *env) {
	for i := range e.Rounds() {
		s := telemetry.Shard{Tenant: shard.Tenant, Index: uint16(i)}
		e.ok(e.Directory.Register(e.ctx, s, day), "register")
		lowered := day - 1 // where it is already: only the version says that it was lowered
		if i%2 == 0 {
			e.advance(s, day+2)
			lowered = day
		}
		before := e.shards()[s]
		var moved [3]bool
		e.Each(len(moved)+1, func(actor int) error {
			if actor == len(moved) {
				return e.Directory.Lower(e.ctx, s, lowered)
			}
			err := e.Directory.Advance(e.ctx, before, day+4)
			moved[actor] = err == nil
			if fault.Is(err, fault.Conflict) {
				return nil
			}
			return err
		})
		if got := e.first(s); got != lowered {
			e.Errorf("lowered to %v while others advanced (%v), the first day is %v", lowered, moved, got)
		}
		e.kind(e.Directory.Advance(e.ctx, before, day+4), "advance with what was read before", fault.Conflict)
		e.advance(s, day+4)
		if got := e.first(s); got != day+4 {
			e.Errorf("advanced by one who had looked, the first day is %v, want %v", got, day+4)
		}
	}
}
