// Package network is the ground between regions: the distance between two places, which of them reach one another,
// and outages of a region or of a part of it.
//
// A call needs two legs: its request goes from the caller to the service, its answer comes back. An outage may hurt
// one of them only, so that a call whose answer is lost is a thing of its own (the two generals; a partition that is
// one-way). Distances, outages and jitter are decisions without a clock; Changed and Proxy live in real time.
// It is the Ground of path, whose calls wait and fail as it says.
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

	"tidemark/ports/sched"
)

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

	mu        sync.Mutex // of changes
	begun     int        // outages that were given an ID
	followers map[follower]struct{}
}

// follower is what has to be as the network says when a change has been made: a proxy.
type follower interface{ apply(*state) }

// state is the network between two changes. It never changes.
type state struct {
	distance map[[2]Place]time.Duration
	outages  []Outage // in the order in which they began
	changed  changed  // set when the next state is there
}

// New makes a network whose places are the regions and Outside. Regions without a name, named twice or "outside",
// unknown places in distances, distances below 0 or over MaxDistance, and a jitter out of its range are errors.
func New(o Options) (*Network, error) {
	if len(o.Regions) == 0 {
		return nil, fmt.Errorf("network: no regions; name at least one, as %q", "east")
	}
	n := &Network{regions: slices.Clone(o.Regions), jitter: o.Jitter, seed: o.Seed, followers: map[follower]struct{}{}}
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
	n.now.Store(&state{distance: maps.Clone(o.Distance), changed: make(changed)})
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
	next.changed = make(changed)
	if err := f(&next); err != nil {
		return err
	}
	n.now.Store(&next)
	old.changed.Set()
	for f := range n.followers {
		f.apply(&next)
	}
	return nil
}

// Changed is set at the next change of a distance or an outage. Take it before you look at what may change.
func (n *Network) Changed() sched.Event { return n.now.Load().changed }

// changed is a sched.Event of real time. It is set once.
type changed chan struct{}

func (c changed) Set() { close(c) }

func (c changed) Wait(ctx context.Context) error {
	select {
	case <-c:
		return nil
	default:
	}
	select {
	case <-c:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c changed) IsSet() bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
