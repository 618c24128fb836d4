package readings

import (
	"cmp"
	"math"
	"slices"

	"tidemark/simulator/history"
)

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

// index is all series of a history.
type index struct {
	clock
	series map[name]*series
}

func newIndex(h *history.History, c clock) *index {
	x := &index{clock: c, series: map[name]*series{}}
	written := map[*series][]entry{}
	deleted := map[*series][]*history.Op{}
	for _, op := range h.Ops {
		switch op.Call.Kind {
		case history.Write:
			x.addWrite(op, written)
		case history.Delete:
			s := x.of(name{op.Call.Tenant, op.Call.Source, op.Call.Metric})
			deleted[s] = append(deleted[s], op)
		}
	}
	for _, s := range x.series {
		x.fill(s, written[s], deleted[s])
	}
	return x
}

// entry is a version on its way to its slot.
type entry struct {
	time int64
	n    int // the order in which they were said
	version
}

func (x *index) of(n name) *series {
	s := x.series[n]
	if s == nil {
		s = &series{name: n}
		x.series[n] = s
	}
	return s
}

func (x *index) addWrite(op *history.Op, into map[*series][]entry) {
	place := 0
	for _, col := range op.Call.Readings {
		s := x.of(name{op.Call.Tenant, col.Source, col.Metric})
		list := into[s]
		for i, t := range col.Times {
			refused := op.Outcome == history.Refused || slices.Contains(op.Answer.Rejected, place)
			list = append(list, entry{t, len(list), version{op: op, value: col.Values[i], place: int32(place),
				refused: refused}})
			place++
		}
		into[s] = list
	}
}

// fill makes the slots of a series.
func (x *index) fill(s *series, written []entry, deleted []*history.Op) {
	byTime := func(a, b entry) int { return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.n, b.n)) }
	slices.SortFunc(written, byTime)
	if len(deleted) > 0 {
		written = withDeletions(written, deleted)
		slices.SortFunc(written, func(a, b entry) int {
			return cmp.Or(cmp.Compare(a.time, b.time), cmp.Compare(a.op.Begin, b.op.Begin), cmp.Compare(a.n, b.n))
		})
	}
	versions := make([]version, len(written))
	acked, times := 0, 0
	for i := range written {
		versions[i] = written[i].version
		if versions[i].acked() {
			acked++
		}
		if i == 0 || written[i].time != written[i-1].time {
			times++
		}
	}
	acks := make([]ack, 0, acked)
	s.slots = make([]slot, 0, times)
	for from := 0; from < len(written); {
		to := from + 1
		for to < len(written) && written[to].time == written[from].time {
			to++
		}
		s.slots = append(s.slots, slot{time: written[from].time, of: s, versions: versions[from:to:to]})
		acks = x.order(&s.slots[len(s.slots)-1], acks)
		from = to
	}
}

// withDeletions adds to each reading the deletions that cover it. What is written is by time.
func withDeletions(written []entry, deleted []*history.Op) []entry {
	var times []int64
	for i := range written {
		if i == 0 || written[i].time != written[i-1].time {
			times = append(times, written[i].time)
		}
	}
	for _, op := range deleted {
		from, _ := slices.BinarySearch(times, op.Call.From)
		for _, t := range times[from:] {
			if t >= op.Call.To {
				break
			}
			written = append(written, entry{t, 0, version{op: op, gone: true,
				refused: op.Outcome == history.Refused}})
		}
	}
	return written
}
