package topology

import (
	"fmt"
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// Progress is told what goes on, a sentence at a time. nil hears nothing.
type Progress func(format string, args ...any)

// ground is what the regions stand on: the network between them, what goes wrong, and the truth stream.
type ground struct {
	config  Config
	told    Progress
	network *network.Network
	faults  *inject.Engine
	clocks  inject.Clocks // of the regions' storages
	events  *Events
}

// newGround makes the network and the faults, with what there is from the beginning.
func newGround(c Config, told Progress) (*ground, error) {
	g := &ground{config: c, told: told, faults: inject.New(c.Seed), events: newEvents()}
	o := network.Options{Distance: map[[2]network.Place]time.Duration{}, Jitter: c.Jitter, Seed: c.Seed}
	for _, r := range c.Regions {
		o.Regions = append(o.Regions, network.Place(r.Name))
	}
	for _, d := range c.Distances {
		from, to := network.Place(d.From), network.Place(d.To)
		if d.RTT > 0 {
			o.Distance[[2]network.Place{from, to}], o.Distance[[2]network.Place{to, from}] = d.RTT/2, d.RTT/2
			continue
		}
		o.Distance[[2]network.Place{from, to}] = d.OneWay
	}
	var err error
	if g.network, err = network.New(o); err != nil {
		return nil, err
	}
	for _, out := range c.Outages {
		if _, err := g.network.Begin(out.outage()); err != nil {
			return nil, err
		}
	}
	rules := make([]inject.Rule, len(c.Faults))
	for i, text := range c.Faults {
		if rules[i], err = inject.ParseRule(text); err != nil {
			return nil, err
		}
	}
	return g, g.faults.Set(rules)
}

// Config is the topology as it was started.
func (g *ground) Config() Config { return g.config }

// Region finds a region; the error names those that there are.
func (g *ground) Region(name string) (Region, error) { return g.config.region(name) }

// Origin is an edge's origin as the topology has it; the error names those that there are.
func (g *ground) Origin(name string) (Origin, error) { return g.config.origin(name) }

// HasEdge reports whether the topology has an edge.
func (g *ground) HasEdge() bool { return g.config.Edge != nil }

// Network is the ground between the regions. Outages are begun and ended with Begin and End here, which tell the
// truth stream.
func (g *ground) Network() *network.Network { return g.network }

// Faults is the engine of the faults. Rules are set with SetFaults, which tells the truth stream.
func (g *ground) Faults() *inject.Engine { return g.faults }

// Clocks are what is wrong with the clocks of the regions' storages, by which geo-redundant accounts stamp.
func (g *ground) Clocks() *inject.Clocks { return &g.clocks }

// Events is the truth stream.
func (g *ground) Events() *Events { return g.events }

// SetFaults replaces the rules.
func (g *ground) SetFaults(rules []inject.Rule) error {
	if err := g.faults.Set(rules); err != nil {
		return err
	}
	text := ""
	for i, r := range rules {
		if i > 0 {
			text += "; "
		}
		text += r.String()
	}
	g.events.say("faults", text)
	return nil
}

// SetDistance changes how far two places are apart, one way.
func (g *ground) SetDistance(from, to network.Place, oneWay time.Duration) error {
	if err := g.network.SetDistance(from, to, oneWay); err != nil {
		return err
	}
	g.events.say("distance", fmt.Sprintf("%s to %s: %s", from, to, oneWay))
	return nil
}
