package gateway

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"tidemark/simulator/gateway/internal/sharedkey"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
)

// Account is one storage account. It is safe for concurrent use. Its orders are georep's, carried out on the stores.
type Account struct {
	g            *Gateway
	name, key    string
	sign         *sharedkey.Key
	copyRate     float64
	geoRedundant bool // false: a local account, passed through

	perAccount, perPartition *inject.Buckets // the service's scale targets
	locks                    *locks
	queues                   *queueSide
	roles                    atomic.Pointer[roles]
	poke                     chan struct{} // something may have to be done before the driver's next turn

	mu      sync.Mutex // guards what follows; held for moments, never while a store is asked
	geo     *georep.Account
	last    time.Time // the latest time that geo was told
	now     roles     // of geo; roles, which callers are routed by, follow it
	reach   reach
	log     map[uint64]*entry // what the secondary lacks
	running int               // applications under way
	wakeAt  time.Time         // when the driver means to look again; zero: only when it is poked
	lags    map[georep.Scope]georep.Lag
	losses  []Loss
	// deleted since a bootstrap began and until it has listed what there is; nil when none does
	emptied  map[container]bool
	leftover map[georep.Region]bool // copies that a failover left behind and that are not deleted yet
	drained  []chan struct{}        // who waits until the secondary has everything
	up       stage                  // ends when a failover takes the endpoints down
	// ends when an unplanned failover gives up writes that the primary does not answer
	sending    stage
	names      map[string]string // of the tables that a bootstrap copies, as they were made
	promoting  bool              // the queues are about to be told of new roles
	dropping   bool              // sending is about to end
	copying    bool              // a bootstrap is being prepared or under way
	copies     stage             // of the latest bootstrap: ends when another takes its place
	copied     chan struct{}     // closed when the latest bootstrap has ended; nil: there was none
	distrusted bool              // the secondary's copy counts for nothing, and no bootstrap is under way yet

	wiping sync.Mutex // held while a region's copy is deleted
}

// stage is a context that is replaced when it has ended.
type stage struct {
	ctx context.Context
	end context.CancelFunc
}

func newStage(parent context.Context) stage {
	ctx, end := context.WithCancel(parent)
	return stage{ctx, end}
}

// roles say which region serves an endpoint.
type roles struct {
	primary, secondary georep.Region
	down               bool // a failover keeps both down
	empty              bool // the secondary still has what an earlier life left there
	// the primary has lost what it had, or will have, and a failover away from it is under way: it answers nothing
	gone bool
}

// entry is what is known of a write that the secondary lacks.
type entry struct {
	payload payload
	tries   int
}

// payload is what an entry repeats on the secondary.
type payload interface {
	// apply repeats it on a region's store. Done again it changes nothing. After an error it is tried again.
	apply(ctx context.Context, a *Account, region georep.Region, e georep.Entry) error
	// keys are the row keys or message ids that it touches.
	keys() []string
}

func newAccount(g *Gateway, o AccountOptions, key *sharedkey.Key) (*Account, error) {
	a := &Account{
		g: g, name: o.Name, key: o.Key, sign: key, copyRate: o.CopyRate, geoRedundant: o.Geo.Secondary != "",
		perAccount:   inject.NewThrottle(g.o.Targets.Account, 0, inject.ByAccount),
		perPartition: inject.NewThrottle(g.o.Targets.Partition, 0, inject.ByPartition),
		locks:        newLocks(), poke: make(chan struct{}, 1), log: make(map[uint64]*entry),
		lags: make(map[georep.Scope]georep.Lag), leftover: make(map[georep.Region]bool), names: make(map[string]string),
		reach: reach{primary: true, secondary: true, link: true},
		up:    newStage(g.ctx), sending: newStage(g.ctx), copies: newStage(g.ctx),
	}
	o.Geo.Observe = a.observe
	geo, err := georep.New(o.Geo)
	if err != nil {
		return nil, err
	}
	if o.Geo.Lag != nil {
		a.lags[georep.Scope{}] = o.Geo.Lag
	}
	a.geo = geo
	a.now = roles{primary: o.Geo.Primary, secondary: o.Geo.Secondary}
	current := a.now
	a.roles.Store(&current)
	a.queues = newQueueSide(a)
	return a, nil
}

// observe is told by geo, under mu.
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

// tick is the storage's clock as geo wants it: it never falls. The caller holds mu.
func (a *Account) tick() time.Time {
	if now := a.g.o.Now().Round(0); now.After(a.last) {
		a.last = now
	}
	return a.last
}

// serving ends when a failover takes the endpoints down, and with the gateway.
func (a *Account) serving() context.Context {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.up.ctx
}

func (a *Account) store(r georep.Region) Store { return a.g.store(r) }

