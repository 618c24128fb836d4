package column

import (
	"encoding/binary"
	"math"

	"tidemark/domain/stored"
)

// decimals finds the places of a column and leaves integers and exceptions in e. It is false where too few values are
// decimals.
func (e *Encoder) decimals(values []float64) (places int, ok bool) {
	places, ok = samplePlaces(values)
	if !ok {
		return 0, false
	}
	need := e.convert(values, places)
	if tooMany := len(values) / 16; len(e.except) > tooMany && need > places && need <= maxPlaces {
		places = need
		e.convert(values, places)
	}
	return places, len(e.except) <= len(values)/8
}

// samplePlaces looks at up to 32 values spread over the column and takes the places that serve all but a sixteenth of
// the decimals.
func samplePlaces(values []float64) (int, bool) {
	var of [maxPlaces + 2]int
	step := (len(values) + 31) / 32
	sampled := 0
	for i := 0; i < len(values); i += step {
		of[placesOf(values[i])]++
		sampled++
		if sampled == 8 && of[maxPlaces+1] == 8 {
			return 0, false
		}
	}
	fit := sampled - of[maxPlaces+1]
	if 2*fit < sampled {
		return 0, false
	}
	k, served := 0, of[0]
	for served < fit-fit/16 {
		k++
		served += of[k]
	}
	return k, true
}

// convert fills e.ints at k places and e.except with the indexes of values that do not fit; there the integer before
// is repeated. It gives the most places that one of the first exceptions needs.
func (e *Encoder) convert(values []float64, k int) (need int) {
	ints := e.sized(len(values))
	e.except = e.except[:0]
	var last int64
	for i, v := range values {
		if n, ok := atPlaces(v, k); ok {
			last = n
		} else {
			if len(e.except) < 32 {
				if p := placesOf(v); p <= maxPlaces {
					need = max(need, p)
				}
			}
			e.except = append(e.except, i)
		}
		ints[i] = last
	}
	return need
}

// The second byte of decimals: places, predictor, and whether a step and exceptions follow.
const (
	decimalPredShift = 4
	decimalStep      = 1 << 6
	decimalExcept    = 1 << 7
)

func (e *Encoder) appendDecimals(dst []byte, values []float64, k int) []byte {
	y := e.ints[:len(values)]
	first := y[0]
	step := commonStep(y)
	for i, v := range y {
		y[i] = v - first
		if step > 1 {
			y[i] /= step
		}
	}
	pred, c := plan(y)
	flags := byte(k) | byte(pred)<<decimalPredShift
	if step > 1 {
		flags |= decimalStep
	}
	if len(e.except) > 0 {
		flags |= decimalExcept
	}
	dst = append(dst, valuesDecimal, flags)
	dst = binary.AppendVarint(dst, first)
	if step > 1 {
		dst = binary.AppendUvarint(dst, uint64(step))
	}
	if len(e.except) > 0 {
		dst = binary.AppendUvarint(dst, uint64(len(e.except)))
		at := -1
		for _, i := range e.except {
			dst = binary.AppendUvarint(dst, uint64(i-at-1))
			dst = binary.LittleEndian.AppendUint64(dst, math.Float64bits(values[i]))
			at = i
		}
	}
	return appendInts(dst, y, pred, c)
}

func (d *decoder) decimals(values []float64, y []int64) {
	flags := d.Byte()
	first, step := d.Varint(), int64(1)
	if flags&decimalStep != 0 {
		step = int64(d.Uvarint())
	}
	var listed stored.Decoder
	n := 0
	if flags&decimalExcept != 0 {
		n = d.Count(9)
		listed = d.Decoder
		for range n {
			d.Uvarint()
			d.Take(8)
		}
	}
	y[0] = 0
	d.ints(y, predictor(flags>>decimalPredShift&3))
	if d.Err() != nil {
		return
	}
	scale := pow10[flags&maxPlaces]
	for i, v := range y {
		values[i] = float64(v*step+first) / scale
	}
	at := 0
	for range n {
		skip := listed.Uvarint()
		if skip >= uint64(len(values)-at) {
			d.Fail("an exception lies outside the column")
			return
		}
		at += int(skip)
		values[at] = math.Float64frombits(listed.Fixed64())
		at++
	}
}
