package continuity

import (
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/ports/journal"
)

// CheckPair holds what the identity rows of two journals say against each other and against the regions that they are
// taken for: fault.Conflict says what does not fit. A row that could not be read is nil.
func CheckPair(of [2]region.Name, places [2]*journal.Place) error {
	const op = "continuity.pairing"
	for i, place := range places {
		peer := places[other(i)]
		switch {
		case place == nil:
			continue
		case CheckRegion(of[i], *place) != nil:
			return CheckRegion(of[i], *place)
		case CheckRetired(place, peer) != nil:
			return CheckRetired(place, peer)
		case CheckRetired(peer, place) != nil:
			return CheckRetired(peer, place)
		case place.Peer == journal.Peer{}:
			return fault.New(fault.Conflict, op, "the journal of region %q is not one of a pair: run `tidemark init` "+
				"once with both journals", place.Region)
		case CheckPeer(*place, of[other(i)]) != nil:
			return CheckPeer(*place, of[other(i)])
		case peer != nil && place.Peer.Generation != peer.Generation:
			return fault.New(fault.Conflict, op, "the journal of region %q belongs with generation %s of region %q, "+
				"and the one that is named is generation %s: name the one that it belongs with", place.Region,
				place.Peer.Generation, peer.Region, peer.Generation)
		case peer != nil && place.Whole().Bound != peer.Whole().Bound:
			return fault.New(fault.Conflict, op, "the journals were initialised with the bounds %s and %s",
				place.Whole().Bound, peer.Whole().Bound)
		}
	}
	return nil
}

// CheckRetired refuses a journal that another one says was retired: what came into it since is in no journal that
// counts. Either may be nil.
func CheckRetired(says, of *journal.Place) error {
	if says == nil || of == nil {
		return nil
	}
	at, retired := says.Gave(journal.Peer{Region: of.Region, Generation: of.Generation})
	if !retired {
		return nil
	}
	return fault.New(fault.Conflict, "continuity.retired", "the journal of region %q that is named (generation %s) "+
		"was retired at %s, and is none of the storage's any more: empty its account (delete its tables and queues) "+
		"or take another one, and run `tidemark init` once with both journals: that makes a new one", of.Region,
		of.Generation,
		at.UTC().Format(time.RFC3339))
}

// CheckRegion refuses a journal that is named for another region than its own.
func CheckRegion(of region.Name, place journal.Place) error {
	if place.Region == string(of) {
		return nil
	}
	return fault.New(fault.Conflict, "continuity.pairing", "the journal that is named for region %q is that of region "+
		"%q: are two of them exchanged, or is one named twice?", of, place.Region)
}

// CheckPeer refuses a journal that belongs with one of another region than the other that is named.
func CheckPeer(place journal.Place, other region.Name) error {
	if place.Peer.Region == string(other) {
		return nil
	}
	return fault.New(fault.Conflict, "continuity.pairing", "the journal of region %q belongs with one of region %q, "+
		"and the other that is named is that of region %q: name the one that it belongs with", place.Region,
		place.Peer.Region, other)
}
