package embedded

import (
	"context"

	"tidemark/domain/region"
	"tidemark/ports/storageaccount"
)

// account is the store as a storageaccount.Account without geo-redundancy.
type account struct {
	*Store
	to audience
}

// Account tells the store's tidemark: state Single, its own clock.
func (s *Store) Account() storageaccount.Account { return account{s, anybody} }

// Tidemark implements storageaccount.Account.
func (a account) Tidemark(ctx context.Context) (region.Tidemark, error) {
	nanos, err := a.now(ctx, "account.tidemark", a.to)
	if err != nil {
		return region.Tidemark{}, err
	}
	return region.Tidemark{At: moment(nanos), State: region.Single}, nil
}
