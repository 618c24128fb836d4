package continuity

import (
	"cmp"
	"context"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// DefaultLease is for how long what the identity rows said counts. It is shorter than any change of them takes to come
// into force.
const DefaultLease = 30 * time.Second

// Pairing knows whether the journals of both regions were read of late to name each other, without which nothing is
// acknowledged as both (T1), and which of them may be read without the other. A journal proves its region by its
// identity row, which an explicit init made. It is safe for concurrent use.
type Pairing struct {
	sites [2]journal.Site
	sched sched.Scheduler
	lease time.Duration

	mu     sync.Mutex        // guards what follows
	until  time.Time         // by the node's clock; zero: never yet
	places [2]*journal.Place // as they were last read; nil: never, or it was not the one that is meant
	// wrong is what the rows said against one another, until both are read and say nothing against it: one that is
	// silent now takes nothing back.
	wrong error
	// gone is of a journal that was emptied, or whose place another one has taken, until it is there again.
	gone  [2]error
	known [2]journal.Known
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

// Readable says why a journal may not be read without the other; nil if it may: it has had every block of that. That a
// journal is filled is for good, so it is no matter how long ago it was read.
func (p *Pairing) Readable(of region.Name) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrong != nil {
		return p.wrong
	}
	for i, place := range p.places {
		switch {
		case p.sites[i].Region != of:
		case p.gone[i] != nil:
			return p.gone[i]
		case place == nil:
			return fault.New(fault.Unavailable, "continuity.pairing", "the journal of region %q has not said yet "+
				"which one it is", of)
		case place.Unfilled && !planted.On(planted.UnfilledAlone):
			return fault.New(fault.Unavailable, "continuity.pairing", "the journal of region %q is still being filled "+
				"from the other", of)
		}
	}
	return nil
}

// Unfilled reports whether a journal says that it has not had every block of its peer.
func (p *Pairing) Unfilled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, place := range p.places {
		if place != nil && place.Unfilled {
			return true
		}
	}
	return false
}

// Generation is which journal of its region was last read; "" before that.
func (p *Pairing) Generation(of region.Name) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, place := range p.places {
		if p.sites[i].Region == of && place != nil {
			return place.Generation
		}
	}
	return ""
}

// Peers names both journals as they were last read to be a pair, the nearest first; zero before that, and once one of
// them was found to be emptied, retired or another. Silence takes nothing back.
func (p *Pairing) Peers() (of [2]journal.Peer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.wrong != nil || p.places[0] == nil || p.places[1] == nil {
		return of
	}
	for i, place := range p.places {
		of[i] = journal.Peer{Region: place.Region, Generation: place.Generation}
	}
	return of
}

// Read reads both identity rows. An error says why they are no pair: fault.Conflict if they say so themselves, or if
// one of them is not of the generation that was read first; another kind if one cannot be read: what was read before
// holds then until its lease ends. This process does not come to know another generation: it has to be started again.
func (p *Pairing) Read(ctx context.Context) error {
	began := p.sched.Now()
	var read [2]*journal.Place
	var errs [2]error
	_ = sched.Each(ctx, p.sched, 2, 2, func(ctx context.Context, i int) error {
		place, err := p.sites[i].Journal.Identity(ctx)
		if errs[i] = err; err == nil {
			read[i] = &place
		}
		return nil
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range read {
		p.meet(i, &read[i], errs[i])
	}
	wrong := CheckPair([2]region.Name{p.sites[0].Region, p.sites[1].Region}, read)
	both := read[0] != nil && read[1] != nil
	if wrong != nil || both {
		p.wrong = wrong
	}
	if p.wrong != nil {
		p.until, p.places = time.Time{}, [2]*journal.Place{}
		return p.wrong
	}
	for i, place := range read {
		if place != nil {
			p.places[i] = place
		}
	}
	if gone := cmp.Or(p.gone[0], p.gone[1]); gone != nil && !planted.On(planted.BothUnderOldPair) {
		p.until = time.Time{}
		return gone
	}
	if err := cmp.Or(errs[0], errs[1]); err != nil {
		return err
	}
	p.until = began.Add(p.lease)
	return nil
}

// meet holds what was read of a journal against the generation that this process knows: what is another's, or no one's
// any more, was not read. One that did not answer says nothing. Called under the lock.
func (p *Pairing) meet(i int, read **journal.Place, err error) {
	if *read == nil && !fault.Is(err, fault.NotFound) {
		return
	}
	met := p.known[i].Meet("continuity.pairing", *read)
	if p.gone[i] = nil; met != nil {
		p.gone[i] = fault.New(fault.Conflict, "continuity.pairing", "%s", fault.Message(met))
		*read, p.places[i] = nil, nil
	}
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
