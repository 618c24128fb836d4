package topology

import (
	"fmt"
	"slices"
	"time"

	"tidemark/simulator/gateway"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// Config is the topology as it was started.
func (s *Simulation) Config() Config { return s.config }

// Network is the ground between the regions. Outages are begun and ended with Begin and End here, which tell the
// truth stream.
func (s *Simulation) Network() *network.Network { return s.network }

// Faults is the engine of the faults. Rules are set with SetFaults, which tells the truth stream.
func (s *Simulation) Faults() *inject.Engine { return s.faults }

// Clocks are what is wrong with the clocks of the regions' storages, by which geo-redundant accounts stamp.
func (s *Simulation) Clocks() *inject.Clocks { return &s.clocks }

// Gateway serves the accounts.
func (s *Simulation) Gateway() *gateway.Gateway { return s.gateway }

// Events is the truth stream.
func (s *Simulation) Events() *Events { return s.events }

// Account finds an account; the error names those that there are.
func (s *Simulation) Account(name string) (*gateway.Account, error) {
	if a, ok := s.gateway.Account(name); ok {
		return a, nil
	}
	unknown := &UnknownError{What: "account", Name: name}
	for _, a := range s.gateway.Accounts() {
		unknown.Known = append(unknown.Known, a.Name())
	}
	return nil, unknown
}

// Region finds a region; the error names those that there are.
func (s *Simulation) Region(name string) (Region, error) {
	i := slices.IndexFunc(s.config.Regions, func(r Region) bool { return r.Name == name })
	if i < 0 {
		return Region{}, s.noRegion(name)
	}
	return s.config.Regions[i], nil
}

// Begin begins an outage and gives its ID. One with a length ends by itself after it.
func (s *Simulation) Begin(o network.Outage, length time.Duration) (string, error) {
	id, err := s.network.Begin(o)
	if err != nil {
		return "", err
	}
	o.ID = id
	s.say("outage", o.String())
	if length > 0 {
		s.endLater(id, length)
	}
	return id, nil
}

// endLater ends an outage unless it, or the simulation, has ended by then.
func (s *Simulation) endLater(id string, after time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	var t *time.Timer
	t = time.AfterFunc(after, func() {
		s.mu.Lock()
		mine := s.timers[id] == t // or it was ended by hand a moment ago, and another of its ID may have begun
		s.mu.Unlock()
		if mine {
			_ = s.End(id)
		}
	})
	s.timers[id] = t
}

// End ends an outage.
func (s *Simulation) End(id string) error {
	if err := s.network.End(id); err != nil {
		return err
	}
	s.mu.Lock()
	if t := s.timers[id]; t != nil {
		t.Stop()
		delete(s.timers, id)
	}
	s.mu.Unlock()
	s.say("healed", id)
	return nil
}

// SetFaults replaces the rules.
func (s *Simulation) SetFaults(rules []inject.Rule) error {
	if err := s.faults.Set(rules); err != nil {
		return err
	}
	text := ""
	for i, r := range rules {
		if i > 0 {
			text += "; "
		}
		text += r.String()
	}
	s.say("faults", text)
	return nil
}

// SetDistance changes how far two places are apart, one way.
func (s *Simulation) SetDistance(from, to network.Place, oneWay time.Duration) error {
	if err := s.network.SetDistance(from, to, oneWay); err != nil {
		return err
	}
	s.say("distance", fmt.Sprintf("%s to %s: %s", from, to, oneWay))
	return nil
}

// SetControl says where the control API listens, for Addresses.
func (s *Simulation) SetControl(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.control = url
}
