package journaltest

import (
	"fmt"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/journal/journaltest/internal/stage"
)

// shards is what the directory yields, each shard once.
func (e *env) shards() map[telemetry.Shard]journal.Registered {
	e.Helper()
	all := map[telemetry.Shard]journal.Registered{}
	for r, err := range e.Directory.Shards(e.ctx) {
		e.ok(err, "shards")
		if _, twice := all[r.Shard]; twice {
			e.Errorf("%v is yielded twice", r.Shard)
		}
		all[r.Shard] = r
	}
	return all
}

// advance moves a shard up, as of now.
func (e *env) advance(s telemetry.Shard, to telemetry.Day) {
	e.Helper()
	e.ok(e.Directory.Advance(e.ctx, e.shards()[s], to), "advance to %v", to)
}

func (e *env) first(s telemetry.Shard) telemetry.Day {
	e.Helper()
	d, err := e.Directory.First(e.ctx, s)
	e.ok(err, "first day")
	return d
}

func register(e *env) {
	a, b := shard, telemetry.Shard{Tenant: shard.Tenant, Index: 1}
	_, err := e.Directory.First(e.ctx, a)
	e.kind(err, "first day of an unknown shard", fault.NotFound)
	if got := e.shards(); len(got) != 0 {
		e.Errorf("a new directory knows %v", got)
	}
	e.ok(e.Directory.Register(e.ctx, a, day), "register")
	first := e.first(a)
	if first > day {
		e.Errorf("the first day %v is after the day %v of the first stream", first, day)
	}
	e.ok(e.Directory.Register(e.ctx, a, day+3), "register for a later day")
	e.ok(e.Directory.Register(e.ctx, a, day), "register again")
	if got := e.first(a); got != first {
		e.Errorf("registering again moved the first day from %v to %v", first, got)
	}
	_, err = e.Directory.First(e.ctx, b)
	e.kind(err, "first day of the shard beside it", fault.NotFound)
	e.ok(e.Directory.Register(e.ctx, b, day+1), "register another")
	e.kind(e.Directory.Advance(e.ctx, journal.Registered{Shard: telemetry.Shard{Tenant: "nobody"}}, day),
		"advance of an unknown shard", fault.NotFound)
	before := e.shards()[a]
	for _, to := range []telemetry.Day{day + 5, day + 2, day + 5} { // up, down and to the same day
		e.advance(a, to)
		e.ok(e.Directory.Advance(e.ctx, before, to), "the same advance to %v again", to)
	}
	e.kind(e.Directory.Register(e.ctx, a, day+4), "register for a day that has passed", fault.Conflict)
	e.ok(e.Directory.Register(e.ctx, a, day+5), "register for the first day")
	e.ok(e.Directory.Register(e.ctx, a, day+6), "register for a later day")
	got := e.shards()
	if len(got) != 2 || got[a].First != day+5 || e.first(a) != day+5 || got[b].First > day+1 ||
		got[b].First != e.first(b) {
		e.Errorf("the directory says %v", got)
	}
	for range e.Directory.Shards(e.ctx) {
		break // a reader may stop
	}
}

// clocksAhead registers and advances as callers do whose clocks are days ahead: whoever has the right day is not
// refused afterwards.
func clocksAhead(e *env) {
	now, err := e.Directory.Now(e.ctx)
	e.ok(err, "now")
	today := telemetry.DayOf(now)
	e.ok(e.Directory.Register(e.ctx, shard, today+30), "register for a day that is a month ahead")
	if first := e.first(shard); first >= today {
		e.Errorf("registered by a clock that is ahead, the first day is %v, and today %v", first, today)
	}
	e.ok(e.Directory.Register(e.ctx, shard, today), "register for today")
	e.advance(shard, today+30)
	if first := e.first(shard); first >= today {
		e.Errorf("advanced by a clock that is ahead, the first day is %v, and today %v", first, today)
	}
	e.ok(e.Directory.Register(e.ctx, shard, today), "register for today again")
}

