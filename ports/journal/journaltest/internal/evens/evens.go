// Package evens is what the journal's proof asks of the times up to which a journal and its peers are the same.
package evens

import (
	"fmt"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/journal"
	"tidemark/ports/journal/journaltest/internal/stage"
)

var peer = journal.Peer{Region: "west", Generation: "W1"}

// opened is the stage with a journal that is one of a pair, and its clock.
func opened(e *stage.Stage) time.Time {
	e.Helper()
	e.OK(e.Directory.Init(e.Ctx, journal.Place{Region: "east", Generation: "E1", Peer: peer}), "init")
	now, err := e.Directory.Now(e.Ctx)
	e.OK(err, "now")
	return now
}

// is checks the time of a pair.
func is(e *stage.Stage, when string, with journal.Peer, want time.Time) {
	e.Helper()
	got, err := e.Directory.Even(e.Ctx, with)
	e.OK(err, "even")
	now, err := e.Directory.Now(e.Ctx)
	e.OK(err, "now")
	if !got.Time.Equal(want) || got.At.Before(want) || got.At.After(now) {
		e.Errorf("%s: it is %v at %v, want %v at %v", when, got.Time, got.At, want, now)
	}
}

// Rise sets times, later ones and earlier ones: the time of a pair never falls, and none is later than the clock.
func Rise(e *stage.Stage) {
	now := opened(e)
	_, err := e.Directory.Even(e.Ctx, peer)
	e.Kind(err, "even before any was set", fault.NotFound)
	latest := now.Add(-time.Hour)
	for i, ago := range []time.Duration{time.Hour, time.Hour, 59 * time.Minute, 2 * time.Hour, time.Nanosecond, 0} {
		to := now.Add(-ago)
		e.OK(e.Directory.SetEven(e.Ctx, peer, to), "set even to %v ago", ago)
		if to.After(latest) {
			latest = to
		}
		is(e, fmt.Sprint("after time ", i), peer, latest)
	}
	e.Pass(2 * time.Second)
	e.Kind(e.Directory.SetEven(e.Ctx, peer, now.Add(time.Hour)), "set even to later than now", fault.Conflict)
	is(e, "after a refusal", peer, latest)
	for what, with := range map[string]journal.Peer{"region": {Generation: "W1"}, "generation": {Region: "west"}} {
		e.Kind(e.Directory.SetEven(e.Ctx, with, now), "set even with a peer without a "+what, fault.Invalid)
	}
	e.Kind(e.Directory.SetEven(e.Ctx, peer, time.Time{}), "set even to no time", fault.Invalid)
	is(e, "after refusals", peer, latest)
}

// Pairs gives each of several pairs a time of its own; their names could be mistaken for one another.
func Pairs(e *stage.Stage) {
	now := opened(e)
	names := stage.Names()
	with := func(i int) journal.Peer {
		return journal.Peer{Region: names[i], Generation: names[len(names)-1-i] + ","}
	}
	for i := range names {
		_, err := e.Directory.Even(e.Ctx, with(i))
		e.Kind(err, fmt.Sprintf("even with %.60q", names[i]), fault.NotFound)
		e.OK(e.Directory.SetEven(e.Ctx, with(i), now.Add(-time.Duration(i)*time.Minute)), "set even")
	}
	for i := range names {
		is(e, fmt.Sprintf("with %.60q", names[i]), with(i), now.Add(-time.Duration(i)*time.Minute))
	}
}

// Races lets several set the time at once: the latest stays.
func Races(e *stage.Stage) {
	now := opened(e)
	for round := range min(e.Rounds(), 10) {
		const many = 4
		at := func(i int) time.Time { return now.Add(time.Duration(round*many+i-1000) * time.Second) }
		e.Each(many, func(i int) error { return e.Directory.SetEven(e.Ctx, peer, at(i)) })
		is(e, fmt.Sprint("after round ", round), peer, at(many-1))
	}
}
