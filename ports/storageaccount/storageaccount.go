// Package storageaccount is the contract of the geo-redundant account as a whole: its tidemark and its state.
package storageaccount

import (
	"context"

	"tidemark/domain/region"
)

// Account tells the tidemark. It is safe for concurrent use.
type Account interface {
	// Tidemark asks now. Every row that the account commits after the call returns has a commit time at or after the
	// tidemark's At, less the clock's resolution (a second). Of a geo-redundant account it is the Last Sync Time,
	// asked of the secondary endpoint; without geo-redundancy the state is Single and At the account's own clock when
	// it answered. At never falls while the state stays Single. An account that cannot be asked is fault.Unavailable;
	// a state that is not Live or Single comes with a zero At.
	Tidemark(ctx context.Context) (region.Tidemark, error)
}
