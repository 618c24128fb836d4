package network

import (
	"fmt"
	"slices"
	"strings"
)

// Fault is how a leg fails. The zero value is that it does not.
type Fault string

// The faults. Refuse: connections are refused (a listener that cannot refuse closes them at once). Hang: nothing
// answers until the path heals or the caller gives up. Reset: the connection is torn down. Unavailable: 503 from the
// service (HTTP), a closed connection otherwise.
//
// Where several meet, the one that is met first on the way to the service holds: packets that vanish (Hang) reach no
// host that refuses (Refuse), a refused connection has nothing to tear down (Reset), and a torn one brings no answer
// (Unavailable).
const (
	Refuse      Fault = "refuse"
	Hang        Fault = "hang"
	Reset       Fault = "reset"
	Unavailable Fault = "503"
)

// faults are all of them, the mildest first.
var faults = []Fault{Unavailable, Reset, Refuse, Hang}

func (f Fault) rank() int { return slices.Index(faults, f) }

// Outage is a fault of paths. It hurts packets, not calls: with From and To it hurts the requests of calls from From
// to To and the answers of calls from To to From; an empty From or To is any place, so that both empty is every path.
// Parts are those of the service that is called; none is all of them.
//
// Region is a region as a whole, in one act: every call to its storage, Redis and compute, from wherever, itself
// included, and every call that its own make, both legs. With Parts it is these parts of the region alone: every call
// to them.
type Outage struct {
	ID     string `json:"id,omitempty"`     // given by Network when empty
	Region Place  `json:"region,omitempty"` // then From and To are empty
	From   Place  `json:"from,omitempty"`
	To     Place  `json:"to,omitempty"`
	Parts  []Part `json:"parts,omitempty"`
	Fault  Fault  `json:"fault,omitempty"` // "" is Refuse
	Note   string `json:"note,omitempty"`
}

// String says what the outage is, as in "outage-1: refuse to and from region east" or "cut: hang from east to any
// place, redis".
func (o Outage) String() string {
	var b strings.Builder
	if o.ID != "" {
		b.WriteString(o.ID + ": ")
	}
	b.WriteString(string(orRefuse(o.Fault)))
	switch {
	case o.Region != "" && len(o.Parts) > 0:
		b.WriteString(" in region " + string(o.Region))
	case o.Region != "":
		b.WriteString(" to and from region " + string(o.Region))
	default:
		b.WriteString(" from " + orAny(o.From) + " to " + orAny(o.To))
	}
	if len(o.Parts) > 0 {
		b.WriteString(", " + list(o.Parts))
	}
	if o.Note != "" {
		b.WriteString(" (" + o.Note + ")")
	}
	return b.String()
}

func orRefuse(f Fault) Fault {
	if f == "" {
		return Refuse
	}
	return f
}

func orAny(p Place) string {
	if p == "" {
		return "any place"
	}
	return string(p)
}

// Begin begins an outage and gives its ID. An ID that is taken, an unknown place, part or fault, and a Region
// together with From or To are errors, and nothing begins.
func (n *Network) Begin(o Outage) (string, error) {
	o.Fault, o.Parts = orRefuse(o.Fault), slices.Clone(o.Parts)
	if err := n.check(o); err != nil {
		return "", err
	}
	err := n.change(func(s *state) error {
		if o.ID != "" && s.find(o.ID) >= 0 {
			return fmt.Errorf("network: outage %q is under way already: end it first, or give another ID", o.ID)
		}
		for o.ID == "" || s.find(o.ID) >= 0 { // somebody may have given one of ours
			n.begun++
			o.ID = fmt.Sprint("outage-", n.begun)
		}
		s.outages = append(slices.Clip(s.outages), o)
		return nil
	})
	if err != nil {
		return "", err
	}
	return o.ID, nil
}

func (n *Network) check(o Outage) error {
	for _, x := range []struct {
		what  string
		place Place
	}{{"outage of region", o.Region}, {"outage from", o.From}, {"outage to", o.To}} {
		if x.place == "" {
			continue
		}
		if err := n.checkPlace(x.what, x.place); err != nil {
			return err
		}
	}
	if o.Region == Outside {
		return fmt.Errorf("network: outage of region %q: it is no region; give it as from or to", Outside)
	}
	if o.Region != "" && (o.From != "" || o.To != "") {
		return fmt.Errorf("network: outage of region %s with from or to: a region's outage is both ways; leave one "+
			"or the other out", o.Region)
	}
	for _, p := range o.Parts {
		if !contains(parts, p) {
			return fmt.Errorf("network: outage of part %q: no such part; known are %s", p, list(parts))
		}
	}
	if o.Fault.rank() < 0 {
		return fmt.Errorf("network: outage with fault %q: no such fault; known are %s", o.Fault, list(faults))
	}
	return nil
}

// End ends an outage. An ID that is not under way is an error.
func (n *Network) End(id string) error {
	return n.change(func(s *state) error {
		i := s.find(id)
		if i < 0 {
			return fmt.Errorf("network: no outage %q is under way; %s", id, s.underWay())
		}
		s.outages = slices.Delete(slices.Clone(s.outages), i, i+1)
		return nil
	})
}

// Outages are those under way, in the order in which they began.
func (n *Network) Outages() []Outage {
	all := slices.Clone(n.now.Load().outages)
	for i := range all {
		all[i].Parts = slices.Clone(all[i].Parts)
	}
	return all
}

func (s *state) find(id string) int {
	return slices.IndexFunc(s.outages, func(o Outage) bool { return o.ID == id })
}

func (s *state) underWay() string {
	if len(s.outages) == 0 {
		return "none is"
	}
	ids := make([]string, len(s.outages))
	for i, o := range s.outages {
		ids[i] = o.ID
	}
	return "these are: " + list(ids)
}

func list[T ~string](words []T) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}
