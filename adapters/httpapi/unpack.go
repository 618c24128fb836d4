package httpapi

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tidemark/domain/fault"
	"tidemark/domain/intake"
	"tidemark/domain/telemetry"
)

// decompress waits for the body's turn and undoes its coding. Everything has arrived by then, so that no client is
// waited for, and what is decompressed is held only as long as it takes to decode it.
func (in *incoming) decompress(ctx context.Context, c coding, limit int) error {
	sent := in.sent.b
	room, err := in.body.Arrived(ctx, guess(c, sent))
	if err != nil || c == identity {
		return err
	}
	done := false
	if room > 0 { // probably it stays small
		if err := in.plain.grow(int(room), limit+1); err != nil {
			return err
		}
		if done, err = in.unpackSmall(c, sent, limit); err != nil {
			return err
		}
	}
	if !done {
		in.plain.drop()
		if err := in.unpackLarge(ctx, c, sent, limit); err != nil {
			return err
		}
	}
	in.bytes = in.plain.b
	return nil
}

// guess is what a compressed body says of its size, with a byte to see its end; 0 when it says nothing. It may lie.
func guess(c coding, sent []byte) int64 {
	switch c {
	case gzipped:
		if len(sent) >= 18 { // the shortest there is
			return int64(binary.LittleEndian.Uint32(sent[len(sent)-4:])) + 1
		}
	case zstdCoded:
		var h zstd.Header
		if h.Decode(sent) == nil && h.HasFCS && h.FrameContentSize < telemetry.MaxDecodedBytes {
			return int64(h.FrameContentSize) + 1
		}
	}
	return 0
}

// unpackSmall decompresses into the room there is. It is not done when that does not suffice.
func (in *incoming) unpackSmall(c coding, sent []byte, limit int) (done bool, err error) {
	if c == zstdCoded {
		return in.unpackAll(sent, limit)
	}
	r, err := openGzip(sent)
	if err != nil {
		return false, err
	}
	defer giveGzip(r)
	return in.fill(r, limit)
}

// unpackLarge decompresses, and asks for memory as it is needed.
func (in *incoming) unpackLarge(ctx context.Context, c coding, sent []byte, limit int) error {
	var r io.Reader
	for {
		room, err := in.body.Unpack(ctx)
		if err != nil {
			return err
		}
		if err := in.plain.grow(int(room), limit+1); err != nil {
			return err
		}
		if r == nil { // it is the body's turn now
			var done func()
			if r, done, err = open(c, sent); err != nil {
				return err
			}
			defer done()
		}
		if done, err := in.fill(r, limit); err != nil || done {
			return err
		}
	}
}

// fill reads until the end, or until there is no room.
func (in *incoming) fill(r io.Reader, limit int) (done bool, err error) {
	for len(in.plain.b) < in.plain.room {
		_, err := in.plain.read(r, limit+1)
		switch {
		case len(in.plain.b) > limit:
			return false, errDecoded(limit)
		case err == io.EOF:
			return true, nil
		case err != nil:
			return false, err
		}
	}
	return false, nil
}

// open is a reader of a large body; done ends it.
func open(c coding, sent []byte) (r io.Reader, done func(), err error) {
	if c == gzipped {
		r, err := openGzip(sent)
		return r, func() { giveGzip(r) }, err
	}
	z, err := zstd.NewReader(bytes.NewReader(sent), zstdOptions...)
	if err != nil {
		return nil, func() {}, err
	}
	return z, z.Close, nil
}

var gzips, zstds sync.Pool

// openGzip has no reader of its own until there is a header to read: Reset reads it.
func openGzip(sent []byte) (*gzip.Reader, error) {
	r, ok := gzips.Get().(*gzip.Reader)
	if !ok {
		r = new(gzip.Reader)
	}
	return r, r.Reset(bytes.NewReader(sent))
}

// emptyGzip is the header of a stream. A reader lets go of what it read before only when it has read another header.
var emptyGzip = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}

// giveGzip lets go of the body, whose memory goes back to the system.
func giveGzip(r *gzip.Reader) {
	if r.Reset(bytes.NewReader(emptyGzip)) == nil {
		gzips.Put(r)
	}
}

var zstdOptions = []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
	zstd.WithDecoderMaxWindow(ZstdWindow), zstd.WithDecoderMaxMemory(telemetry.MaxDecodedBytes + 1)}

// unpackAll decompresses zstd at once: then the result is the window, and takes no other.
func (in *incoming) unpackAll(sent []byte, limit int) (done bool, err error) {
	z, ok := zstds.Get().(*zstd.Decoder)
	if !ok {
		if z, err = zstd.NewReader(nil, append(zstdOptions, zstd.WithDecodeAllCapLimit(true))...); err != nil {
			return false, fault.Wrap(fault.Internal, "httpapi.body", err)
		}
	}
	defer zstds.Put(z)
	out, err := z.DecodeAll(sent, in.plain.b[:0:in.plain.room])
	switch {
	case errors.Is(err, zstd.ErrDecoderSizeExceeded) && int64(limit) < intake.Small && in.plain.room > limit:
		return false, errDecoded(limit)
	case errors.Is(err, zstd.ErrDecoderSizeExceeded):
		return false, nil
	case err != nil:
		return false, err
	case len(out) > limit:
		return false, errDecoded(limit)
	}
	in.plain.b = out
	return true, nil
}
