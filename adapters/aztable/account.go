package aztable

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/adapters/internal/azkit"
	"tidemark/domain/region"
	"tidemark/ports/storageaccount"
)

// Account implements storageaccount.Account for the account's table service.
type Account struct{ client *Client }

var _ storageaccount.Account = (*Account)(nil)

// codeNoSecondary is the answer for an account that has no readable secondary, for instance after an unplanned
// failover.
const codeNoSecondary = "InsufficientAccountPermissions"

// Tidemark implements storageaccount.Account.
func (a *Account) Tidemark(ctx context.Context) (region.Tidemark, error) {
	const op = "account.tidemark"
	switch a.client.kind {
	case Undeclared:
		return region.Tidemark{}, nil
	case Local:
		return a.ownClock(ctx, op)
	}
	stats, err := a.client.secondary.GetStatistics(azkit.ReadContext(ctx, op), nil)
	if azkit.Failed(err, codeNoSecondary) {
		return region.Tidemark{}, nil
	}
	if err != nil {
		return region.Tidemark{}, azkit.Classify(ctx, op, azkit.Read, err)
	}
	return tidemarkOf(stats.GeoReplication), nil
}

// tidemarkOf reads the statistics. The SDK gives no time or the zero time where the service said none, so a time
// counts only with status live.
func tidemarkOf(g *aztables.GeoReplication) region.Tidemark {
	if g == nil || g.Status == nil {
		return region.Tidemark{}
	}
	switch *g.Status {
	case aztables.GeoReplicationStatusBootstrap:
		return region.Tidemark{State: region.Bootstrap}
	case aztables.GeoReplicationStatusLive:
		if g.LastSyncTime != nil && !g.LastSyncTime.IsZero() {
			return region.Tidemark{At: g.LastSyncTime.UTC(), State: region.Live}
		}
	}
	return region.Tidemark{}
}

// ownClock is the tidemark of a Local account. A server's clock that was set back does not take the mark with it.
func (a *Account) ownClock(ctx context.Context, op string) (region.Tidemark, error) {
	at, err := a.client.table(tableState).ServiceDate(ctx, op, partitionAccount, rowYears)
	if err != nil {
		return region.Tidemark{}, azkit.Classify(ctx, op, azkit.Read, err)
	}
	told := &a.client.told
	told.mu.Lock()
	defer told.mu.Unlock()
	if at.After(told.at) {
		told.at = at
	}
	return region.Tidemark{At: told.at, State: region.Single}, nil
}
