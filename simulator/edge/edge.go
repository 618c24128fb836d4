package edge

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
)

// Edge is a running profile. It is safe for concurrent use.
type Edge struct {
	*profile
	sites []*site

	mu     sync.Mutex // one change at a time, at all sites
	closed bool
}

// Start listens at all sites and begins to probe. All sites serve when it returns. A site's first probe of an origin
// comes within one Interval, and until probes say otherwise all origins are healthy.
func Start(o Options) (*Edge, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	random := rand.New(rand.NewPCG(o.Seed, 0xed6e))
	if o.ID == "" {
		o.ID = guid(random)
	}
	e := &Edge{profile: &profile{id: o.ID, events: observe(o.Observe)}}
	e.life, e.stop = context.WithCancel(context.Background())
	for _, of := range o.Sites {
		s, err := e.open(of, o, random)
		if err != nil {
			_ = e.Close()
			return nil, err
		}
		e.sites = append(e.sites, s)
	}
	for _, s := range e.sites {
		s.run()
	}
	return e, nil
}

// ID is what origins find in X-Azure-FDID.
func (e *Edge) ID() string { return e.id }

// Set changes an origin at all sites: its priority and weight, and whether it is enabled. It holds for the next
// request.
func (e *Edge) Set(o Origin) error {
	return e.everywhere(func(s *site) error { return s.set(o) })
}

// Tune changes the settings at all sites. Probes go on from now with the new interval, each at the same part of it as
// before.
func (e *Edge) Tune(settings Settings) error {
	return e.everywhere(func(s *site) error { return s.tune(settings) })
}

// everywhere changes the sites in turn. They have the same origins, so what the first refuses all do, and nothing is
// changed.
func (e *Edge) everywhere(change func(*site) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, s := range e.sites {
		if err := change(s); err != nil {
			return err
		}
	}
	return nil
}

// Settings are those in force.
func (e *Edge) Settings() Settings { return e.sites[0].settings() }

// Sites tells how all sites are, in the order of the options.
func (e *Edge) Sites() []SiteStatus {
	all := make([]SiteStatus, len(e.sites))
	for i, s := range e.sites {
		all[i] = s.status()
	}
	return all
}

// Close breaks what is on its way, and returns when all listeners, probes and handlers have ended and all events were
// told. Closing again is harmless.
func (e *Edge) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil
	}
	e.closed = true
	for _, s := range e.sites {
		s.close()
	}
	e.stop() // after it: no client is to see what this breaks as an answer
	e.work.Wait()
	for _, s := range e.sites {
		s.transport.CloseIdleConnections()
	}
	e.events.close()
	return nil
}

// guid is a random one, of version 4.
func guid(random *rand.Rand) string {
	a, b := random.Uint64(), random.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>48&0x3fff|0x8000,
		b&0xffffffffffff)
}
