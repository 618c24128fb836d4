package analytics

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
)

// The formats of this package are built from unsigned varints (LEB128, shortest form only), zigzag varints, float64
// bits and bytes with their length, so that every value has exactly one encoding. A reader refuses everything else.

// maxCount bounds the counts a decoder believes: more readings than a series can hold, and merging thousands of them
// overflows nothing.
const maxCount = 1 << 48

func appendUint(b []byte, v uint64) []byte { return binary.AppendUvarint(b, v) }
func appendInt(b []byte, v int64) []byte   { return binary.AppendVarint(b, v) }

func appendFloat(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

func appendString(b []byte, s string) []byte {
	return append(appendUint(b, uint64(len(s))), s...)
}

// reader consumes an encoding. After the first error everything it yields is zero.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
		r.rest = nil
	}
}

func (r *reader) uint() uint64 {
	if r.err != nil {
		return 0
	}
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || n > 1 && r.rest[n-1] == 0 {
		r.fail("bad varint")
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *reader) int() int64 {
	u := r.uint()
	return int64(u>>1) ^ -int64(u&1)
}

// below is an unsigned varint that is less than a bound.
func (r *reader) below(bound uint64, what string) uint64 {
	v := r.uint()
	if v >= bound {
		r.fail("%s %d is not below %d", what, v, bound)
		return 0
	}
	return v
}

func (r *reader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.fail("%d bytes wanted, %d left", n, len(r.rest))
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) byte() byte {
	if b := r.bytes(1); len(b) == 1 {
		return b[0]
	}
	return 0
}

func (r *reader) fixed64() uint64 {
	if b := r.bytes(8); len(b) == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// float is a finite float64.
func (r *reader) float() float64 {
	v := math.Float64frombits(r.fixed64())
	if !finite(v) {
		r.fail("a value that is not finite")
		return 0
	}
	return v
}

func (r *reader) string() string { return string(r.bytes(r.uint())) }

// end is the error of a reader that should have consumed everything.
func (r *reader) end() error {
	if r.err == nil && len(r.rest) > 0 {
		r.fail("%d bytes too many", len(r.rest))
	}
	return r.err
}

// appendDyadic writes the canonical form: length in bytes and sign, exponent, the odd integer, most significant byte
// first.
func appendDyadic(b []byte, x *dyadic, lowest int) []byte {
	m, e := x.integer(lowest)
	size := (m.BitLen() + 7) / 8
	if size == 0 {
		return append(b, 0)
	}
	head := uint64(size) << 1
	if m.Sign() < 0 {
		head |= 1
	}
	b = appendInt(appendUint(b, head), int64(e-lowest))
	at := len(b)
	b = append(b, make([]byte, size)...)
	m.FillBytes(b[at:])
	return b
}

// dyadic reads what appendDyadic wrote. Nothing longer than highest bits above the lowest is believed.
func (r *reader) dyadic(highest int) (x dyadic) {
	head := r.below(uint64(highest/8+2)<<1, "size of a sum")
	if head == 0 || r.err != nil {
		return x
	}
	if head == 1 {
		r.fail("a negative zero sum")
		return x
	}
	e := r.int()
	m := r.bytes(head >> 1)
	if r.err == nil && (m[0] == 0 || m[len(m)-1]&1 == 0 || e < 0 || e+int64(len(m))*8 > int64(highest+7)) {
		r.fail("a sum that is not canonical")
	}
	if r.err != nil {
		return x
	}
	x.set(new(big.Int).SetBytes(m), int(e), head&1 == 1)
	return x
}

// set makes x the positive m * 2^e times the lowest bit, or its negative.
func (x *dyadic) set(m *big.Int, e int, negative bool) {
	m.Lsh(m, uint(e%limbBits))
	x.base, x.adds = int32(e/limbBits), 1
	x.limbs = make([]int64, (m.BitLen()+limbBits-1)/limbBits+1)
	bytes := m.FillBytes(make([]byte, 4*len(x.limbs)))
	for i := range x.limbs {
		v := int64(binary.BigEndian.Uint32(bytes[len(bytes)-4*(i+1):]))
		if negative {
			v = -v
		}
		x.limbs[i] = v
	}
}
