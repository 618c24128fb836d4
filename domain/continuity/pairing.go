package continuity

import (
	"context"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// DefaultLease is for how long what the identity rows said counts. It is shorter than any change of them takes to come
// into force.
const DefaultLease = 30 * time.Second

// Pairing knows whether the journals of both regions were read of late to name each other: without that nothing is
// acknowledged as both (T1). A journal proves its region by its identity row, which an explicit init made. It is safe
// for concurrent use.
type Pairing struct {
	sites [2]journal.Site
	sched sched.Scheduler
	lease time.Duration

	mu    sync.Mutex // guards what follows
	until time.Time  // by the node's clock; zero: never yet
	is    [2]string  // the generations of the journals when they were last found to be a pair; "" before
}

// NewPairing makes it; lease 0 is DefaultLease. Watch keeps it fresh.
func NewPairing(near, far journal.Site, lease time.Duration, s sched.Scheduler) *Pairing {
	if lease == 0 {
		lease = DefaultLease
	}
	return &Pairing{sites: [2]journal.Site{near, far}, sched: s, lease: lease}
}

// Holds reports whether both journals were read to name each other within a lease.
func (p *Pairing) Holds() bool {
	now := p.sched.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	return now.Before(p.until)
}

// Generation is which journal of its region was last found to be one of the pair; "" before that was read.
func (p *Pairing) Generation(of region.Name) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, site := range p.sites {
		if site.Region == of {
			return p.is[i]
		}
	}
	return ""
}

// Read reads both identity rows. An error says why they are no pair: fault.Conflict if they say so themselves, another
// if one cannot be read; what was read before holds until its lease ends.
func (p *Pairing) Read(ctx context.Context) error {
	began := p.sched.Now()
	var places [2]journal.Place
	err := sched.Each(ctx, p.sched, 2, 2, func(ctx context.Context, i int) (err error) {
		places[i], err = p.sites[i].Journal.Identity(ctx)
		return err
	})
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.check(places); err != nil {
		p.until = time.Time{}
		return err
	}
	p.until = began.Add(p.lease)
	p.is = [2]string{places[0].Generation, places[1].Generation}
	return nil
}

// check holds what both rows say against each other and against the configuration.
func (p *Pairing) check(places [2]journal.Place) error {
	const op = "continuity.pairing"
	for i, place := range places {
		site, peer := p.sites[i], places[other(i)]
		switch {
		case place.Region != string(site.Region):
			return fault.New(fault.Conflict, op, "the journal that is configured for region %q says that it is that "+
				"of region %q: are two of them exchanged, or is one named twice?", site.Region, place.Region)
		case place.Peer != (journal.Peer{Region: peer.Region, Generation: peer.Generation}):
			return fault.New(fault.Conflict, op, "the journal of region %q belongs to another one than that of region "+
				"%q: run `tidemark init` with both", place.Region, peer.Region)
		case place.Whole().Bound != peer.Whole().Bound:
			return fault.New(fault.Conflict, op, "the journals were initialised with the bounds %s and %s",
				place.Whole().Bound, peer.Whole().Bound)
		}
	}
	return nil
}

// Watch reads the rows a few times a lease, until the context ends.
func (p *Pairing) Watch(ctx context.Context) {
	for ctx.Err() == nil {
		each, cancel := p.sched.WithTimeout(ctx, p.lease/6)
		_ = p.Read(each)
		cancel()
		_ = p.sched.Sleep(ctx, p.lease/6)
	}
}
