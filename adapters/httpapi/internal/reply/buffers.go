package reply

import "sync"

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// keptBuffer bounds the memory a pooled buffer keeps.
const keptBuffer = 8 << 20

// TakeBuffer takes a buffer for the body of an answer, which gives it back when it is sent: Reply.Pooled.
func TakeBuffer() *[]byte {
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
