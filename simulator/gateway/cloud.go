package gateway

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"sync"

	"tidemark/adapters/goruntime"
	"tidemark/ports/sched"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
	"tidemark/simulator/path"
)

// cloud is what all accounts of a gateway share: the stores of the regions, the way to them, and the truth stream.
type cloud struct {
	o     Options
	sched sched.Scheduler
	path  *path.Path // of every caller's requests
	pools *pools
	ctx   context.Context // ends with Close
	close context.CancelFunc
	work  sync.WaitGroup // everything that runs without a caller

	observing sync.Mutex // held while Observe is told an event, so that it is told in order

	mu     sync.RWMutex // guards what follows, and that no work begins after ctx has ended
	stores map[georep.Region]Store
}

func newCloud(o Options) *cloud {
	ctx, cancel := context.WithCancel(context.Background())
	c := &cloud{o: o, sched: goruntime.New(), pools: newPools(), ctx: ctx, close: cancel,
		stores: make(map[georep.Region]Store)}
	c.path = &path.Path{Sched: c.sched, Rules: o.Faults, Alone: ctx}
	if o.Network != nil {
		c.path.Ground = o.Network
	}
	return c
}

// begin says whether something may begin that Close waits for; then it ends with work.Done.
func (c *cloud) begin() bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	if c.ctx.Err() != nil {
		return false
	}
	c.work.Add(1)
	return true
}

// end has everything end that runs without a caller. Nothing begins afterwards.
func (c *cloud) end() {
	c.mu.Lock()
	c.close()
	c.mu.Unlock()
}

// checkRegion says what is wrong with a region's name.
func (c *cloud) checkRegion(r georep.Region) error {
	c.mu.RLock()
	_, ok := c.stores[r]
	known := slices.Sorted(maps.Keys(c.stores))
	c.mu.RUnlock()
	if !ok {
		return fmt.Errorf("region %q has no store: use one of %q", r, known)
	}
	if n := c.o.Network; n != nil && !slices.Contains(n.Regions(), network.Place(r)) {
		return fmt.Errorf("region %q is not on the network: use one of %q", r, n.Regions())
	}
	return nil
}

// SetStore tells where a region's Azurite is now.
func (c *cloud) SetStore(r georep.Region, s Store) error {
	for _, address := range []string{s.Table, s.Queue} {
		u, err := url.Parse(address)
		if err != nil || u.Scheme != "http" || u.Host == "" || u.Path != "" {
			return fmt.Errorf("gateway: store of region %q: address %q: use one without an account and a slash at "+
				"the end, as http://127.0.0.1:10002", r, address)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stores[r] = s
	return nil
}

func (c *cloud) store(r georep.Region) Store {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.stores[r]
}

// address is where a region's Azurite serves a service, now.
func (c *cloud) address(s georep.Service, r georep.Region) string {
	if s == georep.Queue {
		return c.store(r).Queue
	}
	return c.store(r).Table
}

// reach is what of a service the network lets answer in two regions.
func (c *cloud) reach(s georep.Service, primary, secondary georep.Region) georep.Reach {
	n := c.o.Network
	if n == nil {
		return georep.Reach{Primary: true, Secondary: true, Link: true}
	}
	open := func(from, to georep.Region) bool {
		return n.Path(network.Place(from), network.Place(to), network.Part(s)).Open()
	}
	return georep.Reach{Primary: open(primary, primary), Secondary: open(secondary, secondary),
		Link: open(primary, secondary)}
}

// tell tells the truth stream.
func (c *cloud) tell(e Event) {
	if c.o.Observe == nil {
		return
	}
	c.observing.Lock()
	defer c.observing.Unlock()
	c.o.Observe(e)
}

// do sends a caller's request to a store. An error that is account.ErrNotSent means that the store has not got it.
func (c *cloud) do(r *http.Request) (*http.Response, error) { return c.pools.front.RoundTrip(r) }

// repeat sends a request of the simulator's own.
func (c *cloud) repeat(r *http.Request) (*http.Response, error) { return c.pools.back.RoundTrip(r) }

// finish reads an answer to its end, so that the connection can be used again.
func finish(resp *http.Response) {
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<20)) // a connection that is not read to its end is closed
	_ = resp.Body.Close()
}
