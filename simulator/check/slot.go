package check

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

// sight is that an answer showed a slot, with the latest of all up to it: that which began last, and that which began
// last of those that showed something else. There is one for each reading of each answer: it is kept small.
type sight struct {
	end           int32
	first, second glimpse
}

// glimpse is what an answer that began at a place showed: the first version of that value, or nothing.
type glimpse struct {
	begin int32 // 0: there is none
	what  int32
}

const nothing int32 = -1

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

// look notes that a complete answer showed something. No answer that is judged later began before the horizon: it asks
// for nothing that was over by then, but for the last.
func (s *slot) look(op *history.Op, what int32, horizon int32) {
	g := glimpse{int32(op.Begin), what}
	n := sight{end: int32(op.End), first: g}
	if len(s.sights) > 0 {
		old := &s.sights[len(s.sights)-1]
		n.first, n.second = old.first, old.second
		switch {
		case what == old.first.what:
			n.first.begin = max(n.first.begin, g.begin)
		case g.begin > old.first.begin:
			n.first, n.second = g, old.first
		case g.begin > old.second.begin:
			n.second = g
		}
	}
	if k := len(s.sights); k > 0 && s.sights[k-1].end < horizon && n.end < horizon {
		s.sights[k-1] = n
		return
	}
	s.sights = append(s.sights, n)
}

// before is the sights of answers that were over at a place.
func (s *slot) before(place int) sight {
	n := len(s.sights)
	for range 4 { // most often it is one of the last
		if n == 0 {
			return sight{}
		}
		if s.sights[n-1].end < int32(place) {
			return s.sights[n-1]
		}
		n--
	}
	n = sort.Search(n, func(i int) bool { return s.sights[i].end >= int32(place) })
	if n == 0 {
		return sight{}
	}
	return s.sights[n-1]
}

// other is the last sight of something else.
func (g *sight) other(than int32) glimpse {
	if g.first.what != than {
		return g.first
	}
	return g.second
}

// same is the place where the last answer began that is known to have shown it, or 0.
func (g *sight) same(as int32) int {
	switch as {
	case g.first.what:
		return int(g.first.begin)
	case g.second.what:
		return int(g.second.begin)
	}
	return 0
}
