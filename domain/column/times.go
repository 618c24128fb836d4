package column

import (
	"encoding/binary"

	"tidemark/domain/stored"
)

// Two readings or more begin with a byte that says whether the times are regular; if they are, nothing more is said of
// them.
const (
	timesRegular = 0
	timesListed  = 4 // plus the predictor
)

func (e *Encoder) appendTimes(dst []byte, times []int64) []byte {
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

func (d *decoder) times(s Span, times []int64) error {
	times[0] = s.Min
	form := d.Byte()
	switch {
	case d.Err() != nil:
		return d.Err()
	case form == timesRegular:
		span := uint64(s.Max) - uint64(s.Min)
		if s.Max <= s.Min || span%uint64(s.N-1) != 0 {
			return stored.Corrupt("%d regular times do not fit their span", s.N)
		}
		step := int64(span / uint64(s.N-1))
		for i := range times {
			times[i] = s.Min + int64(i)*step
		}
		return nil
	case form < timesListed || form > timesListed+byte(predDelta2):
		return stored.Corrupt("form %d of times is unknown", form)
	}
	unit := int64(d.Uvarint())
	times[0] = 0
	d.ints(times, predictor(form-timesListed))
	if d.Err() != nil {
		return d.Err()
	}
	for i, y := range times {
		times[i] = y*unit + s.Min
		if i > 0 && times[i] <= times[i-1] {
			return stored.Corrupt("times do not rise")
		}
	}
	if times[s.N-1] != s.Max {
		return stored.Corrupt("times end at %d, expected %d", times[s.N-1], s.Max)
	}
	return nil
}
