package gateway

import (
	"fmt"
	"net/http"
	"time"

	"tidemark/simulator/account"
	"tidemark/simulator/azurite/store"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
	"tidemark/simulator/wire/sharedkey"
)

// Account is one storage account. It is safe for concurrent use.
type Account struct {
	*account.Account
	g            *Gateway
	name, key    string
	sign         *sharedkey.Key
	geoRedundant bool // false: a local account, passed through
	storage      *store.Store
	queues       *queueSide

	perAccount, perPartition *inject.Buckets // the service's scale targets
}

// Loss is what an unplanned failover discarded, and the Last Sync Times at that moment.
type Loss = account.Loss

func newAccount(g *Gateway, o AccountOptions, key *sharedkey.Key) (*Account, error) {
	a := &Account{g: g, name: o.Name, key: o.Key, sign: key, geoRedundant: o.Geo.Secondary != "",
		perAccount:   inject.NewThrottle(g.o.Targets.Account, 0, inject.ByAccount),
		perPartition: inject.NewThrottle(g.o.Targets.Partition, 0, inject.ByPartition),
		storage: store.New(store.Options{Account: o.Name, Sign: key, Where: g.store, Sched: g.sched,
			Do: func(r *http.Request) (*http.Response, error) { return g.repeat(r) }})}
	a.queues = newQueueSide(a)
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

// reach is what of a service the network lets answer in two regions.
func (g *Gateway) reach(s georep.Service, primary, secondary georep.Region) georep.Reach {
	n := g.o.Network
	if n == nil {
		return georep.Reach{Primary: true, Secondary: true, Link: true}
	}
	open := func(from, to georep.Region) bool {
		return n.Path(network.Place(from), network.Place(to), network.Part(s)).Open()
	}
	return georep.Reach{Primary: open(primary, primary), Secondary: open(secondary, secondary),
		Link: open(primary, secondary)}
}

// Renew has a region's store restarted, and makes anew the copies that may not hold any more after it. The restart
// says where the store is, and whether it may have lost something; an error is that it is not there.
func (g *Gateway) Renew(r georep.Region, restart func() (s Store, lost bool, err error)) error {
	g.Distrust(r)
	s, lost, err := restart()
	if err == nil {
		err = g.SetStore(r, s)
	}
	for _, a := range g.Accounts() {
		if err == nil && a.Back(r, lost) {
			a.storage.Ledger.Forget(string(r))
		}
		a.Renew()
	}
	return err
}

// Distrust says that a region's store was killed, and that nobody knows what of it comes back with Renew: accounts
// whose secondary it is, or becomes, are in bootstrap until then, and take no failover to it.
func (g *Gateway) Distrust(r georep.Region) {
	for _, a := range g.Accounts() {
		a.Doubt(r)
	}
}
