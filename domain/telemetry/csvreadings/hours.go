package csvreadings

import (
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
)

// When clocks go back, an hour of local times occurs twice. The order of the records of a series tells which is
// which: times that rise step back once, and from there on it is the second time. In a file with the newest record
// first they step up once, and before that it is.
//
// It tells nothing where there is no such step or more than one, and where the times of the series both rise and fall
// within a day of the change, unless a few records alone are late. Then the first is taken, and the record is named.

// hours remembers, of each series, how its times went near each change of the clocks. The zero value is ready.
type hours struct {
	of    map[hourKey]*hour
	whole steps // from record to record, whatever the series: how a file is sorted of which a series tells nothing
	rest  hour  // of the series that are too many
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
	last   int64 // local time of the record before
	inside bool  // that one occurs twice
	any    bool
}

// steps counts how times go on from record to record, by the kind of step.
type steps [3]struct {
	n     int
	first int // number of the record behind the first
}

// The kinds of steps.
const (
	up = iota
	down
	still
)

func (s *steps) add(from, to int64, record int) {
	kind := still
	switch {
	case to > from:
		kind = up
	case to < from:
		kind = down
	}
	if s[kind].n++; s[kind].n == 1 {
		s[kind].first = record
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
func (s *hours) note(series telemetry.Series, m *decode.Moment, record int) *hour {
	if s.rest.any {
		s.whole.add(s.rest.last, m.Local, record)
	}
	s.rest.last, s.rest.any = m.Local, true
	key := hourKey{series, m.Change}
	h := s.of[key]
	switch {
	case h != nil:
	case len(s.of) == mostHours:
		return &s.rest
	default:
		if s.of == nil {
			s.of = make(map[hourKey]*hour)
		}
		h = &hour{}
		s.of[key] = h
	}
	h.note(m.Local, m.Twice(), record)
	return h
}

func (h *hour) note(local int64, inside bool, record int) {
	switch {
	case !h.any:
	case h.inside && inside:
		h.within.add(h.last, local, record)
	default:
		h.near.add(h.last, local, record)
	}
	h.last, h.inside, h.any = local, inside, true
}

// at is the moment of a record of the series that was noted, as far as the records up to now tell.
func (s *hours) at(h *hour, m *decode.Moment, record int) (ns int64, told bool) {
	order := h.order(s)
	step, told := h.step(order)
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
	if o == unsorted {
		return 0, false
	}
	back := h.within[down]
	if o == falling {
		back = h.within[up]
	}
	if again := h.within[still]; h.near[still].n == 0 && again.n > 0 {
		if back.n == 0 || again.first < back.first {
			back.first = again.first
		}
		back.n += again.n
	}
	return back.first, back.n == 1
}
