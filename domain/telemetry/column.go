package telemetry

import (
	"encoding/binary"
	"slices"
)

// A column's count, least and greatest time stand apart (in a directory or a header). One reading is then its value
// alone. Two or more begin with a byte that says whether the times are regular; if they are, nothing more is said of
// them.
const (
	timesRegular = 0
	timesListed  = 4 // plus the predictor
)

// appendColumn appends times (strictly rising) and values.
func (e *columnEncoder) appendColumn(dst []byte, times []int64, values []float64) []byte {
	if len(times) == 1 {
		return appendAlone(dst, values[0])
	}
	return e.appendValues(e.appendTimes(dst, times), values)
}

func (e *columnEncoder) appendTimes(dst []byte, times []int64) []byte {
	if regular(times) {
		return append(dst, timesRegular)
	}
	y := e.sized(len(times))
	first := times[0]
	unit := int64(1)
	if times[len(times)-1]-first > 0 { // else the span is over 2^63 ns: differences wrap, and do not divide
		unit = commonStep(times)
	}
	for i, t := range times {
		y[i] = t - first
		if unit > 1 {
			y[i] /= unit
		}
	}
	pred, c := plan(y)
	dst = append(dst, timesListed+byte(pred))
	dst = binary.AppendUvarint(dst, uint64(unit))
	return appendInts(dst, y, pred, c)
}

func regular(times []int64) bool {
	step := times[1] - times[0]
	for i := 2; i < len(times); i++ {
		if times[i]-times[i-1] != step {
			return false
		}
	}
	return true
}

// columnSpan is what stands apart of a column.
type columnSpan struct {
	n        int
	min, max int64
}

// decodeColumn reads a column of s.n >= 1 readings into slices of that length; scratch has it too.
func decodeColumn(p []byte, s columnSpan, times []int64, values []float64, scratch []int64) error {
	if s.n == 1 {
		d := decoder{p: p}
		times[0], values[0] = s.min, d.alone()
		return d.end()
	}
	d := decoder{p: p}
	if err := d.times(s, times); err != nil {
		return err
	}
	return decodeValues(d.p, values, scratch)
}

func (d *decoder) times(s columnSpan, times []int64) error {
	times[0] = s.min
	form := d.byte()
	switch {
	case d.err != nil:
		return d.err
	case form == timesRegular:
		span := uint64(s.max) - uint64(s.min)
		if s.max <= s.min || span%uint64(s.n-1) != 0 {
			return corrupt("%d regular times do not fit their span", s.n)
		}
		step := int64(span / uint64(s.n-1))
		for i := range times {
			times[i] = s.min + int64(i)*step
		}
		return nil
	case form < timesListed || form > timesListed+byte(predDelta2):
		return corrupt("form %d of times is unknown", form)
	}
	unit := int64(d.uvarint())
	times[0] = 0
	d.ints(times, predictor(form-timesListed))
	if d.err != nil {
		return d.err
	}
	for i, y := range times {
		times[i] = y*unit + s.min
		if i > 0 && times[i] <= times[i-1] {
			return corrupt("times do not rise")
		}
	}
	if times[s.n-1] != s.max {
		return corrupt("times end at %d, expected %d", times[s.n-1], s.max)
	}
	return nil
}

// decodeInto decodes into a column and reuses its slices.
func (s columnSpan) decodeInto(p []byte, into *Column) error {
	into.Times = slices.Grow(into.Times[:0], s.n)[:s.n]
	into.Values = slices.Grow(into.Values[:0], s.n)[:s.n]
	var small [2 * miniblock]int64
	scratch := small[:]
	if s.n > len(scratch) {
		scratch = make([]int64, s.n)
	}
	return decodeColumn(p, s, into.Times, into.Values, scratch[:s.n])
}

// checkColumn reports what keeps times and values from being a column.
func checkColumn(times []int64, values []float64) error {
	if len(times) != len(values) {
		return invalid("%d times and %d values", len(times), len(values))
	}
	for i := 1; i < len(times); i++ {
		if times[i] <= times[i-1] {
			return invalid("times do not rise: %d after %d", times[i], times[i-1])
		}
	}
	return nil
}
