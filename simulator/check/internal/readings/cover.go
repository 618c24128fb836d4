package readings

import (
	"math"
	"sort"

	"tidemark/simulator/history"
)

// claim is what an answer vouches for: acknowledgements before a place, and those before a moment, in Unix
// nanoseconds.
type claim struct {
	place int
	all   int64
	both  int64
}

const never = math.MinInt64

func claimOf(op *history.Op, o Options) claim {
	c := claim{all: never, both: never}
	of := op.Answer.Claim
	if of.Complete {
		c.place = op.Begin
	}
	if !of.AsOfOne.IsZero() {
		c.all = of.AsOfOne.Add(-o.Skew).UnixNano()
	}
	if !of.AsOf.IsZero() {
		c.both = of.AsOf.Add(-o.Skew).UnixNano()
	}
	return c
}

// timed reports whether a moment of the claim covers an acknowledgement.
func (c claim) timed(v *version) bool {
	at := v.op.Ended.UnixNano()
	return at < c.all || at < c.both && v.op.Answer.Durability == history.Both
}

// cover is which acknowledgements of a slot an answer vouches for: the first so many of all, and of those acknowledged
// both.
type cover struct {
	*slot
	clock
	all, both int
}

func (s *slot) cover(c claim, k clock) cover {
	out := cover{slot: s, clock: k}
	out.all = max(s.ended(c.place), s.acked(c.all))
	out.both = max(out.all, s.acked(c.both))
	return out
}

// ended is how many acknowledgements came before a place.
func (s *slot) ended(place int) int {
	if n := len(s.acks); n == 0 || s.acks[n-1].end < place {
		return n
	}
	return sort.Search(len(s.acks), func(i int) bool { return s.acks[i].end >= place })
}

// acked is how many came before a moment.
func (s *slot) acked(at int64) int {
	if at == never {
		return 0
	}
	return sort.Search(len(s.acks), func(i int) bool { return s.acks[i].at >= at })
}

// newest gives the versions of which one is the latest: by origin and by Begin, of all, and of those acknowledged both.
func (c cover) newest() [2]newest {
	out := [2]newest{{-1, -1}, {-1, -1}}
	if c.all > 0 {
		out[0] = c.acks[c.all-1].of
	}
	if c.both > c.all {
		out[1] = c.acks[c.both-1].both
	}
	return out
}

// beats gives a version that is certainly later than an acknowledged one, or nil.
func (c cover) beats(v *version) *version {
	if !v.acked() {
		return nil
	}
	for _, n := range c.newest() {
		if n.last >= 0 && originLater(&c.versions[n.last], v) {
			if c.later(&c.versions[n.last], v) {
				return &c.versions[n.last]
			}
			if w := c.search(v); w != nil { // an origin that is out of time hides the others
				return w
			}
		}
		if n.fresh >= 0 && c.wellAfter(c.versions[n.fresh].op, v.op) {
			return &c.versions[n.fresh]
		}
	}
	return nil
}

func (c cover) search(v *version) *version {
	for i, a := range c.acks[:c.both] {
		w := &c.versions[a.version]
		if (i < c.all || w.op.Answer.Durability == history.Both) && c.later(w, v) {
			return w
		}
	}
	return nil
}

// required gives an acknowledged value that no deletion explains away, or nil.
func (c cover) required(op *history.Op) *version {
	for _, n := range c.newest() {
		for _, i := range []int32{n.last, n.fresh} {
			if i < 0 {
				continue
			}
			if v := &c.versions[i]; !v.gone && !c.mayBeDeleted(v, op) {
				return v
			}
		}
	}
	return nil
}

// mayBeDeleted reports whether a deletion can be why an answer does not show a value: one that began in time, was not
// refused, and is not certainly earlier than the value.
func (c cover) mayBeDeleted(v *version, op *history.Op) bool {
	if c.deletes == 0 {
		return false
	}
	seen := 0
	if !v.shared {
		g := c.sights.before(op.Begin)
		seen = g.same(v.first)
	}
	for i := c.begun(op.End) - 1; i >= 0; i-- {
		d := &c.versions[i]
		if !d.gone || d.refused || c.later(v, d) || d.acked() && d.op.End < seen {
			continue
		}
		return true
	}
	return false
}
