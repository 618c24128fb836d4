package network

import (
	"cmp"
	"slices"
	"strings"

	"tidemark/simulator/inject"
)

// Outage is a fault of paths. It hurts packets, not calls: with From and To it hurts the requests of calls from From
// to To and the answers of calls from To to From; an empty From or To is any place, so that both empty is every path.
// Parts are those of the service that is called; none is all of them.
//
// Region is a region as a whole, in one act: every call to its storage, Redis and compute, from wherever, itself
// included, and every call that its own make, both legs. With Parts it is these parts of the region alone: every call
// to them.
type Outage struct {
	ID     string     `json:"id,omitempty"`     // given by Network when empty
	Region Place      `json:"region,omitempty"` // then From and To are empty
	From   Place      `json:"from,omitempty"`
	To     Place      `json:"to,omitempty"`
	Parts  []Part     `json:"parts,omitempty"`
	How    inject.How `json:"fault,omitempty"` // of packets; Open is Refuse
	Note   string     `json:"note,omitempty"`
}

// String says what the outage is, as in "outage-1: refuse to and from region east" or "cut: hang from east to any
// place, redis".
func (o Outage) String() string {
	var b strings.Builder
	if o.ID != "" {
		b.WriteString(o.ID + ": ")
	}
	b.WriteString(string(orRefuse(o.How)))
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

func orRefuse(h inject.How) inject.How { return cmp.Or(h, inject.Refuse) }

func orAny(p Place) string {
	if p == "" {
		return "any place"
	}
	return string(p)
}

// hurts reports whether the outage covers that leg of a call from a place to a part of another.
func (o *Outage) hurts(from, to Place, p Part, d Direction) bool {
	if len(o.Parts) > 0 && !slices.Contains(o.Parts, p) {
		return false
	}
	if o.Region != "" {
		return to == o.Region || from == o.Region && len(o.Parts) == 0
	}
	if d == Answer {
		from, to = to, from // the way of the answer's packets
	}
	return (o.From == "" || o.From == from) && (o.To == "" || o.To == to)
}
