package reply

import "sync"

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// keptBuffer bounds the memory a pooled buffer keeps.
const keptBuffer = 8 << 20

// takeBuffer takes an empty buffer.
func takeBuffer() *[]byte {
	b := buffers.Get().(*[]byte)
	*b = (*b)[:0]
	return b
}

// giveBuffer keeps a buffer for others.
func giveBuffer(b *[]byte) {
	if cap(*b) <= keptBuffer {
		buffers.Put(b)
	}
}
