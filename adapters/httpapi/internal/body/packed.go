package body

import (
	"bytes"
	"encoding/binary"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"tidemark/domain/telemetry"
)

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
