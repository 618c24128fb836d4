package storageaccounttest

import (
	"context"
	"fmt"
	"time"

	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
)

// ask gives the tidemark.
func ask(ctx context.Context, t T, f Fixture) region.Tidemark {
	t.Helper()
	mark, err := f.Account.Tidemark(ctx)
	proof.OK(t, err, "tidemark")
	return mark
}

// commit writes a row and gives its commit time.
func commit(ctx context.Context, s chunks.Store, name string) (time.Time, error) {
	k := chunks.TaskKey(telemetry.Tenant("t1"), name)
	if err := s.Apply(ctx, chunks.Change{Key: k, Value: []byte("x")}); err != nil {
		return time.Time{}, err
	}
	row, err := s.Get(ctx, k)
	return row.Committed, err
}

// older is the breach of the contract, if there is one: a row committed after a tidemark was told is older than it.
func older(mark region.Tidemark, committed time.Time) error {
	if committed.Before(mark.At.Add(-Resolution)) || mark.Covers(committed, Resolution) {
		return fmt.Errorf("the tidemark was %v, and later a row was committed at %v", mark.At, committed)
	}
	return nil
}
