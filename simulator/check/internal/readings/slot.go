package readings

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"tidemark/simulator/history"
)

// name names a series.
type name struct{ tenant, source, metric string }

func (n name) String() string {
	text := n.source + "/" + n.metric
	if n.tenant != "" {
		text += " of tenant " + n.tenant
	}
	return text
}

// series is all that was said about one series.
type series struct {
	name
	slots []slot // by time
}

// slot is a reading: all versions of it.
type slot struct {
	time     int64
	of       *series
	versions []version // by Begin, then place
	acks     []ack     // of those acknowledged, by End
	deletes  int       // of the versions
	open     []int32   // versions that were seen before they were acknowledged
	sights   []sight   // by End; only where there are several versions
}

// ack is an acknowledged version, with the latest of all up to it.
type ack struct {
	end     int
	at      int64 // when, in Unix nanoseconds; never less than that of the one before
	version int32
	of      newest // all
	both    newest // those acknowledged both
}

// newest is indexes of versions; negative is none.
type newest struct {
	last  int32 // by origin
	fresh int32 // by when it began
}

// order fills the acknowledgements of a slot, which it appends to those of others.
func (x *index) order(s *slot, acks []ack) []ack {
	from := len(acks)
	for i := range s.versions {
		v := &s.versions[i]
		if v.gone {
			s.deletes++
		}
		if v.acked() {
			acks = append(acks, ack{end: v.op.End, at: v.op.Ended.UnixNano(), version: int32(i)})
		}
	}
	s.acks = acks[from:len(acks):len(acks)]
	if len(s.acks) > 1 {
		slices.SortFunc(s.acks, func(a, b ack) int {
			return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.version, b.version))
		})
	}
	all, both := newest{-1, -1}, newest{-1, -1}
	at := int64(math.MinInt64)
	for i := range s.acks {
		a := &s.acks[i]
		at = max(at, a.at)
		x.newer(s, &all, a.version)
		if s.versions[a.version].op.Answer.Durability == history.Both {
			x.newer(s, &both, a.version)
		}
		a.at, a.of, a.both = at, all, both
	}
	s.markShared()
	return acks
}

// newer counts one more.
func (c clock) newer(s *slot, n *newest, v int32) {
	if n.last < 0 || !s.versions[n.last].op.Answer.Origin.Known() || originLater(&s.versions[v], &s.versions[n.last]) {
		n.last = v
	}
	if n.fresh < 0 || c.fresher(s.versions[v].op, s.versions[n.fresh].op) {
		n.fresh = v
	}
}

// fresher reports whether a began after b, by the measure of wellAfter.
func (c clock) fresher(a, b *history.Op) bool {
	if c.apart == 0 {
		return a.Begin >= b.Begin
	}
	return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.ID, b.ID)) >= 0
}

// markShared finds versions of one value.
func (s *slot) markShared() {
	const few = 8
	var first map[uint64]int32
	if len(s.versions) > few {
		first = make(map[uint64]int32, len(s.versions))
	}
	for i := range s.versions {
		v := &s.versions[i]
		v.first = int32(i)
		if v.gone {
			continue
		}
		bits := math.Float64bits(v.value)
		if first != nil {
			if j, ok := first[bits]; ok {
				v.first = j
			} else {
				first[bits] = int32(i)
			}
		} else {
			for j := range i {
				if w := &s.versions[j]; !w.gone && math.Float64bits(w.value) == bits {
					v.first = w.first
					break
				}
			}
		}
		if v.first != int32(i) {
			v.shared, s.versions[v.first].shared = true, true
		}
	}
}

// within gives the slots from a time to before another.
func (s *series) within(from, to int64) []slot {
	i := sort.Search(len(s.slots), func(i int) bool { return s.slots[i].time >= from })
	j := i + sort.Search(len(s.slots)-i, func(j int) bool { return s.slots[i+j].time >= to })
	return s.slots[i:j]
}

// begun is how many versions began before a place.
func (s *slot) begun(before int) int {
	return sort.Search(len(s.versions), func(i int) bool { return s.versions[i].op.Begin >= before })
}
