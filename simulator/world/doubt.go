package world

import (
	"context"
	"errors"

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

var errAway = errors.New("the request or its answer was lost")

// Apply implements account.Store.
func (d doubtful) Apply(ctx context.Context, in georep.Region, e georep.Entry, p account.Payload) error {
	x := 1.0
	if d.w.doubt > 0 {
		x = d.w.Rand.Float64()
	}
	if x < d.w.doubt/2 {
		return errAway
	}
	err := d.Store.Apply(ctx, in, e, p)
	if err == nil && x < d.w.doubt {
		err = errAway
	}
	return err
}
