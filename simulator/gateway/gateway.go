// Package gateway is a geo-redundant storage account in front of two Azurites: the Table and Queue REST of the
// service, path style.
//
// Package account drives the accounts: it stamps every write, holds the write's partition while the primary's Azurite
// does it, logs what was committed (georep) and repeats it on the secondary's Azurite (azurite/store) when its lag has
// passed. The gateway is the way there: a visit is one request, its path a path.Trip. Repeats and copies go no path,
// and no rule befalls them. docs/replication.md follows a write through all of it. Reads are translated as they stream,
// so that Timestamp and ETag are the stamp's in both regions. Signatures pass through untouched: Azurite checks them;
// where the gateway answers itself it checks a shared key.
//
// A caller stands somewhere (network.Place) and reaches a region over a path that has a length and may fail; inject's
// rules hurt single calls. A local account (without a secondary) is passed through to its region's Azurite with the
// same paths, faults and limits.
package gateway

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/wire/sharedkey"
)

// Gateway serves the accounts. It is safe for concurrent use.
type Gateway struct {
	*cloud

	known    sync.RWMutex // guards accounts
	accounts map[string]*Account
}

// New checks the options. Nothing is reached out to yet.
func New(o Options) (*Gateway, error) {
	if o.Clock == nil {
		o.Clock = func(georep.Region) time.Time { return time.Now() }
	}
	if len(o.Stores) == 0 {
		return nil, errors.New("gateway: no store: name an Azurite for at least one region")
	}
	g := &Gateway{cloud: newCloud(o), accounts: make(map[string]*Account)}
	for _, r := range slices.Sorted(maps.Keys(o.Stores)) {
		if err := g.SetStore(r, o.Stores[r]); err != nil {
			g.close()
			return nil, err
		}
	}
	if o.Network != nil {
		g.work.Go(g.watch)
	}
	return g, nil
}

// watch has the accounts look at the network when it changes.
func (g *Gateway) watch() {
	for {
		changed := g.o.Network.Changed()
		for _, a := range g.Accounts() {
			a.Look()
		}
		if changed.Wait(g.ctx) != nil {
			return
		}
	}
}

// AddAccount begins to serve an account. Its regions need a store each, and have to be on the network.
func (g *Gateway) AddAccount(o AccountOptions) (*Account, error) {
	if err := g.checkAccount(o); err != nil {
		return nil, fmt.Errorf("gateway: account %q: %w", o.Name, err)
	}
	key, err := sharedkey.New(o.Name, o.Key)
	if err != nil {
		return nil, fmt.Errorf("gateway: account %q: %w", o.Name, err)
	}
	g.known.Lock()
	defer g.known.Unlock()
	if g.ctx.Err() != nil {
		return nil, fmt.Errorf("gateway: account %q: the gateway is closed", o.Name)
	}
	if _, taken := g.accounts[o.Name]; taken {
		return nil, fmt.Errorf("gateway: account %q is served already: give another name", o.Name)
	}
	a, err := newAccount(g.cloud, o, key)
	if err != nil {
		return nil, fmt.Errorf("gateway: account %q: %w", o.Name, err)
	}
	g.accounts[o.Name] = a
	return a, nil
}

func (g *Gateway) checkAccount(o AccountOptions) error {
	if o.Geo.Primary == "" {
		return errors.New("no primary region: name one")
	}
	for _, r := range []georep.Region{o.Geo.Primary, o.Geo.Secondary} {
		if r == "" {
			continue
		}
		if err := g.checkRegion(r); err != nil {
			return err
		}
	}
	return nil
}

// Account finds an account by name.
func (g *Gateway) Account(name string) (*Account, bool) {
	g.known.RLock()
	defer g.known.RUnlock()
	a, ok := g.accounts[name]
	return a, ok
}

// Accounts lists the accounts, by name.
func (g *Gateway) Accounts() []*Account {
	g.known.RLock()
	defer g.known.RUnlock()
	return slices.SortedFunc(maps.Values(g.accounts), func(a, b *Account) int {
		return strings.Compare(a.name, b.name)
	})
}

// Close stops replication, gives up writes whose store does not answer, and waits for what is under way. Stop the
// listeners first.
func (g *Gateway) Close() error {
	g.known.Lock()
	g.end()
	g.known.Unlock()
	for _, a := range g.Accounts() {
		a.Account.Close()
	}
	g.work.Wait()
	g.pools.close()
	return nil
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
// whose secondary it is, or becomes, are in bootstrap until the copy is there that Renew begins, and take no failover
// to it.
func (g *Gateway) Distrust(r georep.Region) {
	for _, a := range g.Accounts() {
		a.Doubt(r)
	}
}
