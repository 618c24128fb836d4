package topology

import (
	"fmt"
	"net"
	"slices"

	"tidemark/simulator/network"
)

// compute is a program of the caller's in a region, as every place reaches it.
type compute struct {
	name    string
	region  string
	proxies map[network.Place]*network.Proxy
}

// nowhere is a target before the program listens: nothing answers at the discard port (RFC 863) of a machine of
// today.
const nowhere = "127.0.0.1:9"

// AddCompute puts a program of a region into the topology, under a name of its own. It gives the address of the
// program as callers of each place reach it: over the distance between them, and not at all in an outage of its
// region. An empty target is set later (SetCompute).
func (s *Simulation) AddCompute(name, region, target string) (map[network.Place]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errClosed
	}
	if s.compute[name] != nil {
		return nil, fmt.Errorf("there is a program %q already: give this one another name", name)
	}
	if !slices.ContainsFunc(s.config.Regions, func(r Region) bool { return r.Name == region }) {
		return nil, s.noRegion(region)
	}
	c := &compute{name: name, region: region, proxies: map[network.Place]*network.Proxy{}}
	told := map[network.Place]string{}
	for _, v := range s.places {
		p, err := s.network.Proxy(net.JoinHostPort(s.config.Host, "0"), v.place, network.Place(region), network.Compute,
			or(target, nowhere))
		if err != nil {
			c.close()
			return nil, fmt.Errorf("the way from %s to %s in %s: %w", v.place, name, region, err)
		}
		c.proxies[v.place] = p
		told[v.place] = s.config.Address(p.Addr())
	}
	s.compute[name] = c
	return told, nil
}

// SetCompute says where a program listens now.
func (s *Simulation) SetCompute(name, target string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.compute[name]
	if c == nil {
		return fmt.Errorf("there is no program %q", name)
	}
	for _, p := range c.proxies {
		p.SetTarget(target)
	}
	return nil
}

// ComputeAt is the address of a program as callers of a place reach it.
func (s *Simulation) ComputeAt(name string, from network.Place) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.compute[name]
	if c == nil || c.proxies[from] == nil {
		return "", false
	}
	return s.config.Address(c.proxies[from].Addr()), true
}

func (c *compute) close() {
	for _, p := range c.proxies {
		_ = p.Close()
	}
}
