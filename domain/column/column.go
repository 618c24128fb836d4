package column

import (
	"slices"

	"tidemark/domain/stored"
)

// MaxReadings is how many readings a block or a chunk may hold; decoders check it before they allocate. Regular times
// of a constant cost no bytes, so the length of the input does not bound them. 4 Mi are more than an hour at a
// kilohertz.
const MaxReadings = 1 << 22

// Upper bounds of a column's bytes: those that it has however few its readings are, those of each reading that does
// not compress, and one more for so many readings.
const (
	MaxHeadBytes    = 3 + 10 + 10 + 1
	MaxReadingBytes = 8 + 8
	BlockReadings   = miniblock
)

// Append appends a column of one reading or more: times (Unix nanoseconds, strictly rising) and values. What Span
// says of it has to stand elsewhere. The same column gives the same bytes.
func (e *Encoder) Append(dst []byte, times []int64, values []float64) []byte {
	if len(times) == 1 {
		return appendAlone(dst, values[0])
	}
	return e.appendValues(e.appendTimes(dst, times), values)
}

// Decode reads what Append wrote, all of p, into times and values, whose memory it reuses where it is enough, and gives
// them. Errors are stored.ErrCorrupt; what is given then is of no use but for its memory.
func (s Span) Decode(p []byte, times []int64, values []float64) ([]int64, []float64, error) {
	times, values = slices.Grow(times[:0], s.N)[:s.N], slices.Grow(values[:0], s.N)[:s.N]
	var small [2 * miniblock]int64
	scratch := small[:]
	if s.N > len(scratch) {
		scratch = make([]int64, s.N)
	}
	return times, values, s.decode(p, times, values, scratch[:s.N])
}

// decode reads into slices of s.N readings; scratch has as many.
func (s Span) decode(p []byte, times []int64, values []float64, scratch []int64) error {
	d := decoder{stored.NewDecoder(p)}
	if s.N == 1 {
		times[0], values[0] = s.Min, d.alone()
		return d.End()
	}
	if err := d.times(s, times); err != nil {
		return err
	}
	return decodeValues(d.Rest(), values, scratch)
}

// Check reports what keeps times and values from being a column: a stored.ErrInvalid. An empty one is fine.
func Check(times []int64, values []float64) error {
	if len(times) != len(values) {
		return stored.Invalid("%d times and %d values", len(times), len(values))
	}
	for i := 1; i < len(times); i++ {
		if times[i] <= times[i-1] {
			return stored.Invalid("times do not rise: %d after %d", times[i], times[i-1])
		}
	}
	return nil
}
