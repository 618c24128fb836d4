// Package doubt is a storage that loses some of the requests and answers of replication.
package doubt

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/twin"
)

// Store loses a share of the repeats on the secondary, half of them with the request and half with the answer: what
// became of a write is found by asking.
type Store struct {
	*twin.Store
	Sched sched.Scheduler
	Rand  *rand.Rand
	Share func() float64
}

// silent is how long at most it takes until somebody gives up that waits for an answer.
const silent = 10 * time.Second

var errAway = errors.New("the request or its answer was lost")

// Apply implements account.Store.
func (d Store) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	x, share := 1.0, d.Share()
	if share > 0 {
		x = d.Rand.Float64()
	}
	switch {
	case x < share/2:
		return d.silence(ctx)
	case x < share:
		if err := d.Store.Apply(ctx, in, e, p); err != nil {
			return err
		}
		return d.silence(ctx)
	}
	return d.Store.Apply(ctx, in, e, p)
}

// silence is a call without an answer: somebody waits for it for a while.
func (d Store) silence(ctx context.Context) error {
	if err := d.Sched.Sleep(ctx, time.Duration(d.Rand.Int64N(int64(silent)))); err != nil {
		return err
	}
	return errAway
}
