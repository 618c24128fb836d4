package readings

import (
	"math"
	"sort"
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
	sights   sights    // by End; only where there are several versions
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
