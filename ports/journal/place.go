package journal

import (
	"slices"
	"time"

	"tidemark/domain/fault"
)

// Place is what a journal proves about itself: its region, the generation that an explicit init gave it, the bound that
// all who write to it and all who raise its floors have agreed on, and which journals it belongs with.
type Place struct {
	Region     string
	Generation string
	// Bound is the longest time between a block's stamp and its being stored for which it is acknowledged; zero
	// stands for DefaultBound. One who wrote with a longer bound than another raises floors with would acknowledge
	// what counts as included already, and is not.
	Bound time.Duration
	// Peer is the journal of the other region. None: this one is the only one.
	Peer Peer
	// Unfilled says that the journal was made to join its peer and has not had every block of it yet: until then it
	// speaks for nothing alone.
	Unfilled bool
	// Retired are the journals that were peers and were given up for good, the first first.
	Retired []Retired
	// Shards and CursorKey are what nodes otherwise read from an account, so that they start where none answers: how
	// many shards every tenant has, 0 as long as nobody has said it, and the bytes that sign cursors. Only a journal
	// that is not alone has them.
	Shards    int
	CursorKey string
}

// Peer names a journal from another: a region, and which journal of it. The zero value is none.
type Peer struct{ Region, Generation string }

// Retired is a journal that was given up, and when that was recorded, by the clock of the storage that recorded it.
type Retired struct {
	Peer
	At time.Time
}

// DefaultBound is the bound of a journal that was initialised without one, or before bounds were written down.
const DefaultBound = 2 * time.Minute

// Whole is the place with its bound, and with a list of its own, by which places are compared and kept.
func (p Place) Whole() Place {
	if p.Bound == 0 {
		p.Bound = DefaultBound
	}
	p.Retired = slices.Clone(p.Retired)
	return p
}

// Equal reports whether two places say the same. A bound that stands for the default is that.
func (p Place) Equal(o Place) bool {
	p, o = p.Whole(), o.Whole()
	return p.journal() == o.journal() && p.Peer == o.Peer && p.Unfilled == o.Unfilled &&
		p.Shards == o.Shards && p.CursorKey == o.CursorKey &&
		slices.EqualFunc(p.Retired, o.Retired, Retired.equal)
}

func (r Retired) equal(o Retired) bool { return r.Peer == o.Peer && r.At.Equal(o.At) }

// journal is what stays of a place for ever.
func (p Place) journal() (j struct {
	Peer
	Bound time.Duration
}) {
	j.Peer, j.Bound = Peer{p.Region, p.Generation}, p.Whole().Bound
	return j
}

// Alone reports whether the journal is the only one and always was. A program that knows no peers may use such a one,
// and adapters write its identity so that no other is mistaken for one.
func (p Place) Alone() bool { return p.Peer == Peer{} && !p.Unfilled && len(p.Retired) == 0 }

// RetiredSince reports whether a journal beside this one was given up later than a time.
func (p Place) RetiredSince(t time.Time) bool {
	return slices.ContainsFunc(p.Retired, func(r Retired) bool { return r.At.After(t) })
}

// Gave is when another journal was given up; known is false of one that was not.
func (p Place) Gave(up Peer) (at time.Time, known bool) {
	for _, r := range p.Retired {
		if r.Peer == up {
			return r.At, true
		}
	}
	return time.Time{}, false
}

// Check refuses a place that cannot be: with half a peer, a peer in its own region, or one that was retired without a
// name or a time.
func (p Place) Check(op string) error {
	for _, r := range p.Retired {
		if r.Region == "" || r.Generation == "" || r.At.IsZero() {
			return fault.New(fault.Invalid, op, "a journal that was retired has a region, a generation and a time")
		}
	}
	switch {
	case p.Shards < 0 || p.Alone() && (p.Shards != 0 || p.CursorKey != ""):
		return fault.New(fault.Invalid, op, "a journal that is alone says neither shards nor a key of cursors")
	case p.Peer == Peer{}:
		return nil
	case p.Peer.Region == "" || p.Peer.Generation == "":
		return fault.New(fault.Invalid, op, "a journal's peer has a region and a generation")
	case p.Peer.Region == p.Region:
		return fault.New(fault.Invalid, op, "the journal is that of region %q, and so is its peer: a peer is in "+
			"another region", p.Region)
	}
	return nil
}

// CheckChange refuses a change of what stays.
func (p Place) CheckChange(op string, to Place) error {
	switch {
	case p.journal() != to.journal():
		return fault.New(fault.Invalid, op, "region, generation and bound of a journal do not change")
	case len(to.Retired) < len(p.Retired),
		!slices.EqualFunc(p.Retired, to.Retired[:len(p.Retired)], Retired.equal):
		return fault.New(fault.Invalid, op, "a journal that was retired stays retired")
	case p.Shards != 0 && p.Shards != to.Shards, p.CursorKey != "" && p.CursorKey != to.CursorKey:
		return fault.New(fault.Invalid, op, "shards and key of cursors of a journal do not change once they are said")
	}
	return to.Check(op)
}
