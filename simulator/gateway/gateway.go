// Package gateway is a geo-redundant storage account in front of two Azurites: the Table and Queue REST of the
// service, path style.
//
// It is the clock of such an account: it stamps every write, holds the write's partition while the primary's Azurite
// does it, logs what was committed (georep) and repeats it on the secondary's Azurite when its lag has passed. Reads
// are translated as they stream, so that Timestamp and ETag are the stamp's in both regions. Signatures pass through
// untouched: Azurite checks them; where the gateway answers itself it checks a shared key.
//
// A caller stands somewhere (network.Place) and reaches a region over a path that has a length and may fail; inject's
// rules hurt single calls. A local account (without a secondary) is passed through to its region's Azurite with the
// same paths, faults and limits.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/ports/sched"
	"tidemark/simulator/account"
	"tidemark/simulator/azurite/store"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
	"tidemark/simulator/wire/sharedkey"
	"tidemark/simulator/wire/tables"
)

// Store is the Azurite of one region: addresses without account, as http://127.0.0.1:10002. They may change (a
// container that restarted).
type Store = store.Address

// Pages is where pages of queries end before they have to; ParsePages reads one.
type Pages = tables.Pages

// ParsePages reads whole, borders, short, empty or drawn; "" is whole.
func ParsePages(text string) (Pages, error) { return tables.ParsePages(text) }

// Options say what stands behind the gateways.
type Options struct {
	Stores  map[georep.Region]Store
	Network *network.Network // nil: every path is open and short
	Faults  *inject.Engine   // nil: nothing goes wrong
	// Clock is the clock of a region's storage, by which geo-redundant accounts stamp and date; nil is time.Now for all.
	// Queue messages live and are hidden by the clock of this machine, and so does all of a local account.
	Clock   func(georep.Region) time.Time
	Observe func(Event) // the truth stream; nil hears nothing. Called in order, must not block.
	Targets Targets

	// Comparisons is how many a $filter may have; 0 is no limit, which is what the service does. Its page says 15.
	Comparisons int
	// Pages is where pages of queries end before they have to; Seed is of what it draws.
	Pages Pages
	Seed  uint64

	plant func(account.Store) account.Store // a defect that tests of checkers put in; nil is none
}

// Targets are the service's scale targets, as rows a second; 0 does not throttle. Azure: 20,000 an account and 2,000
// a partition.
type Targets struct{ Account, Partition float64 }

// AccountOptions say what account to serve.
type AccountOptions struct {
	Name, Key string
	// Primary is required. Secondary "" is a local account. Observe is the gateway's own: the truth stream has it
	// all.
	Geo      georep.Options
	CopyRate float64 // rows a second of one partition while an account bootstraps; 0 is without bound

	PlannedReads bool // a planned failover lets reads through until the roles change
}

// Event is an entry of the truth stream, written by the simulator alone. Besides georep's kinds there are: answered
// (a write of a geo-redundant account, with the Entry if it was committed), lost-answer (nobody hears it), refused
// (by the simulator itself), unknown (a write whose primary is gone before it said), apply-failed and copy-failed
// (they are tried again), copied and wiped.
type Event struct {
	At      time.Time     `json:"at"`
	Account string        `json:"account"`
	Kind    string        `json:"kind"` // georep's kinds, and those of gateway
	Call    *inject.Call  `json:"call,omitempty"`
	Entry   *georep.Entry `json:"entry,omitempty"`
	Status  int           `json:"status,omitempty"`
	Text    string        `json:"text,omitempty"`
}

// Gateway serves the accounts. It is safe for concurrent use.
type Gateway struct {
	o     Options
	sched sched.Scheduler
	pools *pools
	ctx   context.Context // ends with Close
	close context.CancelFunc
	work  sync.WaitGroup // everything that runs without a caller

	observing sync.Mutex // held while Observe is told an event, so that it is told in order

	mu       sync.RWMutex // guards what follows
	stores   map[georep.Region]Store
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
	ctx, cancel := context.WithCancel(context.Background())
	g := &Gateway{o: o, sched: goruntime.New(), pools: newPools(), ctx: ctx, close: cancel,
		stores:   make(map[georep.Region]Store),
		accounts: make(map[string]*Account)}
	for _, r := range slices.Sorted(maps.Keys(o.Stores)) {
		if err := g.SetStore(r, o.Stores[r]); err != nil {
			cancel()
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
		select {
		case <-changed:
		case <-g.ctx.Done():
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
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ctx.Err() != nil {
		return nil, fmt.Errorf("gateway: account %q: the gateway is closed", o.Name)
	}
	if _, taken := g.accounts[o.Name]; taken {
		return nil, fmt.Errorf("gateway: account %q is served already: give another name", o.Name)
	}
	a, err := newAccount(g, o, key)
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

// checkRegion says what is wrong with a region's name.
func (g *Gateway) checkRegion(r georep.Region) error {
	g.mu.RLock()
	_, ok := g.stores[r]
	known := slices.Sorted(maps.Keys(g.stores))
	g.mu.RUnlock()
	if !ok {
		return fmt.Errorf("region %q has no store: use one of %q", r, known)
	}
	if n := g.o.Network; n != nil && !slices.Contains(n.Regions(), network.Place(r)) {
		return fmt.Errorf("region %q is not on the network: use one of %q", r, n.Regions())
	}
	return nil
}

// Account finds an account by name.
func (g *Gateway) Account(name string) (*Account, bool) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	a, ok := g.accounts[name]
	return a, ok
}

// Accounts lists the accounts, by name.
func (g *Gateway) Accounts() []*Account {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return slices.SortedFunc(maps.Values(g.accounts), func(a,
		b *Account) int {
		return strings.Compare(a.name, b.name)
	})
}

// SetStore tells where a region's Azurite is now.
func (g *Gateway) SetStore(r georep.Region, s Store) error {
	for _, address := range []string{s.Table, s.Queue} {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" || u.Host == "" || u.Path != "" {
			return fmt.Errorf("gateway: store of region %q: address %q: use one without an account and a slash at "+
				"the end, as http://127.0.0.1:10002", r, address)
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stores[r] = s
	return nil
}

func (g *Gateway) store(r georep.Region) Store {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.stores[r]
}

// Close stops replication, gives up writes whose store does not answer, and waits for what is under way. Stop the
// listeners first.
func (g *Gateway) Close() error {
	g.mu.Lock()
	g.close()
	g.mu.Unlock()
	for _, a := range g.Accounts() {
		a.Account.Close()
	}
	g.work.Wait()
	g.pools.close()
	return nil
}

// tell tells the truth stream.
func (g *Gateway) tell(e Event) {
	if g.o.Observe == nil {
		return
	}
	g.observing.Lock()
	defer g.observing.Unlock()
	g.o.Observe(e)
}
