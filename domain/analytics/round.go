package analytics

import "math/big"

// The functions of this file turn exact numbers into the nearest float64 (ties to even), rounding once. Beyond the
// range of float64 the nearest is an infinity.

// nearest is m * 2^e.
func nearest(m *big.Int, e int) float64 {
	f := new(big.Float).SetInt(m)
	v, _ := f.SetMantExp(f, e).Float64()
	return v
}

// quotientBits and rootBits are how many bits are computed before the one rounding: enough that a last bit that only
// says "inexact" is far from the place where float64 rounds.
const (
	quotientBits = 68
	rootBits     = 2 * quotientBits
)

// quotient is num * 2^e / den, for a positive den.
func quotient(num *big.Int, e int, den *big.Int) float64 {
	q, shift, _ := divide(new(big.Int).Abs(num), den, quotientBits, 0)
	v := nearest(q, e-shift)
	if num.Sign() < 0 {
		return -v
	}
	return v
}

// root is the square root of num * 2^e / den, for a positive den; zero unless num is positive.
func root(num *big.Int, e int, den *big.Int) float64 {
	if num.Sign() <= 0 {
		return 0
	}
	q, shift, exact := divide(num, den, rootBits, e)
	r := new(big.Int).Sqrt(q)
	if !exact || new(big.Int).Mul(r, r).Cmp(q) != 0 {
		r.SetBit(r, 0, 1)
	}
	return nearest(r, (e-shift)/2)
}

// divide is floor(num * 2^shift / den) with at least that many bits, where shift has the parity of e; when it is not
// exact its lowest bit is set, which no later rounding mistakes for anything but "a little more".
func divide(num, den *big.Int, atLeast, e int) (q *big.Int, shift int, exact bool) {
	shift = max(atLeast+1-(num.BitLen()-den.BitLen()), 0)
	shift += (e - shift) & 1
	rest := new(big.Int)
	q, rest = new(big.Int).QuoRem(new(big.Int).Lsh(num, uint(shift)), den, rest)
	if rest.Sign() == 0 {
		return q, shift, true
	}
	return q.SetBit(q, 0, 1), shift, false
}
