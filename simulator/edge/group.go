package edge

import (
	"slices"
	"time"
)

// group is an origin group as one site sees it: its members, and how a request's origin is chosen among them.
type group struct {
	settings Settings
	origins  []*member
	turn     int // of the round robin over all, when none is healthy
}

type member struct {
	Origin
	window window
	credit int // of the weighted round robin
}

// Targets are the origins that get requests now, by health and priority, in the order of the configuration: the
// healthy of the lowest priority, or, when none is healthy, all that are enabled.
func (g *group) Targets() []string {
	eligible, none := g.eligible()
	if !none {
		eligible = lowest(eligible)
	}
	var names []string
	for _, m := range eligible {
		names = append(names, m.Name)
	}
	return names
}

// Healthy says what a site believes of an origin. A disabled one is judged by its samples too, and has none.
func (g *group) Healthy(name string) bool {
	m := g.member(name)
	return m != nil && m.window.healthy(g.settings)
}

// Pick chooses the origin of a request, of those that were not tried for it yet; ok is false when no eligible one is
// left.
func (g *group) Pick(tried ...string) (name string, ok bool) {
	eligible, none := g.eligible()
	if none && len(eligible) > 0 {
		if len(tried) == 0 {
			g.turn++ // a request's first origin moves the turn on; its retries go round from there
		}
		at := g.turn % len(eligible)
		eligible = append(slices.Clone(eligible[at:]), eligible[:at]...)
	}
	eligible = slices.DeleteFunc(eligible, func(m *member) bool { return slices.Contains(tried, m.Name) })
	switch {
	case len(eligible) == 0:
		return "", false
	case none:
		return eligible[0].Name, true
	default:
		return weighted(fastest(lowest(eligible), g.settings.AdditionalLatency)).Name, true
	}
}

// eligible are the enabled and healthy ones; when there is none, all that are enabled. (A lab that somebody showed
// Microsoft, azure-docs issue 117586, saw priorities kept even then; the text of Health probes is what we follow.)
func (g *group) eligible() (of []*member, none bool) {
	var enabled []*member
	for _, m := range g.origins {
		if m.Disabled {
			continue
		}
		enabled = append(enabled, m)
		if m.window.healthy(g.settings) {
			of = append(of, m)
		}
	}
	if len(of) == 0 {
		return enabled, true
	}
	return of, false
}

func lowest(of []*member) []*member {
	least := 6
	for _, m := range of {
		least = min(least, m.Priority)
	}
	return slices.DeleteFunc(slices.Clone(of), func(m *member) bool { return m.Priority != least })
}

// fastest keeps those within the band above the fastest. One whose latency is not known yet stays.
func fastest(of []*member, band time.Duration) []*member {
	least, known := time.Duration(0), false
	for _, m := range of {
		if l, ok := m.window.latency(); ok && (!known || l < least) {
			least, known = l, true
		}
	}
	return slices.DeleteFunc(slices.Clone(of), func(m *member) bool {
		l, ok := m.window.latency()
		return ok && l > least+band
	})
}

// weighted is a smooth round robin: each gains its weight, the richest is chosen and pays the sum. Over sum/gcd
// choices each is chosen in exact proportion, and never in a lump.
func weighted(of []*member) *member {
	total, best := 0, of[0]
	for _, m := range of {
		total += m.Weight
		m.credit += m.Weight
		if m.credit > best.credit {
			best = m
		}
	}
	best.credit -= total
	return best
}

func (g *group) member(name string) *member {
	for _, m := range g.origins {
		if m.Name == name {
			return m
		}
	}
	return nil
}

func (g *group) names() []string {
	names := make([]string, len(g.origins))
	for i, m := range g.origins {
		names[i] = m.Name
	}
	return names
}

// forget starts the weighted round robin again: credits of other weights mean nothing.
func (g *group) forget() {
	for _, m := range g.origins {
		m.credit = 0
	}
}
