// Package network is the ground between regions: the distance between two places, which of them reach one another,
// and outages of a region or of a part of it.
//
// A call needs two legs: its request goes from the caller to the service, its answer comes back. An outage may hurt
// one of them only, so that a call whose answer is lost is a thing of its own (the two generals; a partition that is
// one-way). Distances, outages and jitter are decisions without a clock; only Wait and Proxy live in real time.
package network

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Place is where a caller stands or a service is: a region, or Outside (a client on the internet).
type Place string

// Outside is not in any region.
const Outside Place = "outside"

// Part is a part of a region.
type Part string

// The parts.
const (
	Table   Part = "table"
	Queue   Part = "queue"
	Redis   Part = "redis"
	Compute Part = "compute"
)

// parts are all of them.
var parts = []Part{Table, Queue, Redis, Compute}

// Options say what network to make.
type Options struct {
	Regions []Place
	// one way; the same both ways unless both are given; without an entry 0, as within a region
	Distance map[[2]Place]time.Duration
	Jitter   float64 // 0 to 10: a leg takes its distance, and up to this share of it more, uniformly
	Seed     uint64  // of the jitter
}

// MaxDistance is the greatest distance that is taken, one way. It is far more than any two places of the earth are
// apart.
const MaxDistance = time.Minute

// Network is safe for concurrent use.
type Network struct {
	regions []Place
	jitter  float64
	seed    uint64
	legs    atomic.Uint64 // how many legs were drawn
	now     atomic.Pointer[state]

	mu      sync.Mutex // of changes
	begun   int        // outages that were given an ID
	proxies map[*Proxy]struct{}
}

// state is the network between two changes. It never changes.
type state struct {
	distance map[[2]Place]time.Duration
	outages  []Outage      // in the order in which they began
	changed  chan struct{} // closed when the next state is there
}

// New makes a network whose places are the regions and Outside. Regions without a name, named twice or "outside",
// unknown places in distances, distances below 0 or over MaxDistance, and a jitter out of its range are errors.
func New(o Options) (*Network, error) {
	if len(o.Regions) == 0 {
		return nil, fmt.Errorf("network: no regions; name at least one, as %q", "east")
	}
	n := &Network{regions: slices.Clone(o.Regions), jitter: o.Jitter, seed: o.Seed, proxies: map[*Proxy]struct{}{}}
	for i, r := range n.regions {
		if r == "" || r == Outside || slices.Contains(n.regions[:i], r) {
			return nil, fmt.Errorf("network: region %q: give every region a name of its own, other than %q", r, Outside)
		}
	}
	if !(o.Jitter >= 0 && o.Jitter <= 10) {
		return nil, fmt.Errorf("network: jitter %v: give a share of the distance from 0 to 10", o.Jitter)
	}
	for pair, d := range o.Distance {
		if err := n.checkDistance(pair, d); err != nil {
			return nil, err
		}
	}
	n.now.Store(&state{distance: maps.Clone(o.Distance), changed: make(chan struct{})})
	return n, nil
}

// Regions are the regions, as they were given.
func (n *Network) Regions() []Place { return slices.Clone(n.regions) }

// Places are the regions and Outside: everywhere a caller can stand.
func (n *Network) Places() []Place { return append(n.Regions(), Outside) }

func (n *Network) known(p Place) bool { return p == Outside || slices.Contains(n.regions, p) }

func (n *Network) checkPlace(what string, p Place) error {
	if !n.known(p) {
		return fmt.Errorf("network: %s %q: no such place; known are %s", what, p, list(n.Places()))
	}
	return nil
}

func (n *Network) checkDistance(pair [2]Place, d time.Duration) error {
	for _, p := range pair {
		if err := n.checkPlace("distance of", p); err != nil {
			return err
		}
	}
	if d < 0 || d > MaxDistance {
		return fmt.Errorf("network: distance from %s to %s of %v: give one from 0 to %v, one way", pair[0], pair[1], d,
			MaxDistance)
	}
	return nil
}

// SetDistance sets the distance of one way. The way back is the same unless it was given too.
func (n *Network) SetDistance(from, to Place, oneWay time.Duration) error {
	pair := [2]Place{from, to}
	if err := n.checkDistance(pair, oneWay); err != nil {
		return err
	}
	return n.change(func(s *state) error {
		s.distance = maps.Clone(s.distance)
		if s.distance == nil {
			s.distance = map[[2]Place]time.Duration{}
		}
		s.distance[pair] = oneWay
		return nil
	})
}

// Distance is that of one way, without jitter.
func (n *Network) Distance(from, to Place) time.Duration { return n.now.Load().between(from, to) }

func (s *state) between(from, to Place) time.Duration {
	if d, ok := s.distance[[2]Place{from, to}]; ok {
		return d
	}
	return s.distance[[2]Place{to, from}]
}

// delay draws how long a leg takes. The k-th leg of a network has the k-th draw of its seed.
func (n *Network) delay(distance time.Duration) time.Duration {
	if distance == 0 || n.jitter == 0 {
		return distance
	}
	u := float64(mix(n.seed+n.legs.Add(1)*0x9e3779b97f4a7c15)>>11) / (1 << 53)
	return distance + time.Duration(math.Round(float64(distance)*n.jitter*u))
}

// mix is the output function of SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators,
// 2014).
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// change makes the next state from a copy of the one that is, unless f refuses it. When it returns the proxies have
// followed.
func (n *Network) change(f func(*state) error) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	old := n.now.Load()
	next := *old
	next.changed = make(chan struct{})
	if err := f(&next); err != nil {
		return err
	}
	n.now.Store(&next)
	close(old.changed)
	for p := range n.proxies {
		p.apply(&next)
	}
	return nil
}

// Changed gives a channel that is closed at the next change of a distance or an outage. Take it before you look at
// what may change.
func (n *Network) Changed() <-chan struct{} { return n.now.Load().changed }

// Wait waits while that leg of a path hangs: what a call on a hanging path does. When it gives nil the leg does not
// hang; it may fail otherwise, so ask Path again. Its error is the context's.
func (n *Network) Wait(ctx context.Context, from, to Place, p Part, d Direction) error {
	for {
		s := n.now.Load()
		if f, _ := n.fault(s, from, to, p, d); f != Hang {
			return nil
		}
		select {
		case <-s.changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
