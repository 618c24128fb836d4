package analytics

import "fmt"

// The versions of the formats. Old versions stay readable: golden bytes in testdata.
const (
	sketchVersion  = 1
	momentsVersion = 1
)

// highestSum and highestSquare bound what exact sums of maxCount values may reach, in bits above their lowest.
const (
	highestSum    = maxExponent - minExponent + 1 + 49
	highestSquare = 2*(maxExponent-minExponent+1) + 49
)

// AppendBinary appends the encoding of the sketch: a version, then the bins in order. Equal sketches have equal
// encodings.
func (s *Sketch) AppendBinary(b []byte) ([]byte, error) {
	return s.append(append(b, sketchVersion)), nil
}

// UnmarshalBinary replaces the sketch by the one encoded. It accepts nothing that AppendBinary does not write; the
// error is ErrCorrupt.
func (s *Sketch) UnmarshalBinary(p []byte) error {
	r := reader{rest: p}
	r.version(sketchVersion)
	d := r.sketch()
	if err := r.end(); err != nil {
		return fmt.Errorf("sketch: %w", err)
	}
	*s = d
	return nil
}

// append writes the number of bins, the first key, then the gap to each next; beside each key its count.
func (s *Sketch) append(b []byte) []byte {
	b = appendUint(b, uint64(len(s.keys)))
	previous := int32(0)
	for i, k := range s.keys {
		if i == 0 {
			b = appendInt(b, int64(k))
		} else {
			b = appendUint(b, uint64(k-previous-1))
		}
		b = appendUint(b, s.counts[i]-1)
		previous = k
	}
	return b
}

func (r *reader) sketch() (s Sketch) {
	n := r.uint()
	if n > uint64(len(r.rest))/2 { // a bin takes two bytes at least
		r.fail("%d bins in %d bytes", n, len(r.rest))
		return s
	}
	s.keys, s.counts = make([]int32, n), make([]uint64, n)
	key := int64(0)
	for i := range s.keys {
		if i == 0 {
			key = r.int()
		} else {
			key += 1 + int64(r.below(2*maxKey+1, "gap between bins"))
		}
		if key < -maxKey || key > maxKey {
			r.fail("bin %d does not exist", key)
			return Sketch{}
		}
		s.keys[i], s.counts[i] = int32(key), 1+r.below(maxCount, "count of a bin")
		if s.total += s.counts[i]; s.total > maxCount {
			r.fail("more than %d values", uint64(maxCount))
			return Sketch{}
		}
	}
	return s
}

// AppendBinary appends the encoding of the moments. Moments of equal readings have equal encodings.
func (m *Moments) AppendBinary(b []byte) ([]byte, error) {
	return m.append(append(b, momentsVersion), 0), nil
}

// UnmarshalBinary replaces the moments by those encoded. It accepts nothing that AppendBinary does not write, but
// cannot see whether the sums belong to any readings; the error is ErrCorrupt.
func (m *Moments) UnmarshalBinary(p []byte) error {
	r := reader{rest: p}
	r.version(momentsVersion)
	d := r.moments(0)
	if err := r.end(); err != nil {
		return fmt.Errorf("moments: %w", err)
	}
	*m = d
	return nil
}

// append writes the count, the time of the first reading after a base and its value; with more than one reading, also
// the rest.
func (m *Moments) append(b []byte, base int64) []byte {
	b = appendUint(b, m.Count)
	if m.Count == 0 {
		return b
	}
	b = appendFloat(appendInt(b, m.First.Time-base), m.First.Value)
	if m.Count == 1 {
		return b
	}
	b = appendFloat(appendUint(b, uint64(m.Last.Time-m.First.Time)), m.Last.Value)
	b = appendFloat(appendFloat(b, m.Min), m.Max)
	b = appendDyadic(b, &m.sum, sumExponent)
	return appendDyadic(b, &m.squares, squareExponent)
}

func (r *reader) moments(base int64) (m Moments) {
	n := r.below(maxCount, "count")
	if n == 0 {
		return m
	}
	first := Point{Time: base + r.int(), Value: r.float()}
	if n == 1 {
		m.Add(first.Time, first.Value)
		return m
	}
	m.Count, m.First = n, first
	m.Last = Point{Time: first.Time + int64(r.uint()), Value: r.float()}
	m.Min, m.Max = r.float(), r.float()
	m.sum, m.squares = r.dyadic(highestSum), r.dyadic(highestSquare)
	switch {
	case r.err != nil:
		return Moments{}
	case m.Last.Time < m.First.Time:
		r.fail("the last reading is before the first")
	case m.Min > min(first.Value, m.Last.Value) || m.Max < max(first.Value, m.Last.Value):
		r.fail("a reading is outside of minimum and maximum")
	case len(m.squares.limbs) > 0 && m.squares.limbs[0] < 0:
		r.fail("a negative sum of squares")
	}
	return m
}

func (r *reader) version(want byte) {
	if v := r.byte(); r.err == nil && v != want {
		r.fail("version %d, known is %d", v, want)
	}
}
