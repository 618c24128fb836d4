package column

import (
	"encoding/binary"
	"math"

	"tidemark/domain/stored"
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
