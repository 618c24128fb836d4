package topology

import (
	"errors"
	"fmt"
	"net"
	"sync"

	"tidemark/simulator/network"
)

// program is a program of the caller's in a region, as every place reaches it.
type program map[network.Place]*network.Proxy

// nowhere is a target before the program listens: nothing answers at the discard port (RFC 863) of a machine of
// today.
const nowhere = "127.0.0.1:9"

// programs are the callers' programs in the regions.
type programs struct {
	ground *ground

	mu     sync.Mutex
	closed bool
	named  map[string]program
}

var errClosed = errors.New("the simulation has ended")

// AddCompute puts a program of a region into the topology, under a name of its own. It gives the address of the
// program as callers of each place reach it: over the distance between them, and not at all in an outage of its
// region. An empty target is set later (SetCompute).
func (p *programs) AddCompute(name, region, target string) (map[network.Place]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, errClosed
	}
	if p.named[name] != nil {
		return nil, fmt.Errorf("there is a program %q already: give this one another name", name)
	}
	if _, err := p.ground.config.region(region); err != nil {
		return nil, err
	}
	made := program{}
	told := map[network.Place]string{}
	for _, from := range p.ground.network.Places() {
		way, err := p.ground.network.Proxy(net.JoinHostPort(p.ground.config.Host, "0"), from, network.Place(region),
			network.Compute, or(target, nowhere))
		if err != nil {
			made.close()
			return nil, fmt.Errorf("the way from %s to %s in %s: %w", from, name, region, err)
		}
		made[from] = way
		told[from] = p.ground.config.Address(way.Addr())
	}
	p.named[name] = made
	return told, nil
}

// SetCompute says where a program listens now.
func (p *programs) SetCompute(name, target string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.named[name] == nil {
		return fmt.Errorf("there is no program %q", name)
	}
	for _, way := range p.named[name] {
		way.SetTarget(target)
	}
	return nil
}

// ComputeAt is the address of a program as callers of a place reach it.
func (p *programs) ComputeAt(name string, from network.Place) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	way := p.named[name][from]
	if way == nil {
		return "", false
	}
	return p.ground.config.Address(way.Addr()), true
}

// stop lets no program in any more.
func (p *programs) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
}

// close breaks the ways to all programs, once they were stopped.
func (p *programs) close() {
	for _, of := range p.named {
		of.close()
	}
}

func (p program) close() {
	for _, way := range p {
		_ = way.Close()
	}
}
