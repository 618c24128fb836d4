package network

import (
	"fmt"
	"slices"

	"tidemark/simulator/inject"
)

// Begin begins an outage and gives its ID. An ID that is taken, an unknown place, part or fault, and a Region
// together with From or To are errors, and nothing begins.
func (n *Network) Begin(o Outage) (string, error) {
	o.How, o.Parts = orRefuse(o.How), slices.Clone(o.Parts)
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
		if !slices.Contains(parts, p) {
			return fmt.Errorf("network: outage of part %q: no such part; known are %s", p, list(parts))
		}
	}
	if !slices.Contains(inject.Hows(), o.How) {
		return fmt.Errorf("network: outage with fault %q: no such fault; known are %s", o.How, list(inject.Hows()))
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
