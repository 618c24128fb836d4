package topology

import (
	"cmp"
	"errors"
	"fmt"
	"net"
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

// openFront starts an edge. Its sites stand outside of the regions and reach the origins from there.
func openFront(c Edge, g *ground, p *programs) (*front, error) {
	o := edge.Options{Settings: c.Probe.settings(), Seed: g.config.Seed,
		Observe: func(e edge.Event) { g.events.add(eventOf(e)) }}
	addresses := map[string]string{}
	for _, origin := range c.Origins {
		o.Origins = append(o.Origins, edge.Origin{Name: origin.Name, Priority: origin.Priority, Weight: origin.Weight})
		seen, err := p.AddCompute(origin.Name, origin.Region, origin.Target)
		if err != nil {
			return nil, err
		}
		addresses[origin.Name] = "http://" + seen[network.Outside]
	}
	for _, site := range c.Sites {
		o.Sites = append(o.Sites, edge.Site{Name: site.Name,
			Listen: or(site.Listen, net.JoinHostPort(g.config.Host, "0")), Origins: addresses})
	}
	e, err := edge.Start(o)
	if err != nil {
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, edgeTaken(o.Sites, err)
		}
		return nil, fmt.Errorf("edge: %w", err)
	}
	return &front{edge: e}, nil
}

// edgeTaken says which site's address it is.
func edgeTaken(sites []edge.Site, err error) error {
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

// eventOf is what the edge does as the truth stream has it.
func eventOf(e edge.Event) gateway.Event {
	text := "site " + e.Site + ":"
	if e.Origin != "" {
		text += " " + e.Origin
	} else {
		text += fmt.Sprintf(" from %v to %v", e.From, e.To)
	}
	if e.Detail != "" {
		text += " (" + e.Detail + ")"
	}
	return gateway.Event{At: e.At, Kind: "edge-" + string(e.Kind), Text: text}
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
