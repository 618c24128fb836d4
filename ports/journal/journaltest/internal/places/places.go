// Package places is what the journal's proof asks of identities.
package places

import (
	"fmt"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/journal"
	"tidemark/ports/journal/journaltest/internal/stage"
)

// Identity writes an identity once.
func Identity(e *stage.Stage) {
	_, err := e.Journal.Identity(e.Ctx)
	e.Kind(err, "identity before init", fault.NotFound)
	place := journal.Place{Region: "east", Generation: "01KDVDNJ00", Bound: 90 * time.Second}
	for range 2 {
		e.OK(e.Directory.Init(e.Ctx, place), "init")
		got, err := e.Journal.Identity(e.Ctx)
		e.OK(err, "identity")
		if !got.Equal(place) {
			e.Errorf("identity is %+v, want %+v", got, place)
		}
	}
	for _, other := range []func(*journal.Place){
		func(p *journal.Place) { p.Region = "west" },
		func(p *journal.Place) { p.Generation = "01KDVDNJ01" },
		func(p *journal.Place) { p.Bound = time.Minute },
		func(p *journal.Place) { p.Bound = 0 },
	} {
		p := place
		other(&p)
		e.Kind(e.Directory.Init(e.Ctx, p), fmt.Sprintf("init with another place, %+v", p), fault.Conflict)
	}
	if got, err := e.Journal.Identity(e.Ctx); !got.Equal(place) || err != nil {
		e.Errorf("after refusals identity is %+v, %v", got, err)
	}
}

// Unbound leaves the bound of a journal to the port.
func Unbound(e *stage.Stage) {
	place := journal.Place{Region: "east", Generation: "01KDVDNJ00"}
	for range 2 {
		e.OK(e.Directory.Init(e.Ctx, place), "init without a bound")
		got, err := e.Journal.Identity(e.Ctx)
		e.OK(err, "identity")
		if !got.Equal(place) || got.Bound != journal.DefaultBound {
			e.Errorf("identity is %+v, want %+v", got, place.Whole())
		}
	}
	e.OK(e.Directory.Init(e.Ctx, place.Whole()), "init with the bound that it has")
	place.Bound = time.Hour
	e.Kind(e.Directory.Init(e.Ctx, place), "init with another bound", fault.Conflict)
}

// retired is when a journal of a case was retired.
var retired = time.Date(2026, 11, 30, 12, 0, 0, 123_456_700, time.UTC)

// initialised writes an identity, and gives it.
func initialised(e *stage.Stage, p journal.Place) journal.Place {
	e.Helper()
	e.OK(e.Directory.Init(e.Ctx, p), "init")
	return p
}

// placed checks the identity.
func placed(e *stage.Stage, what string, want journal.Place) {
	e.Helper()
	got, err := e.Journal.Identity(e.Ctx)
	e.OK(err, "identity")
	if !got.Equal(want) {
		e.Errorf("%s: the identity is %+v, want %+v", what, got, want)
	}
}

// Paired is the place with a peer.
func Paired(p journal.Place, generation string) journal.Place {
	p.Peer = journal.Peer{Region: "west", Generation: generation}
	return p
}

// gaveUp is the place without its peer, which was retired.
func gaveUp(p journal.Place) journal.Place {
	p = p.Whole()
	at := retired.Add(time.Duration(len(p.Retired)) * time.Hour)
	p.Retired = append(p.Retired, journal.Retired{Peer: p.Peer, At: at})
	p.Peer, p.Unfilled = journal.Peer{}, false
	return p
}

// Change pairs a journal, retires the peer and pairs it again, each step also from an identity of before, and again.
func Change(e *stage.Stage) {
	alone := journal.Place{Region: "east", Generation: "E1"}
	e.Kind(e.Directory.Change(e.Ctx, alone, Paired(alone, "W1")), "change before init", fault.NotFound)
	initialised(e, alone)
	steps := []journal.Place{alone, Paired(alone, "W1")}
	steps = append(steps, gaveUp(steps[1]))
	unfilled := Paired(steps[2], "W2")
	unfilled.Unfilled = true
	filled := unfilled
	filled.Unfilled = false
	keyed, counted := filled, filled
	keyed.CursorKey = "\x00\xff,|key"
	counted.CursorKey, counted.Shards = keyed.CursorKey, 1024
	steps = append(steps, unfilled, filled, keyed, counted, gaveUp(counted))
	for i := 1; i < len(steps); i++ {
		for k := range i - 1 {
			e.Kind(e.Directory.Change(e.Ctx, steps[k], steps[i]), "change of an identity of before", fault.Conflict)
			placed(e, "after a refusal", steps[i-1])
		}
		for _, again := range []string{"", " again"} {
			e.OK(e.Directory.Change(e.Ctx, steps[i-1].Whole(), steps[i]), "change%s", again)
			placed(e, fmt.Sprint("step ", i, again), steps[i])
		}
		e.OK(e.Directory.Init(e.Ctx, steps[i]), "init with what the journal is")
		e.Kind(e.Directory.Init(e.Ctx, steps[i-1]), "init with what it was", fault.Conflict)
	}
}

