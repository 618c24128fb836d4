package body

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/domain/intake"
)

// Body is the body of one request: its bytes, and what they take of the memory of all bodies.
type Body struct {
	c     *call.Call
	body  intake.Body
	Bytes []byte // the whole body, decompressed; good until close

	from        countingReader
	sent, plain buffer
}

var incomings = sync.Pool{New: func() any { return new(Body) }}

// Cut implements intake.Cutter: whoever reads from the client gets os.ErrDeadlineExceeded.
func (in *Body) Cut() {
	_ = http.NewResponseController(in.c.Response).SetReadDeadline(time.Unix(1, 0)) // a test's response has none
}

// read reads what the client sends, to the end or one byte over the limit.
func (in *Body) read(ctx context.Context, limit int) error {
	in.from = countingReader{r: http.MaxBytesReader(in.c.Response, in.c.Request.Body, int64(limit)), n: &in.c.BytesIn}
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
			in.Bytes = in.sent.b
			return nil
		case err != nil:
			return in.broken(err)
		}
		if int64(len(in.sent.b)) != in.c.Request.ContentLength { // else the next read is the end
			in.body.Came(n)
		}
	}
}

// broken is the error of a body that did not come to its end.
func (in *Body) broken(err error) error {
	if in.body.IsCut() {
		return intake.ErrSlow
	}
	return err
}

// Close gives back the body's memory and its turn.
func (in *Body) Close() {
	in.sent.drop()
	in.plain.drop()
	in.body.Close()
	in.c, in.Bytes, in.from = nil, nil, countingReader{}
	incomings.Put(in)
}

type countingReader struct {
	r io.Reader
	n *int64
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	*r.n += int64(n)
	return n, err
}
