package sweep

import (
	"context"
	"errors"
	"fmt"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
)

// Said is what a block of a stream says of itself, above all up to where the stream was acknowledged when it closed.
// The highest block says most. It is the zero value where there is no such block, or a void.
func Said(ctx context.Context, j journal.Journal, s telemetry.Stream, n telemetry.Number) (h blockcodec.Header,
	err error) {
	if n == 0 {
		return h, nil
	}
	for e, err := range j.Read(ctx, s, n-1) {
		if err != nil {
			return h, err
		}
		if e.Number != n || e.Void {
			break
		}
		v, err := blockcodec.Open(e.Block)
		if err != nil {
			return h, fault.Wrap(fault.Corrupt, "sweep.said", err)
		}
		return v.Header(), nil
	}
	return h, nil
}

// Holes are numbers of an ended stream of which nothing is there, rising, and what the highest block of it says.
type Holes struct {
	Stream  telemetry.Stream
	Numbers []telemetry.Number
	Said    blockcodec.Header
}

// Check refuses to make void a number that was acknowledged: it is lost, stays a hole that stops the marks, and is
// told. Only where a journal was retired later than the block which says so was closed, the certificate of that
// retirement names the number, and nobody waits for it any more. Of the journals that the stream was in the identities
// are asked.
func (h Holes) Check(ctx context.Context, of ...journal.Journal) error {
	if len(h.Numbers) == 0 || h.Numbers[0] > h.Said.Acked {
		return nil
	}
	for _, j := range of {
		place, err := j.Identity(ctx)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if place.RetiredSince(h.Said.Stamp.Time()) {
			return nil
		}
	}
	return &fault.Error{Kind: fault.Corrupt, Op: "sweep.holes", Cause: ErrLost, Message: fmt.Sprintf("number %d of "+
		"stream %s was acknowledged, and no journal has it: its shard's blocks stay behind it. If it was in a journal "+
		"that is gone for good, retire that (`tidemark retire`)", h.Numbers[0], h.Stream)}
}

// ErrLost is the cause of an error that tells of a number which was acknowledged and is in no journal.
var ErrLost = errors.New("it is lost")
