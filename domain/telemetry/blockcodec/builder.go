package blockcodec

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"tidemark/domain/column"
	"tidemark/domain/stored"
	"tidemark/domain/telemetry"
)

// Builder turns batches into the bytes of a block and keeps its scratch memory from block to block. It is not safe for
// concurrent use. The zero value is ready.
//
// It also remembers the series of the last blocks in their order, because the next block mostly has the same: use one
// Builder for each stream rather than one for all.
type Builder struct {
	of     map[telemetry.Series]uint32
	series []building
	used   int      // how many of them the last block had
	order  []uint32 // all of them, sorted
	merged []uint32 // scratch of place
	remap  []uint32
	cols   []telemetry.Column
	times  []int64
	values []float64
	sorted []placed

	directory directory
}

// UnitsError is of a batch that says another unit of a series than one before it.
type UnitsError struct{ Batch int }

// Error implements error.
func (e *UnitsError) Error() string { return "batches of a block say different units of a series" }

// building is one series of the block that is being built: its readings stand at [from, at).
type building struct {
	telemetry.Series
	unit string
	n    int
	at   int
}

// placed is a reading and its place among those of its series.
type placed struct {
	time  int64
	place int
	value float64
}

// Build appends to dst the block that holds the batches, in their order: their readings grouped by series and sorted
// by time (of several values of one reading the last placed stays; of several units of one series in a batch the
// first that is said), their descriptions and their deletions. The bytes are those that Encode writes of the
// same block. It neither changes nor keeps the batches. It fails with stored.ErrInvalid when a batch's columns do not
// fit together or there are more than 4 Mi readings, and with a UnitsError when a batch says another unit of a series
// than an earlier one: a block has one unit a series, and what says another belongs into a later block.
func (s *Builder) Build(dst []byte, h Header, batches ...*telemetry.Batch) ([]byte, error) {
	if err := s.gather(batches); err != nil {
		return nil, err
	}
	from := len(dst)
	dst = appendHeader(dst, &h)
	n := 0
	for _, b := range batches {
		n += len(b.Sources)
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	n = 0
	for _, b := range batches {
		dst = appendDescriptions(dst, b.Sources)
		n += len(b.Deletions)
	}
	dst = binary.AppendUvarint(dst, uint64(n))
	for _, b := range batches {
		dst = appendDeletions(dst, b.Deletions)
	}
	dst = s.directory.append(dst, s.cols)
	return stored.Seal(dst, from), nil
}

// gather fills s.cols.
func (s *Builder) gather(batches []*telemetry.Batch) error {
	s.forget()
	total := 0
	for n, b := range batches {
		if len(b.Of) != len(b.Times) || len(b.Values) != len(b.Times) || len(b.Units) != len(b.Series) {
			return stored.Invalid("a batch has %d indexes, %d times, %d values, %d series and %d units", len(b.Of),
				len(b.Times), len(b.Values),
				len(b.Series), len(b.Units))
		}
		total += len(b.Times)
		if err := s.count(b, n); err != nil {
			return err
		}
	}
	if total > column.MaxReadings {
		return stored.Invalid("%d readings, at most %d", total, column.MaxReadings)
	}
	s.place()
	s.scatter(batches, total)
	s.group()
	return nil
}

// forget empties the series of the last block; where most of those known were in no block of late it forgets them
// altogether.
func (s *Builder) forget() {
	s.remap = s.remap[:0]
	if s.of == nil || len(s.series) > 4*s.used+256 {
		s.of = make(map[telemetry.Series]uint32)
		clear(s.series)
		s.series, s.order = s.series[:0], s.order[:0]
		return
	}
	for i := range s.series {
		s.series[i].unit, s.series[i].n = "", 0
	}
}

// learn remembers a series, in memory of its own: the batch's strings may be parts of a request's body.
func (s *Builder) learn(name telemetry.Series) uint32 {
	name.Source = telemetry.Source(strings.Clone(string(name.Source)))
	if n := len(s.series); n > 0 && s.series[n-1].Metric == name.Metric {
		name.Metric = s.series[n-1].Metric
	} else {
		name.Metric = telemetry.Metric(strings.Clone(string(name.Metric)))
	}
	at := uint32(len(s.series))
	s.series = append(s.series, building{Series: name})
	s.of[name] = at
	return at
}

// count adds a batch's dictionary to that of the block (s.remap holds, batch after batch, where each entry went) and
// counts readings.
func (s *Builder) count(b *telemetry.Batch, n int) error {
	base := len(s.remap)
	for i, name := range b.Series {
		at, known := s.of[name]
		if !known {
			at = s.learn(name)
		}
		if unit := b.Units[i]; unit != "" {
			switch r := &s.series[at]; {
			case r.unit == "":
				r.unit = unit
			case r.unit != unit && n > 0:
				return &UnitsError{Batch: n}
			}
		}
		s.remap = append(s.remap, at)
	}
	remap := s.remap[base:]
	for _, of := range b.Of {
		if int(of) >= len(remap) {
			return stored.Invalid("reading of series %d in a batch of %d", of, len(remap))
		}
		s.series[remap[of]].n++
	}
	return nil
}

// place sorts what series are new into the order and gives each series its room.
func (s *Builder) place() {
	if known := len(s.order); known < len(s.series) {
		for i := known; i < len(s.series); i++ {
			s.order = append(s.order, uint32(i))
		}
		fresh := s.order[known:]
		slices.SortFunc(fresh, func(a, b uint32) int { return s.series[a].Compare(s.series[b].Series) })
		s.mergeOrder(s.order[:known], fresh)
	}
	at := 0
	s.used = 0
	for _, i := range s.order {
		r := &s.series[i]
		r.at = at
		at += r.n
		if r.n > 0 {
			s.used++
		}
	}
}

func (s *Builder) mergeOrder(known, fresh []uint32) {
	out := s.merged[:0]
	for len(known) > 0 && len(fresh) > 0 {
		if s.series[known[0]].Compare(s.series[fresh[0]].Series) < 0 {
			out, known = append(out, known[0]), known[1:]
		} else {
			out, fresh = append(out, fresh[0]), fresh[1:]
		}
	}
	out = append(append(out, known...), fresh...)
	s.order, s.merged = out, s.order
}

// scatter copies every reading to its series' room; afterwards at is its end.
func (s *Builder) scatter(batches []*telemetry.Batch, total int) {
	s.times = slices.Grow(s.times[:0], total)[:total]
	s.values = slices.Grow(s.values[:0], total)[:total]
	remap := s.remap
	for _, b := range batches {
		for i, of := range b.Of {
			r := &s.series[remap[of]]
			s.times[r.at], s.values[r.at] = b.Times[i], b.Values[i]
			r.at++
		}
		remap = remap[len(b.Series):]
	}
}

// group makes a column of each series that has readings.
func (s *Builder) group() {
	s.cols = s.cols[:0]
	for _, i := range s.order {
		r := &s.series[i]
		if r.n == 0 {
			continue
		}
		times, values := s.times[r.at-r.n:r.at], s.values[r.at-r.n:r.at]
		for j := 1; j < len(times); j++ {
			if times[j] <= times[j-1] {
				times, values = s.sort(times, values)
				break
			}
		}
		s.cols = append(s.cols, telemetry.Column{Series: r.Series, Unit: r.unit, Times: times, Values: values})
	}
}

// sort orders a column by time in place and keeps the last placed of equal times.
func (s *Builder) sort(times []int64, values []float64) ([]int64, []float64) {
	s.sorted = s.sorted[:0]
	for i, t := range times {
		s.sorted = append(s.sorted, placed{t, i, values[i]})
	}
	slices.SortFunc(s.sorted, func(a, b placed) int {
		if c := cmp.Compare(a.time, b.time); c != 0 {
			return c
		}
		return cmp.Compare(a.place, b.place)
	})
	n := 0
	for i, p := range s.sorted {
		if i+1 < len(s.sorted) && s.sorted[i+1].time == p.time {
			continue
		}
		times[n], values[n] = p.time, p.value
		n++
	}
	return times[:n], values[:n]
}
