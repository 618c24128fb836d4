package column

import "encoding/binary"

// bitWriter appends bits to p, the least significant first. It is a value on the stack of one encoder; flush fills
// the last byte up.
type bitWriter struct {
	p   []byte
	acc uint64
	n   uint // bits in acc, < 64
}

// put appends the low w bits of v (0 <= w <= 64); the others must be zero.
func (b *bitWriter) put(v uint64, w uint) {
	b.acc |= v << b.n
	b.n += w
	if b.n >= 64 {
		b.p = binary.LittleEndian.AppendUint64(b.p, b.acc)
		b.n -= 64
		b.acc = v >> (w - b.n)
	}
}

func (b *bitWriter) flush() []byte {
	for n := int(b.n); n > 0; n -= 8 {
		b.p = append(b.p, byte(b.acc))
		b.acc >>= 8
	}
	b.acc, b.n = 0, 0
	return b.p
}

// bitReader reads what bitWriter wrote. Behind the end it reads zeros; over reports that it did.
type bitReader struct {
	p   []byte
	pos int // in bits
}

// peek gives at least the next 57 bits.
func (b *bitReader) peek() uint64 {
	at := b.pos >> 3
	if at+8 <= len(b.p) {
		return binary.LittleEndian.Uint64(b.p[at:]) >> (b.pos & 7)
	}
	if at >= len(b.p) {
		return 0
	}
	var tail [8]byte
	copy(tail[:], b.p[at:])
	return binary.LittleEndian.Uint64(tail[:]) >> (b.pos & 7)
}

// take reads w bits (0 <= w <= 64).
func (b *bitReader) take(w uint) uint64 {
	if w > 56 {
		low := b.take(32)
		return low | b.take(w-32)<<32
	}
	v := b.peek() & (1<<w - 1)
	b.pos += int(w)
	return v
}

func (b *bitReader) over() bool { return b.pos > 8*len(b.p) }

// bytes is how many bytes were begun.
func (b *bitReader) bytes() int { return (b.pos + 7) >> 3 }
