package world

import (
	"context"
	"errors"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/twin"
)

// doubtful is a storage that loses some of the requests and answers of replication: what became of a write is found by
// asking.
type doubtful struct {
	*twin.Store
	w *World
}

// silent is how long at most it takes until somebody gives up that waits for an answer.
const silent = 10 * time.Second

var errAway = errors.New("the request or its answer was lost")

// Apply implements account.Store.
func (d doubtful) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	x := 1.0
	if d.w.doubt > 0 {
		x = d.w.Rand.Float64()
	}
	switch {
	case x < d.w.doubt/2:
		return d.silence(ctx)
	case x < d.w.doubt:
		if err := d.Store.Apply(ctx, in, e, p); err != nil {
			return err
		}
		return d.silence(ctx)
	}
	return d.Store.Apply(ctx, in, e, p)
}

// silence is a call without an answer: somebody waits for it for a while.
func (d doubtful) silence(ctx context.Context) error {
	if err := d.w.Sched.Sleep(ctx, time.Duration(d.w.Rand.Int64N(int64(silent)))); err != nil {
		return err
	}
	return errAway
}
