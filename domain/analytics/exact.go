package analytics

import (
	"math"
	"math/big"
	"math/bits"
)

// dyadic is an exact sum of float64 values, or of their squares: a fixed-point number as wide as it needs to be,
// whose limbs hold 32 bits of value and have 31 bits of room for carries that are propagated later (R. M. Neal, "Fast
// exact summation using small and large superaccumulators", 2015). Being the number itself and not a list of
// roundings, it is the same after any order of adds and merges, and nothing overflows or underflows: squares of
// subnormals are as exact as those of 1e300.
//
// The zero value is zero. Limb i weighs 2^(32*(base+i) + lowest bit), where the lowest bit is that of the kind of
// sum: sumExponent or squareExponent. A dyadic must not be copied by assignment.
type dyadic struct {
	limbs []int64
	base  int32
	adds  uint32 // an upper bound of |limb| is (adds+1) * 2^32
}

const (
	limbBits       = 32
	limbMask       = 1<<limbBits - 1
	sumExponent    = minExponent     // of the lowest bit of a value
	squareExponent = 2 * minExponent // of the lowest bit of a square
	maxAdds        = 1 << 30
)

// split takes a finite float64 apart: the integer m and the bit b such that |v| = m * 2^(b+minExponent).
func split(v float64) (m uint64, bit int) {
	b := math.Float64bits(v)
	m, bit = b&mantissaMask, int(b>>mantissaBits)&exponentMask
	if bit == 0 {
		return m, 0
	}
	return m | 1<<mantissaBits, bit - 1
}

// addValue adds a finite value to a sum.
func (x *dyadic) addValue(v float64) {
	m, bit := split(v)
	if m == 0 {
		return
	}
	shift := uint(bit % limbBits)
	low, high := m<<shift, m>>(64-shift)
	s := int64(math.Float64bits(v)) >> 63 // 0 or -1: (n ^ s) - s is n or -n
	w := x.window(bit/limbBits, 3)
	w[0] += (int64(low&limbMask) ^ s) - s
	w[1] += (int64(low>>limbBits) ^ s) - s
	w[2] += (int64(high) ^ s) - s
}

// addSquare adds the square of a finite value to a sum of squares.
func (x *dyadic) addSquare(v float64) {
	m, bit := split(v)
	if m == 0 {
		return
	}
	hi, lo := bits.Mul64(m, m)
	bit *= 2
	shift := uint(bit % limbBits)
	low, mid, high := lo<<shift, hi<<shift|lo>>(64-shift), hi>>(64-shift)
	w := x.window(bit/limbBits, 5)
	w[0] += int64(low & limbMask)
	w[1] += int64(low >> limbBits)
	w[2] += int64(mid & limbMask)
	w[3] += int64(mid >> limbBits)
	w[4] += int64(high)
}

// window is the n limbs from one on, ready for one more add.
func (x *dyadic) window(limb, n int) []int64 {
	i := limb - int(x.base)
	if x.adds >= maxAdds || uint(i) > uint(len(x.limbs)-n) || len(x.limbs) < n {
		return x.prepare(limb, n)
	}
	x.adds++
	return x.limbs[i : i+n]
}

// prepare is the rare part of window: late carries and a number that is not wide enough.
func (x *dyadic) prepare(limb, n int) []int64 {
	if x.adds >= maxAdds {
		x.carry()
	}
	if i := limb - int(x.base); i < 0 || i+n > len(x.limbs) {
		x.grow(limb, n)
	}
	x.adds++
	i := limb - int(x.base)
	return x.limbs[i : i+n]
}

// grow widens the number so that it has the n limbs from one on, and one more for carries.
func (x *dyadic) grow(limb, n int) {
	low, high := limb, limb+n+1
	if len(x.limbs) > 0 {
		low, high = min(low, int(x.base)), max(high, int(x.base)+len(x.limbs))
	}
	wider := make([]int64, high-low)
	copy(wider[max(int(x.base)-low, 0):], x.limbs)
	x.limbs, x.base = wider, int32(low)
}

// carry brings every limb but the last into 0 <= limb < 2^32; the last carries the sign.
func (x *dyadic) carry() {
	x.limbs = propagate(x.limbs)
	x.adds = 1
}

func propagate(limbs []int64) []int64 {
	var carry int64
	for i := range limbs {
		v := limbs[i] + carry
		if i == len(limbs)-1 {
			limbs[i] = v
			break
		}
		limbs[i], carry = v&limbMask, v>>limbBits
	}
	if n := len(limbs); n > 0 && (limbs[n-1] >= 1<<limbBits || limbs[n-1] < -1<<limbBits) {
		limbs = append(limbs, limbs[n-1]>>limbBits)
		limbs[n-1] &= limbMask
	}
	return limbs
}

// merge adds another sum of the same kind, which stays as it is.
func (x *dyadic) merge(o *dyadic) {
	if len(o.limbs) == 0 {
		return
	}
	if x.adds+o.adds+1 >= maxAdds {
		x.carry()
	}
	adds := x.adds + o.adds + 1
	if i := int(o.base) - int(x.base); i < 0 || i+len(o.limbs) > len(x.limbs) {
		x.grow(int(o.base), len(o.limbs))
	}
	w := x.limbs[o.base-x.base:]
	for i, v := range o.limbs {
		w[i] += v
	}
	x.adds = adds
}

// clone is an independent copy.
func (x *dyadic) clone() dyadic {
	return dyadic{limbs: append([]int64(nil), x.limbs...), base: x.base, adds: x.adds}
}

// reset makes it zero and keeps its memory.
func (x *dyadic) reset() {
	clear(x.limbs)
	x.adds = 0
}

// integer is the number as m * 2^(e + lowest), where m is odd, or zero with e 0: the one canonical form.
func (x *dyadic) integer(lowest int) (m *big.Int, e int) {
	var space [24]int64
	limbs := propagate(append(space[:0], x.limbs...))
	n := len(limbs)
	negative := n > 0 && limbs[n-1] < 0
	if negative {
		for i := range limbs {
			limbs[i] = -limbs[i]
		}
		limbs = propagate(limbs)
	}
	bytes := make([]byte, 4*len(limbs))
	for i, v := range limbs {
		at := bytes[len(bytes)-4*(i+1):]
		at[0], at[1], at[2], at[3] = byte(v>>24), byte(v>>16), byte(v>>8), byte(v)
	}
	m = new(big.Int).SetBytes(bytes)
	if m.Sign() == 0 {
		return m, 0
	}
	zeros := int(m.TrailingZeroBits())
	m.Rsh(m, uint(zeros))
	if negative {
		m.Neg(m)
	}
	return m, int(x.base)*limbBits + zeros + lowest
}
