package column

import (
	"encoding/binary"
	"math"
	"math/bits"

	"tidemark/domain/stored"
)

// The forms of a value that stands alone, one byte: 0..15 are decimal places in front of a varint, 16..24 say how
// many leading bytes of the bit pattern follow.
const aloneBits = 16

// appendAlone appends one value: a byte that says the form, and 0 to 9 bytes.
func appendAlone(dst []byte, v float64) []byte {
	u := math.Float64bits(v)
	n := 8 - bits.TrailingZeros64(u)/8
	if k := placesOf(v); k <= maxPlaces {
		if i, _ := atPlaces(v, k); varintLen(stored.Zigzag(i)) <= n {
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
	form := d.Byte()
	switch {
	case form <= maxPlaces:
		return float64(d.Varint()) / pow10[form]
	case form > aloneBits+8:
		d.Fail("form %d of a value is unknown", form)
		return 0
	}
	var u uint64
	for i, b := range d.Take(int(form - aloneBits)) {
		u |= uint64(b) << (56 - 8*i)
	}
	return math.Float64frombits(u)
}