// wake makes the driver look.
func (a *Account) wake() {
	select {
	case a.poke <- struct{}{}:
	default:
	}
}

// arrive takes a write in at a region that was the primary when it set out.
func (a *Account) arrive(region georep.Region, s georep.Service) (georep.Ticket, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.now.primary != region {
		return 0, fmt.Errorf("account %s: region %s is not its primary any more: %w", a.name, region, georep.ErrDown)
	}
	return a.geo.Arrive(a.tick(), s)
}

// stamp gives a write, whose partition is held, its time.
func (a *Account) stamp(t georep.Ticket) time.Time {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.geo.Stamp(a.tick(), t)
}

func (a *Account) abandon(t georep.Ticket) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.geo.Abandon(a.tick(), t)
	if a.now.down {
		a.wake()
	}
}

// commit logs a write that the primary has stored.
func (a *Account) commit(t georep.Ticket, w *write, p payload) georep.Entry {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.tick()
	e := a.geo.Commit(now, t, w.partition, w.rows, w.bytes)
	if a.now.secondary != "" {
		a.log[e.Seq] = &entry{payload: p}
	}
	if w.empties {
		a.geo.Emptied(now, w.partition.Service, w.partition.Container, e.Seq)
		if a.emptied != nil {
			a.emptied[container{w.partition.Service, w.partition.Container}] = true
		}
	}
	if at, ok := a.geo.Wake(now); a.now.down || ok && (a.wakeAt.IsZero() || at.Before(a.wakeAt)) {
		a.wake()
	}
	return e
}

// Name is the account's name.
func (a *Account) Name() string { return a.name }

// Key is the account's key, base64.
func (a *Account) Key() string { return a.key }

// Status is the account as a whole.
func (a *Account) Status() georep.Status {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.geo.Status(a.tick())
}

// Stats are the statistics of a service, as its secondary endpoint gives them.
func (a *Account) Stats(s georep.Service) georep.Stats {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.geo.Stats(a.tick(), s)
}

// Missing lists the writes that the secondary lacks, in order of commit: what an unplanned failover now would
// discard.
func (a *Account) Missing() []georep.Entry {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.geo.Missing()
}

// Discarded lists what each failover lost, oldest first.
func (a *Account) Discarded() []Loss {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Loss(nil), a.losses...)
}

// SetLag changes the lag of what commits from now on; nil takes the scope's own away.
func (a *Account) SetLag(s georep.Scope, l georep.Lag) {
	s = canonical(s)
	a.order(func(now time.Time) {
		a.geo.SetLag(now, s, l)
		if l == nil {
			delete(a.lags, s)
		} else {
			a.lags[s] = l
		}
	})
}

// Lags are the lags that hold, by scope.
func (a *Account) Lags() map[georep.Scope]georep.Lag {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.lags)
}

// Pause stops applying writes of a scope to the secondary.
func (a *Account) Pause(s georep.Scope) {
	a.order(func(now time.Time) { a.geo.Pause(now, canonical(s)) })
}

// Resume goes on.
func (a *Account) Resume(s georep.Scope) {
	a.order(func(now time.Time) { a.geo.Resume(now, canonical(s)) })
}

// canonical is a scope as entries have it: the names of tables do not differ by case, and queues have none.
func canonical(s georep.Scope) georep.Scope {
	s.Container = strings.ToLower(s.Container)
	return s
}

// SetUnavailable makes the statistics say unavailable, as when they cannot be computed.
func (a *Account) SetUnavailable(yes bool) {
	a.order(func(now time.Time) { a.geo.SetUnavailable(now, yes) })
}

// order tells geo something, and has the driver look at what follows from it.
func (a *Account) order(do func(now time.Time)) {
	a.mu.Lock()
	do(a.tick())
	a.mu.Unlock()
	a.wake()
}

// Drained waits until the secondary has everything, or the context ends.
func (a *Account) Drained(ctx context.Context) error {
	done := make(chan struct{})
	a.mu.Lock()
	if s := a.geo.Status(a.tick()); a.isDrained(s) {
		a.mu.Unlock()
		return nil
	}
	a.drained = append(a.drained, done)
	a.mu.Unlock()
	a.wake()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		s := a.Status()
		return fmt.Errorf("account %s: wait until the secondary has everything: %d entries are missing and %d "+
			"writes under way (state %s, phase %s): %w",
			a.name, s.Backlog, s.UnderWay, s.State, s.Phase, ctx.Err())
	}
}

func (a *Account) isDrained(s georep.Status) bool {
	return s.Backlog == 0 && s.UnderWay == 0 && s.State != georep.Bootstrap && s.Phase == georep.Steady && !a.copying
}
