package memory

import (
	"context"
	"time"

	"tidemark/domain/region"
	"tidemark/ports/sched"
	"tidemark/ports/storageaccount"
)

// Account is the memory twin of the geo-redundant account as a whole. It starts as Single. It is safe for concurrent
// use.
type Account struct {
	storage
	state region.State
	lag   time.Duration
	last  time.Time // the last At while Single
}

var _ storageaccount.Account = (*Account)(nil)

// NewAccount makes an account without geo-redundancy.
func NewAccount(s sched.Scheduler) *Account {
	return &Account{storage: storage{sched: s, resolution: time.Second}, state: region.Single}
}

// SetState sets the state of the replication, and how far the tidemark of a Live account is behind its clock.
func (a *Account) SetState(state region.State, lag time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state, a.lag, a.last = state, lag, time.Time{}
}

// Tidemark implements storageaccount.Account. To the second, as the service tells it, unless SetResolution says
// otherwise.
func (a *Account) Tidemark(ctx context.Context) (region.Tidemark, error) {
	mark := region.Tidemark{}
	err := a.read(ctx, "account.tidemark", func() error {
		mark.State = a.state
		switch a.state {
		case region.Single:
			if now := a.now(); now.After(a.last) {
				a.last = now // the clock may be set back, the tidemark does not follow
			}
			mark.At = a.last
		case region.Live:
			mark.At = a.now().Add(-a.lag).Truncate(a.resolution)
		}
		return nil
	})
	if err != nil {
		return region.Tidemark{}, err
	}
	return mark, nil
}
