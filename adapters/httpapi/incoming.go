package httpapi

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"tidemark/adapters/internal/pages"
	"tidemark/domain/fault"
	"tidemark/domain/intake"
)

// incoming is the body of one request: its bytes, and what they take of the memory of all bodies.
type incoming struct {
	c     *call
	body  intake.Body
	bytes []byte // the whole body, decompressed; good until close

	from        countingReader
	sent, plain buffer
}

var incomings = sync.Pool{New: func() any { return new(incoming) }}

// receive reads the body of a request, within the bounds, and waits for its turn to be decoded; the caller closes it.
// What is over a bound is not read on. The error is fault.TooLarge, fault.Invalid for what does not decompress,
// fault.Throttled when there was no memory for it in time, 415 for an unknown coding, 408 for a body that did not
// come.
func (c *call) receive(ctx context.Context, most bounds) (*incoming, error) {
	coding, err := codingOf(c.r.Header)
	if err != nil {
		return nil, err
	}
	if c.r.ContentLength > int64(most.sent) {
		return nil, errSent(most.sent)
	}
	in := incomings.Get().(*incoming)
	in.c = c
	in.body.Open(c.bodies, wanted(c.r.ContentLength, coding, most), in)
	whole := false
	defer func() {
		if !whole { // or it panics: then nobody else closes it
			in.close()
		}
	}()
	if err = in.read(ctx, most.sent); err == nil {
		err = in.decompress(ctx, coding, most.decoded)
	}
	if err != nil {
		return nil, bodyError(err, coding != identity)
	}
	whole = true
	return in, nil
}

// wanted is what is known of a body beforehand.
func wanted(length int64, c coding, most bounds) intake.Want {
	w := intake.Want{Bytes: int64(most.sent) + 1, Known: length >= 0}
	if w.Known {
		w.Bytes = length + 1 // and one to see the end without growing
	}
	if c != identity {
		w.Unpack = int64(most.decoded) + 1
	}
	if c == zstdCoded {
		w.Beside = ZstdWindow
	}
	return w
}

// Cut implements intake.Cutter: whoever reads from the client gets os.ErrDeadlineExceeded.
func (in *incoming) Cut() {
	_ = http.NewResponseController(in.c.w).SetReadDeadline(time.Unix(1, 0)) // a test's response has none
}

// read reads what the client sends, to the end or one byte over the limit.
func (in *incoming) read(ctx context.Context, limit int) error {
	in.from = countingReader{r: http.MaxBytesReader(in.c.w, in.c.r.Body, int64(limit)), n: &in.c.in}
	for {
		if b := &in.sent; len(b.b) == b.room {
			room, err := in.body.Grow(ctx)
			if err != nil {
				return err
			}
			if err := b.grow(int(room), limit+1); err != nil {
				return err
			}
		}
		n, err := in.sent.read(&in.from, limit+1)
		switch {
		case len(in.sent.b) > limit:
			return errSent(limit)
		case err == io.EOF:
			in.bytes = in.sent.b
			return nil
		case err != nil:
			return in.broken(err)
		}
		if int64(len(in.sent.b)) != in.c.r.ContentLength { // else the next read is the end
			in.body.Came(n)
		}
	}
}

// broken is the error of a body that did not come to its end.
func (in *incoming) broken(err error) error {
	if in.body.IsCut() {
		return intake.ErrSlow
	}
	return err
}

// close gives back the body's memory and its turn.
func (in *incoming) close() {
	in.sent.drop()
	in.plain.drop()
	in.body.Close()
	in.c, in.bytes, in.from = nil, nil, countingReader{}
	incomings.Put(in)
}

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
