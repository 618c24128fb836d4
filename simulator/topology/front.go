package topology

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"syscall"

	"tidemark/simulator/edge"
	"tidemark/simulator/gateway"
	"tidemark/simulator/network"
)

// front is the edge.
type front struct{ edge *edge.Edge }

func (f *front) close() error { return f.edge.Close() }

// url is where its first site listens.
func (f *front) url(c Config) string { return "http://" + c.Address(f.edge.Sites()[0].Addr) }

// startEdge starts the edge, if the topology has one. Its sites stand outside of the regions and reach the origins
// from there.
func (s *Simulation) startEdge(context.Context) error {
	c := s.config.Edge
	if c == nil {
		return nil
	}
	o := edge.Options{Settings: c.Probe.settings(), Seed: s.config.Seed, Observe: s.edgeEvent}
	addresses := map[string]string{}
	for _, origin := range c.Origins {
		o.Origins = append(o.Origins, edge.Origin{Name: origin.Name, Priority: origin.Priority, Weight: origin.Weight})
		seen, err := s.AddCompute(origin.Name, origin.Region, origin.Target)
		if err != nil {
			return err
		}
		addresses[origin.Name] = "http://" + seen[network.Outside]
	}
	for _, site := range c.Sites {
		o.Sites = append(o.Sites, edge.Site{Name: site.Name,
			Listen: or(site.Listen, net.JoinHostPort(s.config.Host, "0")), Origins: addresses})
	}
	e, err := edge.Start(o)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return s.edgeTaken(o.Sites, err)
		}
		return fmt.Errorf("edge: %w", err)
	}
	s.mu.Lock()
	s.edge = &front{edge: e}
	s.mu.Unlock()
	return nil
}

// edgeTaken says which site's address it is.
func (s *Simulation) edgeTaken(sites []edge.Site, err error) error {
	for i, site := range sites {
		l, busy := net.Listen("tcp", site.Listen)
		if errors.Is(busy, syscall.EADDRINUSE) {
			return taken(fmt.Sprintf("edge.sites[%d].listen", i), site.Listen, busy)
		}
		if busy == nil {
			_ = l.Close()
		}
	}
	return fmt.Errorf("edge: %w", err)
}

// edgeEvent puts what the edge does into the truth stream.
func (s *Simulation) edgeEvent(e edge.Event) {
	text := "site " + e.Site + ":"
	if e.Origin != "" {
		text += " " + e.Origin
	} else {
		text += fmt.Sprintf(" from %v to %v", e.From, e.To)
	}
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	s.events.add(gateway.Event{At: e.At, Kind: "edge-" + string(e.Kind), Text: text})
}

// HasEdge reports whether the topology has an edge.
func (s *Simulation) HasEdge() bool { return s.config.Edge != nil }

// Edge is the edge, nil where there is none.
func (s *Simulation) Edge() *edge.Edge {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.edge == nil {
		return nil
	}
	return s.edge.edge
}

// Origin is an edge's origin as the topology has it; the error names those that there are.
func (s *Simulation) Origin(name string) (Origin, error) {
	unknown := &UnknownError{What: "origin", Name: name}
	if s.config.Edge != nil {
		i := slices.IndexFunc(s.config.Edge.Origins, func(o Origin) bool { return o.Name == name })
		if i >= 0 {
			return s.config.Edge.Origins[i], nil
		}
		for _, o := range s.config.Edge.Origins {
			unknown.Known = append(unknown.Known, o.Name)
		}
	}
	return Origin{}, unknown
}

// settings are those of the edge: what is zero is its default.
func (p Probe) settings() edge.Settings {
	s := edge.DefaultSettings()
	s.Path, s.Method = or(p.Path, s.Path), or(p.Method, s.Method)
	s.Interval, s.Timeout = cmp.Or(p.Interval, s.Interval),
		cmp.Or(p.Timeout, min(s.Timeout, cmp.Or(p.Interval, s.Interval)))
	s.SampleSize, s.SuccessfulSamples = cmp.Or(p.SampleSize, s.SampleSize),
		cmp.Or(p.SuccessfulSamples, min(s.SuccessfulSamples, cmp.Or(p.SampleSize, s.SampleSize)))
	s.AdditionalLatency, s.OriginTimeout = cmp.Or(p.AdditionalLatency, s.AdditionalLatency),
		cmp.Or(p.OriginTimeout, s.OriginTimeout)
	if p.Retry != "" {
		s.Retry = edge.Retry(p.Retry)
	}
	s.Fast = p.Fast
	return s
}
