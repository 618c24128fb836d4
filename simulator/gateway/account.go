package gateway

import (
	"fmt"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/azurite/store"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/wire/sharedkey"
)

// Account is one storage account. It is safe for concurrent use.
type Account struct {
	*account.Account
	g            *cloud
	name, key    string
	sign         *sharedkey.Key
	geoRedundant bool // false: a local account, passed through
	storage      *store.Store

	perAccount, perPartition *inject.Buckets // the service's scale targets
}

func newAccount(g *cloud, o AccountOptions, key *sharedkey.Key) (*Account, error) {
	a := &Account{g: g, name: o.Name, key: o.Key, sign: key, geoRedundant: o.Geo.Secondary != "",
		perAccount:   inject.NewThrottle(g.o.Targets.Account, 0, inject.ByAccount),
		perPartition: inject.NewThrottle(g.o.Targets.Partition, 0, inject.ByPartition),
		storage: store.New(store.Options{Account: o.Name, Sign: key, Where: g.store, Sched: g.sched,
			Do: g.repeat})}
	var behind account.Store = a.storage
	if g.o.plant != nil {
		behind = g.o.plant(behind)
	}
	var err error
	a.Account, err = account.Open(account.Options{Name: o.Name, Sched: g.sched, Clock: g.o.Clock, Geo: o.Geo,
		Store: behind, Reach: g.reach, Observe: a.observe, CopyRate: o.CopyRate,
		PlannedReads: o.PlannedReads})
	return a, err
}

// observe is told by the account.
func (a *Account) observe(e georep.Event) {
	if a.g.o.Observe == nil {
		return
	}
	event := Event{At: e.At, Account: a.name, Kind: e.Kind, Text: e.Text}
	if e.Entry != (georep.Entry{}) {
		event.Entry = &e.Entry
	}
	a.g.tell(event)
}

// clock is that of the account's storage in a region.
func (a *Account) clock(r georep.Region) time.Time {
	if !a.geoRedundant {
		return time.Now()
	}
	return a.g.o.Clock(r)
}

// Key is the account's key, base64.
func (a *Account) Key() string { return a.key }

// Reenable makes an LRS account geo-redundant again, as account.Account has it.
func (a *Account) Reenable(secondary georep.Region) error {
	if !a.geoRedundant {
		return fmt.Errorf("account %s: re-enable geo-redundancy: it is a local account: make one with a secondary",
			a.name)
	}
	if err := a.g.checkRegion(secondary); err != nil {
		return fmt.Errorf("account %s: re-enable geo-redundancy: %w", a.name, err)
	}
	return a.Account.Reenable(secondary)
}

// storeClock is that of the stores: messages live and are hidden by it, whatever the gateway's says.
func (a *Account) storeClock() time.Time { return a.g.sched.Now() }
