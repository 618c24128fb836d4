package region

import (
	"fmt"
	"time"
)

// Decision is what follows from an observation: Turned, Changed, Flowed or Ask.
type Decision interface {
	decided()
	String() string
}

// Turned is that an endpoint's health is another.
type Turned struct {
	At       Endpoint
	From, To Health
}

// Changed is that the mode is another.
type Changed struct{ From, To Mode }

// Flowed is that the flow is another.
type Flowed struct{ From, To Flow }

// Ask is that an endpoint is to be asked whether it answers, as nothing was heard of it for too long. Of an account's
// endpoint that tells the tidemark the question is for that. What comes of it is another observation.
type Ask struct{ At Endpoint }

func (Turned) decided()  {}
func (Changed) decided() {}
func (Flowed) decided()  {}
func (Ask) decided()     {}

// String is the decision in a transcript.
func (d Turned) String() string { return fmt.Sprintf("%v is %v, was %v", d.At, d.To, d.From) }

// String is the decision in a transcript.
func (d Changed) String() string { return fmt.Sprintf("mode is %v, was %v", d.To, d.From) }

// String is the decision in a transcript.
func (d Flowed) String() string { return fmt.Sprintf("account is %v, was %v", d.To, d.From) }

// String is the decision in a transcript.
func (d Ask) String() string { return fmt.Sprintf("ask %v", d.At) }

// Step is what is known after an observation, at a time by the process's own clock, and what follows from it. It takes
// any observation in any order: one of an endpoint or an account that is not configured says nothing, and a time before
// the last one counts as that.
//
// Of two journals' modes a worse one comes at once, and a better one when the present one has lasted for Policy.Stay.
// A process that has never been in a better mode does not wait: it has only begun.
func (r Reach) Step(o Observation, now time.Time) (Reach, []Decision) {
	next := r.copied()
	next.now = later(r.now, now)
	next.take(o)
	for i := range next.ends {
		next.ends[i].age(next.policy, next.now)
	}
	for i := range next.accounts {
		next.accounts[i].age(next.policy, next.now)
	}
	decisions := next.turned(r)
	if _, is := o.(Tick); is {
		decisions = append(decisions, next.asks()...)
	}
	return next, decisions
}

// take takes an observation in.
func (r *Reach) take(o Observation) {
	switch o := o.(type) {
	case Called:
		if i := r.find(o.At); i >= 0 {
			r.ends[i].called(o, r.policy, r.now)
		}
	case Told:
		for i := range r.accounts {
			if r.accounts[i].name == o.Account {
				r.accounts[i].tell(o.Tide, r.now)
			}
		}
	}
}

// turned gives what is another than before, and moves the mode.
func (r *Reach) turned(before Reach) (out []Decision) {
	journals := 0
	for i, s := range r.ends {
		if s.Role == Journal {
			journals++
		}
		if was := before.ends[i].health; was != s.health {
			out = append(out, Turned{s.Endpoint, was, s.health})
		}
	}
	if from, to := before.Flow(), r.Flow(); from != to {
		out = append(out, Flowed{from, to})
	}
	to := r.follows()
	stays := r.fell && journals > 1 && r.now.Sub(r.changed) < r.policy.Stay
	if to < r.mode || to > r.mode && !stays {
		out = append(out, Changed{r.mode, to})
		r.fell = r.fell || to < r.mode
		r.mode, r.changed = to, r.now
	}
	return out
}

// asks gives the endpoints that are to be asked now.
func (r *Reach) asks() (out []Decision) {
	for i := range r.ends {
		if s := &r.ends[i]; !s.due(r.policy).After(r.now) {
			s.asked = r.now
			out = append(out, Ask{s.Endpoint})
		}
	}
	return out
}
