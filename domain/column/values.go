package column

import (
	"encoding/binary"
	"math"

	"tidemark/domain/stored"
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
)

// appendValues appends a column of two or more values.
func (e *Encoder) appendValues(dst []byte, values []float64) []byte {
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
	d := decoder{stored.NewDecoder(p)}
	switch kind := d.Byte(); kind {
	case valuesRaw:
		raw := d.Take(8 * len(values))
		for i := 0; i < len(values) && d.Err() == nil; i++ {
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
		d.Fail("form %d of values is unknown", kind)
	}
	return d.End()
}
