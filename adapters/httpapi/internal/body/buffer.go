package body

import (
	"io"
	"sync"

	"tidemark/adapters/internal/pages"
	"tidemark/domain/fault"
	"tidemark/domain/intake"
)

// buffer is memory of a body: of the heap, in one of intake.Sizes, or larger, from the system.
type buffer struct {
	b      []byte      // what is in it
	room   int         // what may be
	heap   *[]byte     // of a pool; nil when it is from the system, or nothing is there
	mapped pages.Block // from the system; none when it is of a pool
}

// smalls are the buffers of intake.Sizes.
var smalls [len(intake.Sizes)]sync.Pool

// grow makes room for so many bytes, of at most so many ever, and keeps what is in it.
func (b *buffer) grow(room, most int) error {
	if b.mapped.Bytes != nil {
		b.room = room
		return nil
	}
	old := *b
	if class := classOf(room); class >= 0 {
		b.heap, _ = smalls[class].Get().(*[]byte)
		if b.heap == nil {
			fresh := make([]byte, intake.Sizes[class])
			b.heap = &fresh
		}
		b.b, b.room = (*b.heap)[:copy(*b.heap, old.b)], room
	} else {
		var err error
		if b.mapped, err = pages.Take(max(room, most)); err != nil {
			return &fault.Error{Kind: fault.Throttled, Op: "httpapi.body", RetryAfter: intake.RetryAfter, Cause: err,
				Message: "there is no memory for a body as large as this: send it again later, or less at a time"}
		}
		b.b, b.room, b.heap = b.mapped.Bytes[:copy(b.mapped.Bytes, old.b)], room, nil
	}
	old.drop()
	return nil
}

// classOf is the index of a size among intake.Sizes, -1 for another.
func classOf(room int) int {
	for i, s := range intake.Sizes {
		if int64(room) == s {
			return i
		}
	}
	return -1
}

// read reads once into what room there is, and not beyond so many bytes in all.
func (b *buffer) read(r io.Reader, most int) (int, error) {
	n, err := r.Read(b.b[len(b.b):min(b.room, most)])
	b.b = b.b[:len(b.b)+n]
	return n, err
}

// drop gives the memory back.
func (b *buffer) drop() {
	b.mapped.Give()
	if b.heap != nil {
		smalls[classOf(len(*b.heap))].Put(b.heap)
	}
	*b = buffer{}
}
