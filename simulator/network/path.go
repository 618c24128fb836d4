package network

import "time"

// Direction is a leg of a call.
type Direction uint8

// The directions. Request is from the caller to the service, Answer from the service to the caller.
const (
	Request Direction = iota
	Answer
)

// String is the direction's name.
func (d Direction) String() string {
	if d == Request {
		return "request"
	}
	return "answer"
}

// Leg is one direction of a path. The zero value is open and takes no time.
type Leg struct {
	Fault  Fault         // "" if it is open
	Outage string        // the ID of the outage whose fault it is
	Delay  time.Duration // one way, jitter included
}

// Path is how a call from one place reaches a part of another, now. A fault of Request: the request never arrives,
// nothing is done. A fault of Answer alone: the request arrives and is carried out, and the answer is lost. Who cares
// for outages that begin meanwhile asks for the path again before the answer.
type Path struct{ Request, Answer Leg }

// Open reports whether neither leg has a fault.
func (p Path) Open() bool { return p.Request.Fault == "" && p.Answer.Fault == "" }

// Path is the path of a call from a place to a part of another, now. A place that the network does not know is never
// reached: the request is refused, and Outage says why.
func (n *Network) Path(from, to Place, p Part) Path {
	s := n.now.Load()
	there, back := s.between(from, to), s.between(to, from)
	path := Path{Request: Leg{Delay: n.delay(there)}, Answer: Leg{Delay: n.delay(back)}}
	path.Request.Fault, path.Request.Outage = n.fault(s, from, to, p, Request)
	path.Answer.Fault, path.Answer.Outage = n.fault(s, from, to, p, Answer)
	return path
}

// fault is the fault of a leg of a call from a place to a part of another, and the outage whose fault it is. Of
// several the worst holds, of equal ones the first begun.
func (n *Network) fault(s *state, from, to Place, p Part, d Direction) (Fault, string) {
	for _, place := range [...]Place{from, to} {
		if !n.known(place) {
			return Refuse, "unknown place \"" + string(place) + "\""
		}
	}
	var worst *Outage
	for i := range s.outages {
		o := &s.outages[i]
		if o.hurts(from, to, p, d) && (worst == nil || o.Fault.rank() > worst.Fault.rank()) {
			worst = o
		}
	}
	if worst == nil {
		return "", ""
	}
	return worst.Fault, worst.ID
}

// hurts reports whether the outage covers that leg of a call from a place to a part of another.
func (o *Outage) hurts(from, to Place, p Part, d Direction) bool {
	if len(o.Parts) > 0 && !contains(o.Parts, p) {
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

func contains(parts []Part, p Part) bool {
	for _, x := range parts {
		if x == p {
			return true
		}
	}
	return false
}
