package journaltest

import (
	"fmt"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/journal/journaltest/internal/firsts"
	"tidemark/ports/journal/journaltest/internal/stage"
)

// firsts is the case's stage for first days.
func (e *env) firsts() firsts.Stage { return firsts.Stage{Stage: &e.Stage} }

// shards is what the directory yields, each shard once.
func (e *env) shards() map[telemetry.Shard]journal.Registered { return e.firsts().Shards() }

// advance moves a shard up, as of now.
func (e *env) advance(s telemetry.Shard, to telemetry.Day) { e.firsts().Advance(s, to) }

func (e *env) first(s telemetry.Shard) telemetry.Day { return e.firsts().First(s) }

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
