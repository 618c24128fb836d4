package telemetry

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Values are measured data: mostly decimals with few places, sometimes single precision, seldom anything else. A
// column is written as decimal integers, as the bit patterns of its floats, or raw, whichever is shorter by a rule
// that depends on the values alone. Every form is exact to the bit.
//
// Source: Afroozeh, Kuffo and Boncz, "ALP: Adaptive Lossless floating-Point Compression" (2023) for decimals with
// exceptions.
const (
	valuesRaw     = 0 // eight bytes each
	valuesSame    = 1 // all have the same bits: one value
	valuesDecimal = 2 // integers over a power of ten, exceptions apart
	valuesBits    = 3 // bit patterns without their common trailing zeros
	maxPlaces     = 15
	maxExact      = 1 << 53
)

// The forms of a value that stands alone, one byte: 0..15 are decimal places in front of a varint, 16..24 say how
// many leading bytes of the bit pattern follow.
const aloneBits = 16

var pow10 = [maxPlaces + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// atPlaces gives the integer i with i/10^k identical to v, bit by bit. The conversions to float64 keep the compiler
// from fusing operations, which would round differently on other processors.
func atPlaces(v float64, k int) (int64, bool) {
	x := float64(v * pow10[k])
	if !(x > -maxExact && x < maxExact) {
		return 0, false
	}
	i := int64(float64(x + math.Copysign(0.5, x)))
	return i, math.Float64bits(float64(i)/pow10[k]) == math.Float64bits(v)
}

// placesOf is the least number of places that hold v exactly, or maxPlaces+1.
func placesOf(v float64) int {
	for k := range maxPlaces + 1 {
		if _, ok := atPlaces(v, k); ok {
			return k
		}
	}
	return maxPlaces + 1
}

// appendAlone appends one value: a byte that says the form, and 0 to 9 bytes.
func appendAlone(dst []byte, v float64) []byte {
	u := math.Float64bits(v)
	n := 8 - bits.TrailingZeros64(u)/8
	if k := placesOf(v); k <= maxPlaces {
		if i, _ := atPlaces(v, k); varintLen(zigzag(i)) <= n {
			return binary.AppendVarint(append(dst, byte(k)), i)
		}
	}
	dst = append(dst, byte(aloneBits+n))
	for i := range n {
		dst = append(dst, byte(u>>(56-8*i)))
	}
	return dst
}

func varintLen(u uint64) int { return (bits.Len64(u|1) + 6) / 7 }

func (d *decoder) alone() float64 {
	form := d.byte()
	switch {
	case form <= maxPlaces:
		return float64(d.varint()) / pow10[form]
	case form > aloneBits+8:
		d.fail("form %d of a value is unknown", form)
		return 0
	}
	var u uint64
	for i, b := range d.take(int(form - aloneBits)) {
		u |= uint64(b) << (56 - 8*i)
	}
	return math.Float64frombits(u)
}

// columnEncoder is the scratch memory of an encoder of columns.
type columnEncoder struct {
	ints   []int64
	except []int
}

func (e *columnEncoder) sized(n int) []int64 {
	if cap(e.ints) < n {
		e.ints = make([]int64, max(n, 1024))
	}
	return e.ints[:n]
}

// appendValues appends a column of two or more values.
func (e *columnEncoder) appendValues(dst []byte, values []float64) []byte {
	if same(values) {
		return appendAlone(append(dst, valuesSame), values[0])
	}
	from := len(dst)
	if k, ok := e.decimals(values); ok {
		dst = e.appendDecimals(dst, values, k)
	} else {
		dst = e.appendPatterns(dst, values)
	}
	if len(dst)-from > 8*len(values) {
		dst = append(dst[:from], valuesRaw)
		for _, v := range values {
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(v))
		}
	}
	return dst
}

func same(values []float64) bool {
	first := math.Float64bits(values[0])
	for _, v := range values[1:] {
		if math.Float64bits(v) != first {
			return false
		}
	}
	return true
}

// decodeValues fills values, at least two, and must use all of p. The scratch integers have the same length.
func decodeValues(p []byte, values []float64, y []int64) error {
	d := decoder{p: p}
	switch kind := d.byte(); kind {
	case valuesRaw:
		raw := d.take(8 * len(values))
		for i := 0; i < len(values) && d.err == nil; i++ {
			values[i] = math.Float64frombits(binary.LittleEndian.Uint64(raw[8*i:]))
		}
	case valuesSame:
		v := d.alone()
		for i := range values {
			values[i] = v
		}
	case valuesDecimal:
		d.decimals(values, y)
	case valuesBits:
		d.patterns(values, y)
	default:
		d.fail("form %d of values is unknown", kind)
	}
	return d.end()
}

func (d *decoder) ints(y []int64, pred predictor) {
	if d.err != nil {
		return
	}
	rest, err := decodeInts(d.p, y, pred)
	if err != nil {
		d.err, d.p = err, nil
		return
	}
	d.p = rest
}
