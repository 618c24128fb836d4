package reach_test

import (
	"context"

	"tidemark/ports/chunks"
)

// callingRows is rows of which one call goes to an endpoint.
type callingRows struct {
	chunks.Store
	e *endpoint
}

func (r callingRows) Expired(ctx context.Context) (int32, error) { return 0, r.e.call(ctx) }

func (r callingRows) Apply(ctx context.Context, _ ...chunks.Change) error { return r.e.call(ctx) }
