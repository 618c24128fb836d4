package stored

import "encoding/binary"

// Decoder takes fields from the front of some bytes. After the first error every field is zero and nothing is left.
type Decoder struct {
	p   []byte
	err error
}

// NewDecoder reads p and keeps it.
func NewDecoder(p []byte) Decoder { return Decoder{p: p} }

// Err is the first error.
func (d *Decoder) Err() error { return d.err }

// Rest is what has not been taken.
func (d *Decoder) Rest() []byte { return d.p }

// Fail makes an ErrCorrupt the first error, unless there is one.
func (d *Decoder) Fail(format string, args ...any) {
	if d.err == nil {
		d.err = Corrupt(format, args...)
	}
	d.p = nil
}

// Continue sets what is left: the rest that another reader of Rest left over, or its error.
func (d *Decoder) Continue(rest []byte, err error) {
	if err != nil {
		d.err, rest = err, nil
	}
	d.p = rest
}

// End is the first error, or one for bytes that are left.
func (d *Decoder) End() error {
	if d.err == nil && len(d.p) > 0 {
		d.Fail("%d bytes too many", len(d.p))
	}
	return d.err
}

// Uvarint is a number without a sign.
func (d *Decoder) Uvarint() uint64 {
	if len(d.p) > 0 && d.p[0] < 0x80 {
		v := d.p[0]
		d.p = d.p[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(d.p)
	if n <= 0 {
		d.Fail("a number is cut off")
		return 0
	}
	d.p = d.p[n:]
	return v
}

// Varint is a number of either sign.
func (d *Decoder) Varint() int64 { return Unzigzag(d.Uvarint()) }

// AtMost is a number that may not exceed max.
func (d *Decoder) AtMost(max uint64) uint64 {
	v := d.Uvarint()
	if v > max {
		d.Fail("%d is over %d", v, max)
		return 0
	}
	return v
}

// Count is how many items of at least size bytes (> 0) each follow.
func (d *Decoder) Count(size int) int { return int(d.AtMost(uint64(len(d.p) / size))) }

// Byte is one byte.
func (d *Decoder) Byte() byte {
	if len(d.p) == 0 {
		d.Fail("a byte is missing")
		return 0
	}
	b := d.p[0]
	d.p = d.p[1:]
	return b
}

// Flag is a byte that is 0 or 1.
func (d *Decoder) Flag() bool {
	b := d.Byte()
	if b > 1 {
		d.Fail("%d is not a flag", b)
	}
	return b == 1
}

// Fixed64 is eight bytes, the least first.
func (d *Decoder) Fixed64() uint64 {
	if p := d.Take(8); p != nil {
		return binary.LittleEndian.Uint64(p)
	}
	return 0
}

// Take is the next n bytes, not copied, or nil.
func (d *Decoder) Take(n int) []byte {
	if n < 0 || n > len(d.p) {
		d.Fail("%d bytes are missing", n-len(d.p))
		return nil
	}
	p := d.p[:n:n]
	d.p = d.p[n:]
	return p
}

// Text is what AppendText wrote.
func (d *Decoder) Text() string { return string(d.Take(d.Count(1))) }

// Int32 is a number of either sign that fits 32 bits.
func (d *Decoder) Int32() int32 {
	v := d.Varint()
	if int64(int32(v)) != v {
		d.Fail("%d does not fit 32 bits", v)
		return 0
	}
	return int32(v)
}
