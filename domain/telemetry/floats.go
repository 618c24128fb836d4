package telemetry

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Values are measured data: mostly decimals with few places, sometimes single precision, seldom anything else. A column is written as
// decimal integers, as the bit patterns of its floats, or raw, whichever is shorter by a rule that depends on the values alone. Every
// form is exact to the bit.
//
// Source: Afroozeh, Kuffo and Boncz, "ALP: Adaptive Lossless floating-Point Compression" (2023) for decimals with exceptions.
const (
	valuesRaw     = 0 // eight bytes each
	valuesSame    = 1 // all have the same bits: one value
	valuesDecimal = 2 // integers over a power of ten, exceptions apart
	valuesBits    = 3 // bit patterns without their common trailing zeros
	maxPlaces     = 15
	maxExact      = 1 << 53
)

// The forms of a value that stands alone, one byte: 0..15 are decimal places in front of a varint, 16..24 say how many leading bytes of
// the bit pattern follow.
const aloneBits = 16

var pow10 = [maxPlaces + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// atPlaces gives the integer i with i/10^k identical to v, bit by bit. The conversions to float64 keep the compiler from fusing
// operations, which would round differently on other processors.
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

// decimals finds the places of a column and leaves integers and exceptions in e. It is false where too few values are decimals.
func (e *columnEncoder) decimals(values []float64) (places int, ok bool) {
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

// samplePlaces looks at up to 32 values spread over the column and takes the places that serve all but a sixteenth of the decimals.
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

// convert fills e.ints at k places and e.except with the indexes of values that do not fit; there the integer before is repeated. It
// gives the most places that one of the first exceptions needs.
func (e *columnEncoder) convert(values []float64, k int) (need int) {
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

func (e *columnEncoder) appendDecimals(dst []byte, values []float64, k int) []byte {
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

// commonStep is the greatest common divisor of all differences to y[0], at least 1. The integers are below 2^53.
func commonStep(y []int64) int64 {
	var g int64
	for _, v := range y[1:] {
		d := v - y[0]
		switch {
		case d == 0:
			continue
		case g == 0:
			g = max(d, -d)
		case d%g != 0:
			g = gcd(g, max(d, -d))
		}
		if g == 1 {
			break
		}
	}
	return max(g, 1)
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// appendPatterns writes the bit patterns as integers in the order of the values: the magnitude, complemented where it is negative.
func (e *columnEncoder) appendPatterns(dst []byte, values []float64) []byte {
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

func (d *decoder) decimals(values []float64, y []int64) {
	flags := d.byte()
	first, step := d.varint(), int64(1)
	if flags&decimalStep != 0 {
		step = int64(d.uvarint())
	}
	var listed decoder
	n := 0
	if flags&decimalExcept != 0 {
		n = d.count(9)
		listed = *d
		for range n {
			d.uvarint()
			d.take(8)
		}
	}
	y[0] = 0
	d.ints(y, predictor(flags>>decimalPredShift&3))
	if d.err != nil {
		return
	}
	scale := pow10[flags&maxPlaces]
	for i, v := range y {
		values[i] = float64(v*step+first) / scale
	}
	at := 0
	for range n {
		skip := listed.uvarint()
		if skip >= uint64(len(values)-at) {
			d.fail("an exception lies outside the column")
			return
		}
		at += int(skip)
		values[at] = math.Float64frombits(listed.fixed64())
		at++
	}
}

func (d *decoder) patterns(values []float64, y []int64) {
	shift, pred := d.byte(), d.byte()
	if shift > 62 || pred > byte(predDelta2) {
		d.fail("shift %d or predictor %d is unknown", shift, pred)
		return
	}
	y[0] = d.varint()
	d.ints(y, predictor(pred))
	if d.err != nil {
		return
	}
	for i, v := range y {
		sign := uint64(v>>63) << 63
		values[i] = math.Float64frombits(uint64(v^v>>63)<<shift&math.MaxInt64 | sign)
	}
}
