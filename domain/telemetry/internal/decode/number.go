// Package decode is the machinery under the decoders of readings: numbers and times from bytes without allocation, a
// dictionary of series that outlives a request, and the list of rejections.
package decode

import (
	"math"
	"math/big"
	"strconv"
)

// Form says how a number was written.
type Form uint8

// The forms of a number.
const (
	NotNumber Form = iota // not a decimal number at all
	Integer               // digits alone
	Decimal               // with a point or an exponent
)

var pow10 = [...]float64{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
	1e17, 1e18, 1e19,
	1e20, 1e21, 1e22}

// decimal is a number as written: mantissa * 10^exp. The mantissa is right when digits <= 19.
type decimal struct {
	mantissa uint64
	exp      int
	digits   int
	negative bool
}

// scan reads [-]digits[.digits][e[+-]digits], with digits on at least one side of the point.
func scan(b []byte) (d decimal, form Form) {
	i := 0
	if len(b) > 0 && b[0] == '-' {
		d.negative = true
		i = 1
	}
	start := i
	for i < len(b) && b[i]-'0' <= 9 {
		d.mantissa = d.mantissa*10 + uint64(b[i]-'0')
		i++
	}
	d.digits = i - start
	form = Integer
	if i < len(b) && b[i] == '.' {
		form = Decimal
		i++
		point := i
		for i < len(b) && b[i]-'0' <= 9 {
			d.mantissa = d.mantissa*10 + uint64(b[i]-'0')
			i++
		}
		d.digits += i - point
		d.exp = point - i
	}
	if d.digits == 0 {
		return d, NotNumber
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		form = Decimal
		e, ok := exponent(b[i+1:])
		if !ok {
			return d, NotNumber
		}
		d.exp += e
		return d, form
	}
	if i != len(b) {
		return d, NotNumber
	}
	return d, form
}

// exponent reads [+-]digits to the end of b. It saturates far outside of what a float64 holds.
func exponent(b []byte) (int, bool) {
	negative := false
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		negative = b[0] == '-'
		b = b[1:]
	}
	if len(b) == 0 {
		return 0, false
	}
	e := 0
	for _, c := range b {
		if c-'0' > 9 {
			return 0, false
		}
		if e < 1e8 {
			e = e*10 + int(c-'0')
		}
	}
	if negative {
		e = -e
	}
	return e, true
}

// ParseFloat reads a decimal number and rounds it as strconv.ParseFloat does; a number too large gives an infinity.
// It takes no leading plus, hexadecimal, underscore, infinity or NaN.
//
// Short numbers take Clinger's fast path (1990): a mantissa below 2^53 and a power of ten up to 22 are both exact
// float64s, so one multiplication or division rounds correctly.
func ParseFloat(b []byte) (float64, Form) {
	d, form := scan(b)
	if form == NotNumber {
		return 0, NotNumber
	}
	if d.digits <= 19 && d.mantissa <= 1<<53 && -22 <= d.exp && d.exp <= 22 {
		f := float64(d.mantissa)
		if d.exp < 0 {
			f /= pow10[-d.exp]
		} else if d.exp > 0 {
			f *= pow10[d.exp]
		}
		if d.negative {
			f = -f
		}
		return f, form
	}
	f, _ := strconv.ParseFloat(string(b), 64) // the only error left is the range, and then f is infinite
	return f, form
}

// Exact reports whether f, which ParseFloat made of an Integer, is that integer and not a rounding of it.
func Exact(b []byte, f float64) bool {
	if math.Abs(f) < 1<<53 {
		return true
	}
	if math.IsInf(f, 0) {
		return false
	}
	want, ok := new(big.Int).SetString(string(b), 10)
	got, _ := big.NewFloat(f).Int(nil)
	return ok && want.Cmp(got) == 0
}

// Outcome is how reading an integer or a time ended.
type Outcome uint8

// The outcomes.
const (
	OK       Outcome = iota
	Syntax           // not an integer, or no time
	OutRange         // does not fit
	Skipped          // a local time that clocks pass over
	Doubtful         // a number of no unit that is hardly one of nanoseconds
)

// ParseUint reads digits.
func ParseUint(b []byte) (uint64, Outcome) {
	if len(b) == 0 {
		return 0, Syntax
	}
	var n uint64
	out := OK
	for _, c := range b {
		v := uint64(c - '0')
		if v > 9 {
			return 0, Syntax
		}
		if n > (math.MaxUint64-v)/10 {
			out = OutRange
		}
		n = n*10 + v
	}
	return n, out
}

// ParseInt reads [-]digits.
func ParseInt(b []byte) (int64, Outcome) {
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	n, out := ParseUint(b)
	switch {
	case out != OK:
		return 0, out
	case negative && n <= 1<<63:
		return -int64(n), OK
	case n > math.MaxInt64:
		return 0, OutRange
	}
	return int64(n), OK
}
