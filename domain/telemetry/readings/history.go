package readings

import (
	"math"

	"tidemark/domain/telemetry"
)

// MaxRemembered is about how many bytes a History holds.
const MaxRemembered = 128 << 20

// History remembers the readings of one request after another, in bounded memory, and finds those that a later one
// overwrites, whatever requests the two came in.
//
// Readings of one request are always compared with each other. Those of several requests are, as long as all fit into
// the bound. Then the earlier half of every series is forgotten: earlier by the times of its readings. A reading
// after all that was forgotten of its series can still be compared with every other, so that there is no end to
// requests whose times rise. The names of series are kept; when they take half of the bound, further series are not
// remembered. Unchecked counts the readings that could not be compared.
type History struct {
	most   int // bytes
	bytes  int // of series and pages
	names  int // of series alone
	series map[telemetry.Series]*past
	of     []*past // scratch: by the index of the batch, nil for a series that is not remembered

	request   map[key]Said // readings of this request that are not remembered
	unchecked int
	first     Place
}

// NewHistory makes a history that holds about so many bytes.
func NewHistory(most int) *History {
	return &History{most: most, series: map[telemetry.Series]*past{}, request: map[key]Said{}}
}

// Change is a reading that does not stand, because a later one gives another value for the same series and time.
type Change struct {
	Series         telemetry.Series
	Time           int64 // Unix nanoseconds
	Earlier, Later Said
}

type key struct {
	telemetry.Series
	time int64
}

// seriesBytes is what a series costs beside its name, roughly.
const seriesBytes = 200

// Add takes the readings of a request in their order. places runs parallel to them. found hears of every reading that
// one of them overwrites.
func (h *History) Add(b *telemetry.Batch, places []Place, found func(Change)) {
	clear(h.request)
	h.of = h.of[:0]
	for _, s := range b.Series {
		h.of = append(h.of, h.seriesOf(s))
	}
	for i, of := range b.Of {
		if places[i].Row == 0 {
			continue
		}
		now := moment{b.Times[i], Said{places[i], b.Values[i]}}
		before, again := h.put(b.Series[of], h.of[of], now)
		if again && before.Value != now.said.Value {
			found(Change{b.Series[of], now.time, before, now.said})
		}
	}
	if h.bytes > h.most {
		h.forget()
	}
}

// Unchecked is how many readings could not be compared with those of earlier requests, and the first of them.
func (h *History) Unchecked() (n int, first Place) { return h.unchecked, h.first }

// seriesOf finds or makes what is remembered of a series, nil when there is no room for it.
func (h *History) seriesOf(s telemetry.Series) *past {
	p, ok := h.series[s]
	if size := seriesBytes + len(s.Source) + len(s.Metric); !ok && h.names+size <= h.most/2 {
		p = &past{forgot: math.MinInt64}
		h.series[s] = p
		h.names += size
		h.bytes += size
	}
	return p
}

// put remembers a reading, and gives what was said of its series and time before.
func (h *History) put(s telemetry.Series, p *past, now moment) (before Said, again bool) {
	if p != nil && now.time > p.forgot {
		grown := 0
		before, again, grown = p.put(now)
		h.bytes += grown
		return before, again
	}
	if h.unchecked++; h.unchecked == 1 {
		h.first = now.said.Place
	}
	k := key{s, now.time}
	before, again = h.request[k]
	h.request[k] = now.said
	return before, again
}

// forget drops the earlier half of every series, again until there is room.
func (h *History) forget() {
	for h.bytes > h.most/4*3 {
		h.bytes = h.names
		for _, p := range h.series {
			h.bytes += p.forget()
		}
	}
}
