// Package firsts is what the journal's proof asks of the first days of shards.
package firsts

import (
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/journal/journaltest/internal/stage"
)

const day = stage.Day

var shard = telemetry.Shard{Tenant: "tenant"}

// Stage is a case's, with words for first days.
type Stage struct{ *stage.Stage }

// Shards is what the directory yields, each shard once.
func (e Stage) Shards() map[telemetry.Shard]journal.Registered {
	e.Helper()
	all := map[telemetry.Shard]journal.Registered{}
	for r, err := range e.Directory.Shards(e.Ctx) {
		e.OK(err, "shards")
		if _, twice := all[r.Shard]; twice {
			e.Errorf("%v is yielded twice", r.Shard)
		}
		all[r.Shard] = r
	}
	return all
}

// Advance moves a shard up, as of now.
func (e Stage) Advance(s telemetry.Shard, to telemetry.Day) {
	e.Helper()
	e.OK(e.Directory.Advance(e.Ctx, e.Shards()[s], to), "advance to %v", to)
}

// First is the first day of a shard that is registered.
func (e Stage) First(s telemetry.Shard) telemetry.Day {
	e.Helper()
	d, err := e.Directory.First(e.Ctx, s)
	e.OK(err, "first day")
	return d
}

// Register registers shards, and moves them up.
func Register(on *stage.Stage) {
	e := Stage{on}
	a, b := shard, telemetry.Shard{Tenant: shard.Tenant, Index: 1}
	_, err := e.Directory.First(e.Ctx, a)
	e.Kind(err, "first day of an unknown shard", fault.NotFound)
	if got := e.Shards(); len(got) != 0 {
		e.Errorf("a new directory knows %v", got)
	}
	e.OK(e.Directory.Register(e.Ctx, a, day), "register")
	first := e.First(a)
	if first > day {
		e.Errorf("the first day %v is after the day %v of the first stream", first, day)
	}
	e.OK(e.Directory.Register(e.Ctx, a, day+3), "register for a later day")
	e.OK(e.Directory.Register(e.Ctx, a, day), "register again")
	if got := e.First(a); got != first {
		e.Errorf("registering again moved the first day from %v to %v", first, got)
	}
	_, err = e.Directory.First(e.Ctx, b)
	e.Kind(err, "first day of the shard beside it", fault.NotFound)
	e.OK(e.Directory.Register(e.Ctx, b, day+1), "register another")
	e.Kind(e.Directory.Advance(e.Ctx, journal.Registered{Shard: telemetry.Shard{Tenant: "nobody"}}, day),
		"advance of an unknown shard", fault.NotFound)
	before := e.Shards()[a]
	for _, to := range []telemetry.Day{day + 5, day + 2, day + 5} { // up, down and to the same day
		e.Advance(a, to)
		e.OK(e.Directory.Advance(e.Ctx, before, to), "the same advance to %v again", to)
	}
	e.Kind(e.Directory.Register(e.Ctx, a, day+4), "register for a day that has passed", fault.Conflict)
	e.OK(e.Directory.Register(e.Ctx, a, day+5), "register for the first day")
	e.OK(e.Directory.Register(e.Ctx, a, day+6), "register for a later day")
	got := e.Shards()
	if len(got) != 2 || got[a].First != day+5 || e.First(a) != day+5 || got[b].First > day+1 ||
		got[b].First != e.First(b) {
		e.Errorf("the directory says %v", got)
	}
	for range e.Directory.Shards(e.Ctx) {
		break // a reader may stop
	}
}

// ClocksAhead registers and advances as callers do whose clocks are days ahead: whoever has the right day is not
// refused afterwards.
func ClocksAhead(on *stage.Stage) {
	e := Stage{on}
	now, err := e.Directory.Now(e.Ctx)
	e.OK(err, "now")
	today := telemetry.DayOf(now)
	e.OK(e.Directory.Register(e.Ctx, shard, today+30), "register for a day that is a month ahead")
	if first := e.First(shard); first >= today {
		e.Errorf("registered by a clock that is ahead, the first day is %v, and today %v", first, today)
	}
	e.OK(e.Directory.Register(e.Ctx, shard, today), "register for today")
	e.Advance(shard, today+30)
	if first := e.First(shard); first >= today {
		e.Errorf("advanced by a clock that is ahead, the first day is %v, and today %v", first, today)
	}
	e.OK(e.Directory.Register(e.Ctx, shard, today), "register for today again")
}

