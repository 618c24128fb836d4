package body

import (
	"context"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"

	"tidemark/domain/fault"
	"tidemark/domain/intake"
)

// decompress waits for the body's turn and undoes its coding. Everything has arrived by then, so that no client is
// waited for, and what is decompressed is held only as long as it takes to decode it.
func (in *Body) decompress(ctx context.Context, c coding, limit int) error {
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
	in.Bytes = in.plain.b
	return nil
}

// unpackSmall decompresses into the room there is. It is not done when that does not suffice.
func (in *Body) unpackSmall(c coding, sent []byte, limit int) (done bool, err error) {
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
func (in *Body) unpackLarge(ctx context.Context, c coding, sent []byte, limit int) error {
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
func (in *Body) fill(r io.Reader, limit int) (done bool, err error) {
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

// unpackAll decompresses zstd at once: then the result is the window, and takes no other.
func (in *Body) unpackAll(sent []byte, limit int) (done bool, err error) {
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
