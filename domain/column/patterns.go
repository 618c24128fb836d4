package column

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// appendPatterns writes the bit patterns as integers in the order of the values: the magnitude, complemented where it
// is negative.
func (e *Encoder) appendPatterns(dst []byte, values []float64) []byte {
	y := e.sized(len(values))
	var all uint64
	for _, v := range values {
		all |= math.Float64bits(v)
	}
	shift := bits.TrailingZeros64(all &^ (1 << 63))
	shift = min(shift, 62)
	for i, v := range values {
		u := math.Float64bits(v)
		y[i] = int64(u&math.MaxInt64>>shift) ^ int64(u)>>63
	}
	pred, c := plan(y)
	dst = append(dst, valuesBits, byte(shift), byte(pred))
	dst = binary.AppendVarint(dst, y[0])
	return appendInts(dst, y, pred, c)
}

func (d *decoder) patterns(values []float64, y []int64) {
	shift, pred := d.Byte(), d.Byte()
	if shift > 62 || pred > byte(predDelta2) {
		d.Fail("shift %d or predictor %d is unknown", shift, pred)
		return
	}
	y[0] = d.Varint()
	d.ints(y, predictor(pred))
	if d.Err() != nil {
		return
	}
	for i, v := range y {
		sign := uint64(v>>63) << 63
		values[i] = math.Float64frombits(uint64(v^v>>63)<<shift&math.MaxInt64 | sign)
	}
}
