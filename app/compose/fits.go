package compose

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/journal"
)

// fits refuses a journal that is not the one which the node is configured for.
func (c Config) fits(place journal.Place) error {
	if err := rightRegion(place, c.journalRegion()); err != nil {
		return err
	}
	if err := alone(place); err != nil {
		return err
	}
	return rightBound(place, c.Writing.Bound)
}

// alone refuses a journal that is one of two. A node that is given one of them writes to it alone: what it acknowledged
// would be in no other, and it would drop and raise floors by what it sees of one.
func alone(place journal.Place) error {
	switch {
	case place.Peer == journal.Peer{} && !place.Unfilled: // it never had one, or gave it up
		return nil
	case place.Peer == journal.Peer{}:
		return fault.New(fault.Conflict, "init", "the journal of region %q joined another and has not had "+
			"everything of it", place.Region)
	}
	return fault.New(fault.Conflict, "init", "the journal of region %q belongs with one of region %q: name that "+
		"too, with --peer-journal-account, --peer-journal-key and --peer-journal-region. If it is lost for good, run "+
		"`tidemark retire` once", place.Region, place.Peer.Region)
}

// nobodyJoined reports whether the only journal that a node knows has no other beside it: nodes that know of one may
// have acknowledged as one what is there alone. A journal that does not say so counts as joined.
func nobodyJoined(j journal.Journal) func(context.Context) bool {
	return func(ctx context.Context) bool {
		place, err := j.Identity(ctx)
		return err == nil && alone(place) == nil
	}
}

// rightBound holds a node to the bound that the journal was initialised with. One that acknowledges later than
// another raises floors would acknowledge what such a floor declares included already, and compaction would drop it
// unfolded.
func rightBound(place journal.Place, mine time.Duration) error {
	if place.Bound == mine {
		return nil
	}
	return fault.New(fault.Conflict, "init", "the journal was initialised with --accept-bound %s and this node has "+
		"%s: start every node with --accept-bound %s; for another bound begin a new storage", place.Bound, mine,
		place.Bound)
}

func rightRegion(place journal.Place, region string) error {
	if place.Region == region {
		return nil
	}
	return fault.New(fault.Conflict, "init", "the journal is that of region %q and this node looks for one of "+
		"region %q: give it --region %s, the journal of its own region, or --journal-region %s",
		place.Region, region, place.Region, place.Region)
}