// Refused asks for what no identity can be.
func Refused(e *stage.Stage) {
	half, near := journal.Place{Region: "east", Generation: "E1"}, journal.Place{Region: "east", Generation: "E1"}
	half.Peer.Region = "west"
	near.Peer = journal.Peer{Region: "east", Generation: "E2"}
	nameless := journal.Place{Region: "east", Generation: "E1", Retired: []journal.Retired{{At: retired}}}
	timeless := gaveUp(Paired(journal.Place{Region: "east", Generation: "E1"}, "W1"))
	timeless.Retired[0].At = time.Time{}
	counted := journal.Place{Region: "east", Generation: "E1", Shards: 1}
	keyed := journal.Place{Region: "east", Generation: "E1", CursorKey: "k"}
	bad := []journal.Place{half, near, nameless, timeless, counted, keyed}
	for _, p := range bad {
		e.Kind(e.Directory.Init(e.Ctx, p), fmt.Sprintf("init as %+v", p), fault.Invalid)
	}
	place := gaveUp(Paired(journal.Place{Region: "east", Generation: "E1", Bound: time.Minute}, "W1"))
	place.Shards, place.CursorKey = 2, "k"
	initialised(e, place)
	for what, f := range map[string]func(*journal.Place){
		"another region":     func(p *journal.Place) { p.Region = "north" },
		"another generation": func(p *journal.Place) { p.Generation = "E2" },
		"another bound":      func(p *journal.Place) { p.Bound = time.Hour },
		"no bound":           func(p *journal.Place) { p.Bound = 0 },
		"nothing retired":    func(p *journal.Place) { p.Retired = nil },
		"another retired":    func(p *journal.Place) { p.Retired[0].Generation = "W9" },
		"retired later":      func(p *journal.Place) { p.Retired[0].At = retired.Add(time.Second) },
		"other shards":       func(p *journal.Place) { p.Shards = 3 },
		"no shards":          func(p *journal.Place) { p.Shards = 0 },
		"another key":        func(p *journal.Place) { p.CursorKey = "l" },
		"no key":             func(p *journal.Place) { p.CursorKey = "" },
		"a peer at home":     func(p *journal.Place) { p.Peer = near.Peer },
		"half a peer":        func(p *journal.Place) { p.Peer = half.Peer },
	} {
		to := place.Whole()
		f(&to)
		e.Kind(e.Directory.Change(e.Ctx, place, to), "change to "+what, fault.Invalid)
		placed(e, "after a change to "+what, place)
	}
}

// Names has names that an encoding could mistake, and lists that are changed after they were given or taken.
func Names(e *stage.Stage) {
	p := initialised(e, journal.Place{Region: "ea,st ü\"", Generation: "|0,1"})
	for i, name := range stage.Names() {
		next := p.Whole()
		next.Peer = journal.Peer{Region: name, Generation: name + ","}
		e.OK(e.Directory.Change(e.Ctx, p, next), "change to the peer %q", name)
		placed(e, "named", next)
		p = gaveUp(next)
		e.OK(e.Directory.Change(e.Ctx, next, p), "change to %q retired", name)
		given := p.Whole()
		placed(e, "retired", p)
		got, err := e.Journal.Identity(e.Ctx)
		e.OK(err, "identity")
		got.Retired[0].Generation = "changed by who took it"
		p.Retired[0].Generation = "changed by who gave it"
		placed(e, "after others changed their lists", given)
		p = given
		if i%8 == 7 {
			e.Fresh()
			p = initialised(e, journal.Place{Region: "east", Generation: name})
		}
	}
}

// Races lets several give one journal a peer: one of them does.
func Races(e *stage.Stage) {
	p := initialised(e, journal.Place{Region: "east", Generation: "E1"})
	for round := range min(e.Rounds(), 10) {
		var won [4]bool
		to := func(i int) journal.Place { return Paired(p, fmt.Sprint("W", round, i)) }
		e.Each(len(won), func(i int) error {
			err := e.Directory.Change(e.Ctx, p, to(i))
			if won[i] = err == nil; !won[i] && !fault.Is(err, fault.Conflict) {
				return err
			}
			return nil
		})
		got, err := e.Journal.Identity(e.Ctx)
		e.OK(err, "identity")
		for i := range won {
			if won[i] != got.Equal(to(i)) {
				e.Errorf("change %d succeeded: %v; the identity is %+v", i, won[i], got)
			}
		}
		p = got
	}
}
