package membership

import (
	"cmp"
	"context"
	"errors"

	"time"

	"tidemark/domain/continuity"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/sweep"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// Joining makes the journals of two regions a pair. It may be cut short at any moment, and several may do it at once,
// from either region: then it is done again, and goes by what is there.
//
// One journal is the first: it has what the storage had before there were two. The other joins it as unfilled, and is
// read without the first only when it has had every block of it. It names the first before the first names it, so that
// until then the first is what it was. What the first has retired it has, too: whoever is given either knows it.
type Joining struct {
	Sites [2]journal.Site
	Bound time.Duration // of both
	Names func() string // a new generation at each call
}

// First is the place among the sites of the first journal, with its identity. Where neither region has a journal it
// makes one, in the region whose name comes first, whoever asks. Journals that cannot be a pair are fault.Conflict.
func (j Joining) First(ctx context.Context) (int, journal.Place, error) {
	places, err := j.read(ctx)
	if err != nil {
		return 0, journal.Place{}, err
	}
	first, err := j.first(places)
	if err != nil || places[first] != nil {
		return first, value(places[first]), err
	}
	place, err := j.make(ctx, first, journal.Place{})
	return first, place, err
}

// Join has the other journal join the first, and both say the key that signs cursors. It gives both identities.
func (j Joining) Join(ctx context.Context, first int, cursorKey []byte) (out [2]journal.Place, err error) {
	places, err := j.read(ctx)
	if err != nil {
		return out, err
	}
	if places[first] == nil {
		return out, fault.New(fault.NotFound, "init", "the journal of region %q is gone", j.Sites[first].Region)
	}
	if again, err := j.first(places); err != nil || again != first { // somebody else was here meanwhile
		return out, cmp.Or(err, unlessRaced(fault.New(fault.Conflict, "init", "another journal is the first")))
	}
	other := 1 - first
	if places[other] == nil {
		place, err := j.make(ctx, other, journal.Place{Unfilled: true, CursorKey: string(cursorKey),
			Shards: places[first].Shards, Retired: places[first].Retired,
			Peer: journal.Peer{Region: places[first].Region, Generation: places[first].Generation}})
		if err != nil {
			return out, err
		}
		places[other] = &place
	}
	for _, i := range []int{other, first} {
		to := places[i].Whole()
		if to.CursorKey = cmp.Or(to.CursorKey, string(cursorKey)); i == first && to.Peer == (journal.Peer{}) {
			to.Peer = journal.Peer{Region: places[other].Region, Generation: places[other].Generation}
		}
		if to.Equal(*places[i]) {
			continue
		}
		if err := j.Sites[i].Directory.Change(ctx, *places[i], to); err != nil {
			return out, unlessRaced(err)
		}
		places[i] = &to
	}
	return [2]journal.Place{*places[0], *places[1]}, j.fit(places)
}

// read reads both identities; nil of one that was never initialised. Each has to be of its region.
func (j Joining) read(ctx context.Context) (places [2]*journal.Place, err error) {
	for i, site := range j.Sites {
		place, err := site.Journal.Identity(ctx)
		switch {
		case fault.Is(err, fault.NotFound):
		case err != nil:
			return places, fault.Wrap(fault.Unavailable, "init", err)
		case continuity.CheckRegion(site.Region, place) != nil:
			return places, continuity.CheckRegion(site.Region, place)
		default:
			places[i] = &place
		}
	}
	return places, nil
}

// first is the place of the first journal, which may be none yet.
func (j Joining) first(places [2]*journal.Place) (int, error) {
	lesser := 0
	if j.Sites[1].Region < j.Sites[0].Region {
		lesser = 1
	}
	for i, place := range places {
		other := places[1-i]
		switch {
		case place == nil:
		case other == nil && place.Peer != journal.Peer{}:
			return 0, fault.New(fault.Conflict, "init", "the journal of region %q belongs with generation %s of "+
				"region %q, and there is no journal in that account: it was emptied, or it is another account. Name "+
				"the one that it was. If that is lost for good, run `tidemark retire` first", place.Region,
				place.Peer.Generation, place.Peer.Region)
		case other == nil:
			return i, j.boundOf(place)
		}
	}
	if places[0] == nil {
		return lesser, nil
	}
	for i, place := range places {
		if err := continuity.CheckRetired(place, places[1-i]); err != nil {
			return 0, err
		}
	}
	for i, place := range places { // the other one has joined it, and it has not said so yet
		if free(place) && places[1-i].Peer == (journal.Peer{Region: place.Region, Generation: place.Generation}) {
			return i, j.boundOf(place)
		}
	}
	if free(places[0]) && free(places[1]) {
		return 0, fault.New(fault.Conflict, "init", "the journals of both regions were used without one another: a "+
			"pair is made of the journal that a storage has and a new one, so name an account that holds no journal")
	}
	if places[lesser].Unfilled {
		lesser = 1 - lesser
	}
	return lesser, j.fit(places)
}

// free reports whether a journal may be joined: it has no peer, and never had one or gave it up.
func free(place *journal.Place) bool { return place.Peer == journal.Peer{} && !place.Unfilled }

// fit refuses journals that are no pair.
func (j Joining) fit(places [2]*journal.Place) error {
	of := [2]region.Name{j.Sites[0].Region, j.Sites[1].Region}
	if places[0].Peer == (journal.Peer{}) { // the other says more of what is wrong
		of, places = [2]region.Name{of[1], of[0]}, [2]*journal.Place{places[1], places[0]}
	}
	return cmp.Or(continuity.CheckPair(of, places), j.boundOf(places[0]))
}

// boundOf refuses a journal with another bound.
func (j Joining) boundOf(place *journal.Place) error {
	if mine := (journal.Place{Bound: j.Bound}).Whole().Bound; place.Whole().Bound != mine {
		return fault.New(fault.Conflict, "init", "the journal was initialised with --accept-bound %s and this is %s: "+
			"give --accept-bound %[1]s", place.Whole().Bound, mine)
	}
	return nil
}

// make initialises a journal. Of several who do one wins.
func (j Joining) make(ctx context.Context, at int, as journal.Place) (journal.Place, error) {
	as.Region, as.Generation, as.Bound = string(j.Sites[at].Region), j.Names(), j.Bound
	err := j.Sites[at].Directory.Init(ctx, as)
	if err == nil || fault.Is(err, fault.Conflict) {
		return j.Sites[at].Journal.Identity(ctx)
	}
	return as, err
}

// fillRounds is how many rounds see that a journal without traffic has what its peer has: one that finds what is
// missing, one that copies it, and one that sees that it is there.
const fillRounds = 3

// Fill makes both journals the same, if that is a matter of a few rounds, and has the one that joined say that it is
// filled. Where it is not, whoever sweeps goes on with it. It reports whether both are.
func (j Joining) Fill(ctx context.Context, s sched.Scheduler) (bool, error) {
	c := continuity.New(continuity.Config{Unfilled: func() bool { return true }}, j.Sites[0], j.Sites[1], s)
	for n := 0; ; n++ {
		places, err := j.read(ctx)
		if err != nil {
			return false, err
		}
		filled := places[0] != nil && places[1] != nil && !places[0].Unfilled && !places[1].Unfilled
		if filled || n == fillRounds {
			return filled, nil
		}
		if _, err := c.Sweep(ctx); err != nil && !errors.Is(err, sweep.ErrLost) { // that is the workers' to tell
			return false, err
		}
	}
}

// value is the identity that may be there.
func value(p *journal.Place) journal.Place {
	if p == nil {
		return journal.Place{}
	}
	return *p
}