// Lower lowers first days, also to days that have passed.
func Lower(on *stage.Stage) {
	e := Stage{on}
	a, b := shard, telemetry.Shard{Tenant: shard.Tenant, Index: 1}
	e.OK(e.Directory.Lower(e.Ctx, a, day), "lower of an unknown shard")
	if got := e.First(a); got != day {
		e.Errorf("first heard of when it was lowered to %v, the first day is %v", day, got)
	}
	_, err := e.Directory.First(e.Ctx, b)
	e.Kind(err, "first day of the shard beside it", fault.NotFound)
	e.OK(e.Directory.Register(e.Ctx, a, day), "register for the first day")
	for _, step := range []struct{ to, want telemetry.Day }{{day + 3, day}, {day, day}, {day - 4, day - 4},
		{day - 4, day - 4}, {day - 2, day - 4}} {
		e.OK(e.Directory.Lower(e.Ctx, a, step.to), "lower to %v", step.to)
		if got := e.First(a); got != step.want {
			e.Errorf("lowered to %v, the first day is %v, want %v", step.to, got, step.want)
		}
	}
	e.Advance(a, day+5)
	e.Kind(e.Directory.Register(e.Ctx, a, day+1), "register for a day that has passed", fault.Conflict)
	e.OK(e.Directory.Lower(e.Ctx, a, day+1), "lower to a day that has passed")
	if got := e.First(a); got != day+1 || e.Shards()[a].First != got {
		e.Errorf("lowered to %v after it had passed, the first day is %v, and of all shards %v", day+1, got,
			e.Shards()[a])
	}
	e.OK(e.Directory.Register(e.Ctx, a, day+1), "register for a day that had passed and was lowered to")
	now, err := e.Directory.Now(e.Ctx)
	e.OK(err, "now")
	e.OK(e.Directory.Lower(e.Ctx, b, telemetry.DayOf(now)+30), "lower to a day that is a month ahead")
	if got := e.First(b); got >= telemetry.DayOf(now) {
		e.Errorf("lowered by a clock that is ahead, the first day is %v, and it is %v", got, now)
	}
	e.lowerExpired(a)
}

// lowerExpired lowers to a day that was given up.
func (e Stage) lowerExpired(s telemetry.Shard) {
	e.Helper()
	const old = day - 1200
	first := e.First(s)
	e.OK(e.Directory.Expire(e.Ctx, day), "expire")
	unknown := telemetry.Shard{Tenant: "unknown"}
	for _, of := range []telemetry.Shard{s, unknown} {
		e.Kind(e.Directory.Lower(e.Ctx, of, old), "lower to an expired day", fault.Conflict)
	}
	if got := e.First(s); got != first {
		e.Errorf("a refused lower moved the first day from %v to %v", first, got)
	}
	if _, known := e.Shards()[unknown]; known {
		e.Errorf("a refused lower registered a shard")
	}
	e.OK(e.Directory.Lower(e.Ctx, s, day), "lower to a day that was not given up")
}

// LowerRaces lets sweepers, each with what it read before, move a shard up while somebody lowers it: the day that was
// lowered to is never passed by one who had not looked since. What one reads afterwards it may move.
func LowerRaces(on *stage.Stage) {
	e := Stage{on}
	for i := range e.Rounds() {
		s := telemetry.Shard{Tenant: shard.Tenant, Index: uint16(i)}
		e.OK(e.Directory.Register(e.Ctx, s, day), "register")
		lowered := day - 1 // where it is already: only the version says that it was lowered
		if i%2 == 0 {
			e.Advance(s, day+2)
			lowered = day
		}
		before := e.Shards()[s]
		var moved [3]bool
		e.Each(len(moved)+1, func(actor int) error {
			if actor == len(moved) {
				return e.Directory.Lower(e.Ctx, s, lowered)
			}
			err := e.Directory.Advance(e.Ctx, before, day+4)
			moved[actor] = err == nil
			if fault.Is(err, fault.Conflict) {
				return nil
			}
			return err
		})
		if got := e.First(s); got != lowered {
			e.Errorf("lowered to %v while others advanced (%v), the first day is %v", lowered, moved, got)
		}
		e.Kind(e.Directory.Advance(e.Ctx, before, day+4), "advance with what was read before", fault.Conflict)
		e.Advance(s, day+4)
		if got := e.First(s); got != day+4 {
			e.Errorf("advanced by one who had looked, the first day is %v, want %v", got, day+4)
		}
	}
}