func directoryRaces(e *env) {
	var won [5]bool
	place := func(i int) journal.Place {
		return journal.Place{Region: "east", Generation: fmt.Sprint("generation ", i)}.Whole()
	}
	e.Each(len(won), func(i int) error {
		err := e.Directory.Init(e.ctx, place(i))
		if won[i] = err == nil; !won[i] && !fault.Is(err, fault.Conflict) {
			return err
		}
		return nil
	})
	got, err := e.Journal.Identity(e.ctx)
	e.ok(err, "identity")
	for i := range won {
		if won[i] != got.Equal(place(i)) {
			e.Errorf("init %d succeeded: %v; the place is %+v", i, won[i], got)
		}
	}
	for i := range e.Rounds() {
		s := telemetry.Shard{Tenant: shard.Tenant, Index: uint16(i)}
		e.Each(4, func(int) error { return e.Directory.Register(e.ctx, s, day) })
		r, advanced := e.shards()[s], day-1
		var to [4]telemetry.Day
		e.Each(len(to), func(k int) error {
			err := e.Directory.Advance(e.ctx, r, day+telemetry.Day(k))
			if fault.Is(err, fault.Conflict) { // another was faster
				return nil
			}
			to[k] = day + telemetry.Day(k)
			return err
		})
		for _, reached := range to {
			advanced = max(advanced, reached)
		}
		if got := e.first(s); got != advanced || got < day {
			e.Errorf("advanced to at most %v, the first day is %v", advanced, got)
		}
	}
}

// expire works with days so far apart that they share no period, however long it is.
func expire(e *env) {
	const old = day - 1200
	e.ok(e.Directory.Prepare(e.ctx, old), "prepare")
	e.ok(e.Directory.Prepare(e.ctx, old), "prepare again")
	past := telemetry.Stream{Shard: shard, Day: old, Writer: writer(1)}
	present := numbered(2)
	e.append(past, 1, 2)
	e.append(present, 1)
	gone := func(what string) {
		e.Helper()
		e.holds(past, 0)
		if ix := e.index(shard, old); len(ix.Streams) != 0 {
			e.Errorf("%s: the index of an expired day lists %+v", what, ix.Streams)
		}
		e.kind(e.Directory.Prepare(e.ctx, old), what+": prepare of an expired day", fault.Conflict)
	}
	for _, before := range []telemetry.Day{day, day, old - 10} {
		e.ok(e.Directory.Expire(e.ctx, before), "expire")
		gone("after Expire")
	}
	late := telemetry.Stream{Shard: shard, Day: old, Writer: writer(3)}
	for _, s := range []telemetry.Stream{past, late} {
		for n := telemetry.Number(1); n <= 3; n++ {
			if e.try(s, n, blockOf(s, n)) == nil {
				e.Errorf("an append to an expired day succeeded: %v %d", s, n)
			}
		}
	}
	e.kind(e.Journal.Drop(e.ctx, past, 1), "drop in an expired day", fault.NotFound)
	gone("after late appends")
	e.append(present, 2)
	e.holds(present, 0, 1, 2)
	e.ok(e.Directory.Prepare(e.ctx, day+1000), "prepare of a day ahead")
	e.append(telemetry.Stream{Shard: shard, Day: day + 1000, Writer: writer(4)}, 1)
}

// names lets tenants whose names are nearly equal use one writer's name: none meets another.
func names(e *env) {
	var all []telemetry.Stream
	for _, name := range stage.Names() {
		of := telemetry.Shard{Tenant: telemetry.Tenant(name)}
		all = append(all, telemetry.Stream{Shard: of, Day: day, Writer: writer(1)})
	}
	for _, i := range []uint16{1, 10, 11, 256, 65535} {
		all = append(all, telemetry.Stream{Shard: telemetry.Shard{Tenant: "t1", Index: i}, Day: day, Writer: writer(1)})
	}
	all = append(all, telemetry.Stream{Shard: telemetry.Shard{Tenant: "t1"}, Day: day + 1, Writer: writer(1)})
	for i, s := range all {
		e.ok(e.Directory.Register(e.ctx, s.Shard, day+telemetry.Day(i+10)), "register of %q", s.Shard.Tenant)
		e.append(s, 1, 2)
	}
	for i, s := range all {
		if i%3 == 0 {
			e.drop(s, 1)
		}
		if i%3 == 1 {
			e.end(s)
		}
	}
	shards, asked := e.shards(), map[telemetry.Shard]bool{}
	for i, s := range all {
		asked[s.Shard] = true
		want := opened(s, 0)
		if i%3 == 1 {
			want = ended(s, 0)
		}
		after := telemetry.Number(0)
		if i%3 == 0 {
			want.Mark, after = 1, 1
		}
		if ix := e.index(s.Shard, s.Day); len(ix.Streams) != 1 {
			e.Errorf("the index of %.60q lists %+v", s.Shard.Tenant, ix.Streams)
		}
		e.is(want)
		e.holds(s, after, numbers(after+1, 2)...)
		if r, ok := shards[s.Shard]; !ok || r.First != e.first(s.Shard) {
			e.Errorf("the directory says of %.60q: %v, %v", s.Shard.Tenant, r, ok)
		}
	}
	if len(shards) != len(asked) {
		e.Errorf("the directory knows %d shards, %d were registered", len(shards), len(asked))
	}
}
