// Package body takes the bodies of requests in: within their bounds and their share of the memory of all bodies,
// whole, and decompressed. huma's RawBody and Body know no memory that all requests share, and no compression.
package body

import (
	"context"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/domain/intake"
)

// Receive reads the body of a request into the memory of all bodies, within the bounds, and waits for its turn to be
// decoded; the caller closes it. What is over a bound is not read on. The error is fault.TooLarge, fault.Invalid for
// what does not decompress, fault.Throttled when there was no memory for it in time, 415 for an unknown coding, 408
// for a body that did not come.
func Receive(ctx context.Context, c *call.Call, memory *intake.Budget, most Bounds) (*Body, error) {
	coding, err := codingOf(c.Request.Header)
	if err != nil {
		return nil, err
	}
	if c.Request.ContentLength > int64(most.Sent) {
		return nil, errSent(most.Sent)
	}
	in := incomings.Get().(*Body)
	in.c = c
	in.body.Open(memory, wanted(c.Request.ContentLength, coding, most), in)
	whole := false
	defer func() {
		if !whole { // or it panics: then nobody else closes it
			in.Close()
		}
	}()
	if err = in.read(ctx, most.Sent); err == nil {
		err = in.decompress(ctx, coding, most.Decoded)
	}
	if err != nil {
		return nil, bodyError(err, coding != identity)
	}
	whole = true
	return in, nil
}

// wanted is what is known of a body beforehand.
func wanted(length int64, c coding, most Bounds) intake.Want {
	w := intake.Want{Bytes: int64(most.Sent) + 1, Known: length >= 0}
	if w.Known {
		w.Bytes = length + 1 // and one to see the end without growing
	}
	if c != identity {
		w.Unpack = int64(most.Decoded) + 1
	}
	if c == zstdCoded {
		w.Beside = ZstdWindow
	}
	return w
}
