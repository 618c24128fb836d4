package edge

import (
	"slices"
	"time"
)

// SiteStatus is how a site is. Its counters start at Start.
type SiteStatus struct {
	Name       string
	Addr       string   // host:port where it listens
	Targets    []string // see View.Targets
	Switches   int64
	LastSwitch time.Time // zero: none yet
	Requests   int64     // of clients
	Origins    []OriginStatus
}

// OriginStatus is what a site believes of an origin.
type OriginStatus struct {
	Origin
	Address string
	Healthy bool
	Samples []Sample      // the last SampleSize, the oldest first
	Latency time.Duration // mean of the successful ones; 0 without any
	OriginCounts
}

func (s *site) status() SiteStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := SiteStatus{
		Name: s.name, Addr: s.listener.Addr().String(), Targets: slices.Clone(s.view.targets),
		Switches: s.switches, LastSwitch: s.lastSwitch, Requests: s.requests,
	}
	for _, m := range s.view.origins {
		latency, _ := m.window.latency()
		o := s.reach[m.Name]
		out.Origins = append(out.Origins, OriginStatus{
			Origin: m.Origin, Address: o.address.String(), Healthy: s.view.Healthy(m.Name),
			Samples: slices.Clone(m.window),
			Latency: latency, OriginCounts: o.counts,
		})
	}
	return out
}
