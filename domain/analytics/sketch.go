package analytics

import (
	"math"
	"math/bits"
	"slices"
)

// SketchError bounds the relative error of Sketch.Quantile.
const SketchError = 0.01

// Sketch is a mergeable summary of a multiset of values that answers quantiles: a DDSketch whose bins never collapse.
//
// For every finite value v that holds a rank, Quantile answers within SketchError*|v|; where v is subnormal (|v| <
// 2^-1022) half of the least subnormal comes on top, because the answer itself has to be rounded to one. Zero is
// answered exactly and has no sign. There is no value outside: the bins cover all finite float64, 35 an octave, some
// 20 for values within half and double, at most 146,861.
//
// Merging is exact, commutative and associative: sketches of equal multisets are equal, and so are their encodings,
// whatever the order of adds and merges. The zero value is empty and ready. A Sketch is not safe for concurrent use
// while it changes, and must not be copied by assignment: Clone.
type Sketch struct {
	keys   []int32 // rising
	counts []uint64
	total  uint64
	last   int // where the latest Add went: readings of a series lie close together
}

// Count is the number of values added.
func (s *Sketch) Count() uint64 { return s.total }

// Add counts one value.
func (s *Sketch) Add(v float64) {
	if !finite(v) {
		return
	}
	k := keyOf(v)
	s.total++
	if s.last < len(s.keys) && s.keys[s.last] == k {
		s.counts[s.last]++
		return
	}
	i, found := slices.BinarySearch(s.keys, k)
	s.last = i
	if found {
		s.counts[i]++
		return
	}
	s.keys = slices.Insert(s.keys, i, k)
	s.counts = slices.Insert(s.counts, i, 1)
}

// Merge adds every value of o, which stays as it is.
func (s *Sketch) Merge(o *Sketch) {
	if s == o {
		o = o.Clone()
	}
	fresh := 0
	for i, j := 0, 0; j < len(o.keys); j++ {
		for i < len(s.keys) && s.keys[i] < o.keys[j] {
			i++
		}
		if i == len(s.keys) || s.keys[i] != o.keys[j] {
			fresh++
		}
	}
	// From the back, so that nothing is overwritten before it was read.
	i, j := len(s.keys)-1, len(o.keys)-1
	s.keys = append(s.keys, make([]int32, fresh)...)
	s.counts = append(s.counts, make([]uint64, fresh)...)
	for w := len(s.keys) - 1; j >= 0; w-- {
		switch {
		case i >= 0 && s.keys[i] > o.keys[j]:
			s.keys[w], s.counts[w] = s.keys[i], s.counts[i]
			i--
		case i >= 0 && s.keys[i] == o.keys[j]:
			s.keys[w], s.counts[w] = s.keys[i], s.counts[i]+o.counts[j]
			i, j = i-1, j-1
		default:
			s.keys[w], s.counts[w] = o.keys[j], o.counts[j]
			j--
		}
	}
	s.total += o.total
	s.last = 0
}

// quantileUnits is the resolution of quantiles: millionths, so that ranks are whole numbers and no rounding of q*n
// moves them.
const quantileUnits = 1_000_000

// Quantile is the value of nearest rank (percentile_disc in SQL): the least value that at least a share q of all
// values does not exceed, within the stated error. q lies in 0..1 and is taken to the nearest millionth; 0 is the
// least value. It is false for an empty sketch and for a q outside.
func (s *Sketch) Quantile(q float64) (float64, bool) {
	if s.total == 0 || !(q >= 0 && q <= 1) {
		return 0, false
	}
	return s.atRank(rankOf(uint32(math.Round(q*quantileUnits)), s.total)), true
}

// rankOf is the rank, from 1, of a quantile in millionths among n values.
func rankOf(millionths uint32, n uint64) uint64 {
	hi, lo := bits.Mul64(uint64(millionths), n)
	rank, rest := bits.Div64(hi, lo, quantileUnits)
	if rest > 0 {
		rank++
	}
	return max(rank, 1)
}

func (s *Sketch) atRank(rank uint64) float64 {
	var below uint64
	for i, n := range s.counts {
		if below += n; below >= rank {
			return valueOf(s.keys[i])
		}
	}
	return 0
}

// Clone is an independent copy.
func (s *Sketch) Clone() *Sketch {
	return &Sketch{keys: slices.Clone(s.keys), counts: slices.Clone(s.counts), total: s.total}
}

// Reset empties the sketch and keeps its memory.
func (s *Sketch) Reset() {
	s.keys, s.counts, s.total, s.last = s.keys[:0], s.counts[:0], 0, 0
}

// finite reports whether v is neither infinite nor NaN.
func finite(v float64) bool { return math.Float64bits(v)>>mantissaBits&exponentMask != exponentMask }
