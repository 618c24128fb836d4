package chunks

import (
	"context"

	"tidemark/domain/fault"
)

// Swap applies changes and reports whether it certainly did. Losing a race (fault.Conflict), or not knowing
// (Indeterminate), is no error: whoever swaps rows reads them again the next time, and goes by what is there.
func Swap(ctx context.Context, s Store, changes ...Change) (done bool, err error) {
	err = s.Apply(ctx, changes...)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Indeterminate) {
		return false, nil
	}
	return err == nil, err
}
