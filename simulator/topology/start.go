package topology

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"tidemark/simulator/network"
)

// Start starts everything that the topology has. The context bounds the start, not the life. After an error nothing
// is left.
func Start(ctx context.Context, c Config, told Progress) (_ *Simulation, err error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.complete()
	if told == nil {
		told = func(string, ...any) {}
	}
	g, err := newGround(c, told)
	if err != nil {
		return nil, err
	}
	s := &Simulation{ground: g, outages: outages{ground: g, timers: map[string]*time.Timer{}},
		programs: programs{ground: g, named: map[string]program{}}}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	// first of all: a port that is taken is told before anything has started
	if s.places, err = listen(c); err != nil {
		return nil, err
	}
	if s.lock, err = lockFolder(ctx, c.Folder, told); err != nil {
		return nil, err
	}
	if err := s.startRegions(ctx); err != nil {
		return nil, err
	}
	if err := s.openAccounts(); err != nil {
		return nil, err
	}
	for _, v := range s.places {
		v.serve(s.gateway)
	}
	if c.Edge != nil {
		s.front, err = openFront(*c.Edge, g, &s.programs)
	}
	return s, err
}

// startRegions starts the storage and the cache of every region, side by side.
func (s *Simulation) startRegions(ctx context.Context) error {
	began := time.Now()
	s.told("starting the storage of %s ...", strings.Join(s.config.regionNames(), ", "))
	s.regions = make([]*region, len(s.config.Regions))
	failed := make([]error, len(s.regions))
	var all sync.WaitGroup
	for i, r := range s.config.Regions {
		s.regions[i] = &region{config: r, at: i, told: s.told, kept: s.config.Folder != "", hold: s.lock}
		all.Go(func() { failed[i] = s.regions[i].start(ctx, s.config) })
	}
	all.Wait()
	if err := errors.Join(failed...); err != nil {
		return err
	}
	for i, r := range s.regions {
		if r.cache == "" {
			continue
		}
		p, err := s.network.Proxy(net.JoinHostPort(s.config.Host, fmt.Sprint(r.config.Ports.Redis)), r.place(),
			r.place(), network.Redis, r.cache)
		if err != nil {
			return taken(fmt.Sprintf("regions[%d].ports.redis", i), fmt.Sprint(r.config.Ports.Redis), err)
		}
		r.proxy = p
	}
	s.told("storage and cache run after %s", time.Since(began).Round(100*time.Millisecond))
	return nil
}
