package csvreadings

import (
	"cmp"
	"hash/maphash"
	"slices"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
)

// When clocks go back, an hour of local times occurs twice. The order of the records of a series tells which is
// which: times that rise step back once, and from there on it is the second time. In a file with the newest record
// first they step up once, and before that it is.
//
// It tells nothing where there is no such step or more than one, and where the times of the series both rise and fall
// within a day of the change, unless a few records alone are late. Then the first is taken, and the record is named.
//
// The same time again is a step, but not in a record that is the one before to the letter: that may be what was
// measured in the second hour, or the record of the first written twice. It is a step if that of another series,
// which is told, begins or ends between the two: their records alternate.

// hours remembers, of each series, how its times went near each change of the clocks. The zero value is ready.
type hours struct {
	of    map[hourKey]*hour
	whole steps // from record to record, whatever the series: how a file is sorted of which a series tells nothing
	rest  hour  // of the series that are too many
	seed  maphash.Seed
	ends  map[int64][]end // by change, of the steps of all series that are told; nil until somebody asks
}

// end is a record at which a step begins or ends.
type end struct {
	record int
	order  order
}

// mostHours bounds what is remembered: further series are taken for unsorted.
const mostHours = 1 << 18

// hourKey is a series and the Unix second at which clocks go back. In the wide form all metrics of a source go
// together, without a name.
type hourKey struct {
	series telemetry.Series
	change int64
}

// hour is the local times of a series within a day of a change of the clocks.
type hour struct {
	near   steps // of which an end lies outside of the hour that occurs twice
	within steps
	last   int64  // local time of the record before
	record int    // its number
	text   uint64 // the hash of it
	inside bool   // that one occurs twice
	any    bool
}

// steps counts how times go on from record to record, by the kind of step.
type steps [4]struct {
	n            int
	from, behind int // numbers of the records around the first
}

// The kinds of steps.
const (
	up = iota
	down
	still
	again // still, and the record is the one before to the letter
)

func kindOf(from, to int64) int {
	switch {
	case to > from:
		return up
	case to < from:
		return down
	}
	return still
}

func (s *steps) add(kind, from, behind int) {
	if s[kind].n++; s[kind].n == 1 {
		s[kind].from, s[kind].behind = from, behind
	}
}

// order is how the records of a file are sorted by time.
type order uint8

const (
	rising order = iota
	falling
	unsorted
)

// note takes the time of a record, which lies within a day of a change. The numbers of records rise.
func (s *hours) note(series telemetry.Series, m *decode.Moment, record int, cells [][]byte) *hour {
	s.ends = nil
	if s.rest.any {
		s.whole.add(kindOf(s.rest.last, m.Local), s.rest.record, record)
	}
	s.rest.last, s.rest.record, s.rest.any = m.Local, record, true
	key := hourKey{series, m.Change}
	h := s.of[key]
	switch {
	case h != nil:
	case len(s.of) == mostHours:
		return &s.rest
	default:
		if s.of == nil {
			s.of, s.seed = make(map[hourKey]*hour), maphash.MakeSeed()
		}
		h = &hour{}
		s.of[key] = h
	}
	text := uint64(0)
	if m.Twice() {
		text = s.hash(cells)
	}
	h.note(m, record, text)
	return h
}

// hash is that of a record.
func (s *hours) hash(cells [][]byte) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	for _, cell := range cells {
		_, _ = h.Write(cell)
		_ = h.WriteByte(0)
	}
	return h.Sum64()
}

func (h *hour) note(m *decode.Moment, record int, text uint64) {
	kind, inside := kindOf(h.last, m.Local), m.Twice()
	switch {
	case !h.any:
	case h.inside && inside && kind == still && text == h.text:
		h.within.add(again, h.record, record)
	case h.inside && inside:
		h.within.add(kind, h.record, record)
	default:
		h.near.add(kind, h.record, record)
	}
	h.last, h.record, h.text, h.inside, h.any = m.Local, record, text, inside, true
}

// at is the moment of a record of the series that was noted, as far as the records up to now tell.
func (s *hours) at(h *hour, m *decode.Moment, record int) (ns int64, told bool) {
	order := h.order(s)
	step, told := h.step(order)
	if same := &h.within[again]; !told && h.mayBeAgain(order) {
		step, told = same.behind, s.between(m.Change, order, same.from, same.behind)
	}
	if told && (record >= step) == (order == rising) {
		return m.Second, true
	}
	return m.Unix, told
}

// few is how many steps in order there have to be for one out of order, in a file that counts as sorted.
const few = 20

// order is how the series is sorted. Where it does not tell, it is sorted as the file is.
func (h *hour) order(all *hours) order {
	switch near, within := &h.near, &h.within; {
	case h == &all.rest, within[up].n > 1 && within[down].n > 1:
		return unsorted
	case near[up].n > few*near[down].n:
		return rising
	case near[down].n > few*near[up].n:
		return falling
	case near[up].n+near[down].n > 0:
		return unsorted
	case within[up].n > 1:
		return rising
	case within[down].n > 1, all.whole[down].n > all.whole[up].n:
		return falling
	}
	return rising
}

// step is the record in which the second time begins, or in a falling file the first; told is false if there is none
// or more than one. The same time again is a step too, unless records elsewhere repeat their times.
func (h *hour) step(o order) (record int, told bool) {
	_, record, told = h.records(o)
	return record, told
}

// records are those around the step.
func (h *hour) records(o order) (from, behind int, told bool) {
	if o == unsorted {
		return 0, 0, false
	}
	back := h.within[down]
	if o == falling {
		back = h.within[up]
	}
	if same := h.within[still]; h.near[still].n == 0 && same.n > 0 {
		if back.n == 0 || same.behind < back.behind {
			back.from, back.behind = same.from, same.behind
		}
		back.n += same.n
	}
	return back.from, back.behind, back.n == 1
}

// mayBeAgain reports whether the only step there may be is a record that is the one before to the letter.
func (h *hour) mayBeAgain(o order) bool {
	back := h.within[down].n
	if o == falling {
		back = h.within[up].n
	}
	return o != unsorted && back == 0 && h.within[still].n == 0 && h.near[still].n == 0 && h.within[again].n == 1
}

// between reports whether a step of a series that is told, in a file sorted so, begins or ends between two records.
func (s *hours) between(change int64, o order, from, behind int) bool {
	if s.ends == nil {
		s.findEnds()
	}
	all := s.ends[change]
	i, _ := slices.BinarySearchFunc(all, from+1, func(e end, record int) int { return cmp.Compare(e.record, record) })
	for ; i < len(all) && all[i].record < behind; i++ {
		if all[i].order == o {
			return true
		}
	}
	return false
}

func (s *hours) findEnds() {
	s.ends = make(map[int64][]end)
	for key, h := range s.of {
		o := h.order(s)
		if from, behind, told := h.records(o); told {
			s.ends[key.change] = append(s.ends[key.change], end{from, o}, end{behind, o})
		}
	}
	for _, all := range s.ends {
		slices.SortFunc(all, func(a, b end) int { return cmp.Compare(a.record, b.record) })
	}
}
