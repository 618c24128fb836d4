package twin

import (
	"context"

	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/ports/sched"
	"tidemark/ports/storageaccount"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
)

// Tide is the tidemark of a geo-redundant account in memory (storageaccount.Account): the Last Sync Time of its tables,
// asked of the secondary endpoint. It is safe for concurrent use.
type Tide struct {
	s sched.Scheduler
	a *account.Account
}

var _ storageaccount.Account = (*Tide)(nil)

// NewTide makes the tidemark of an account.
func NewTide(s sched.Scheduler, a *account.Account) *Tide { return &Tide{s: s, a: a} }

// Tidemark implements storageaccount.Account. An account that has no secondary any more is unavailable.
func (t *Tide) Tidemark(ctx context.Context) (region.Tidemark, error) {
	const op = "account.tidemark"
	if err := t.s.Sleep(ctx, 0); err != nil {
		return region.Tidemark{}, fault.Wrap(fault.Canceled, op, err)
	}
	if at := t.a.Endpoints().Secondary.Availability; at == account.Down {
		return region.Tidemark{}, fault.New(fault.Unavailable, op, "the account's secondary endpoint is %s", at)
	}
	stats := t.a.Stats(georep.Table)
	if err := t.s.Sleep(ctx, 0); err != nil {
		return region.Tidemark{}, fault.Wrap(fault.Canceled, op, err)
	}
	switch stats.State {
	case georep.Live:
		return region.Tidemark{State: region.Live, At: stats.LastSync}, nil
	case georep.Bootstrap:
		return region.Tidemark{State: region.Bootstrap}, nil
	}
	return region.Tidemark{State: region.Unavailable}, nil
}
