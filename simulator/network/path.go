package network

import (
	"time"

	"tidemark/simulator/inject"
	"tidemark/simulator/path"
)

// Leg is one direction of a path, and which outage it is that makes it fail.
type Leg struct {
	path.Leg
	Outage string // its ID; "" of a leg that is open
}

// Path is how a call from one place reaches a part of another, now. Where Request fails the request never arrives, and
// nothing is done. Where Answer alone fails the request arrives and is carried out, and the answer is lost. Who cares
// for outages that begin meanwhile asks for the path again before the answer. Delays have their jitter.
type Path struct{ Request, Answer Leg }

// Open reports whether neither leg fails.
func (p Path) Open() bool { return p.Request.How == inject.Open && p.Answer.How == inject.Open }

// Path is the path of a call from a place to a part of another, now. A place that the network does not know is never
// reached: the request is refused, and Outage says why.
func (n *Network) Path(from, to Place, p Part) Path {
	s := n.now.Load()
	return Path{Request: n.leg(s, from, to, p, Request, s.between(from, to)),
		Answer: n.leg(s, from, to, p, Answer, s.between(to, from))}
}

func (n *Network) leg(s *state, from, to Place, p Part, d Direction, distance time.Duration) Leg {
	l := Leg{Leg: path.Leg{Delay: n.delay(distance)}}
	o := n.failing(s, from, to, p, d)
	if o == nil {
		return l
	}
	l.How, l.Why, l.Outage = o.How, o.String(), o.ID
	return l
}

var _ path.Ground = (*Network)(nil)

// Legs implements path.Ground.
func (n *Network) Legs(from, to, service string) (request, answer path.Leg) {
	p := n.Path(Place(from), Place(to), Part(service))
	return p.Request.Leg, p.Answer.Leg
}

// how is how a leg of a call from a place to a part of another fails.
func (n *Network) how(s *state, from, to Place, p Part, d Direction) inject.How {
	if o := n.failing(s, from, to, p, d); o != nil {
		return o.How
	}
	return inject.Open
}

// failing is the outage that makes a leg of a call from a place to a part of another fail; nil is none. Of several the
// worst holds, of equal ones the first begun.
func (n *Network) failing(s *state, from, to Place, p Part, d Direction) *Outage {
	for _, place := range [...]Place{from, to} {
		if !n.known(place) {
			return &Outage{ID: "unknown place \"" + string(place) + "\"", How: inject.Refuse}
		}
	}
	var worst *Outage
	for i := range s.outages {
		o := &s.outages[i]
		if o.hurts(from, to, p, d) && (worst == nil || o.How.Worse(worst.How)) {
			worst = o
		}
	}
	return worst
}
