package region

import (
	"fmt"
	"slices"
	"time"
)

// Account is an account that a process uses.
type Account struct {
	Name      string
	Secondary bool // it has an endpoint in another region that can be read
}

// Reach is what one process reaches: the health of every endpoint it was configured with, and the mode and the flow
// that follow. It is a value, and Step alone makes another of it. The zero value reaches nothing.
type Reach struct {
	policy   Policy
	now      time.Time // the latest of which it was told
	ends     []seen    // journals first, then primaries and secondaries
	accounts []told
	mode     Mode
	fell     bool      // the mode has been better
	changed  time.Time // when the mode last did, once it fell
}

// New is what a process knows that has asked nobody.
func New(p Policy, journals []Name, accounts ...Account) Reach {
	r := Reach{policy: p.whole()}
	for _, j := range journals {
		r.ends = append(r.ends, seen{Endpoint: JournalOf(j)})
	}
	for _, a := range accounts {
		r.ends = append(r.ends, seen{Endpoint: PrimaryOf(a.Name)})
		if a.Secondary {
			r.ends = append(r.ends, seen{Endpoint: SecondaryOf(a.Name)})
		}
		r.accounts = append(r.accounts, told{name: a.Name})
	}
	r.mode = r.follows()
	return r
}

// Mode is what the process does.
func (r Reach) Mode() Mode { return r.mode }

// Health is that of an endpoint; of one that is not configured it is Unknown.
func (r Reach) Health(of Endpoint) Health {
	if i := r.find(of); i >= 0 {
		return r.ends[i].health
	}
	return Unknown
}

// Steady reports whether an endpoint is well and another answer of it would say nothing new, but when it came.
func (r Reach) Steady(of Endpoint) bool {
	i := r.find(of)
	return i >= 0 && r.ends[i].health == Well && r.ends[i].failed == 0
}

// Endpoints are those that are configured: journals, and then each account's primary and secondary.
func (r Reach) Endpoints() []Endpoint {
	out := make([]Endpoint, len(r.ends))
	for i, s := range r.ends {
		out[i] = s.Endpoint
	}
	return out
}

// Flow is that of the accounts together: the one that matters most. Without an account it is Paused.
func (r Reach) Flow() Flow {
	if len(r.accounts) == 0 {
		return Paused
	}
	all := Settling
	for i := range r.accounts {
		all = all.worse(r.accounts[i].flow(r.Health(PrimaryOf(r.accounts[i].name))))
	}
	return all
}

// Tidemark is what an account last told, the zero one where that is nothing or too long ago.
func (r Reach) Tidemark(account string) Tidemark {
	for _, a := range r.accounts {
		if a.name == account {
			return a.tide
		}
	}
	return Tidemark{}
}

// Least is the least tidemark of all accounts: what was written before it is in both regions, in whichever account. One
// that has none leaves all without.
func (r Reach) Least() Tidemark {
	var least Tidemark
	for i, a := range r.accounts {
		if !a.tide.Known() {
			return a.tide
		}
		if i == 0 || a.tide.At.Before(least.At) {
			least = a.tide
		}
	}
	return least
}

// Next is when something is due without anything being observed: a Tick is to come then. The zero time is never.
func (r Reach) Next() time.Time {
	var next time.Time
	at := func(t time.Time) {
		if next.IsZero() || t.Before(next) {
			next = t
		}
	}
	for _, s := range r.ends {
		at(s.due(r.policy))
		if s.health.Answers() {
			at(s.heard.Add(r.policy.Stale))
		}
	}
	for _, a := range r.accounts {
		if a.tide.Known() {
			at(a.at.Add(r.policy.Stale))
		}
	}
	if r.follows() > r.mode {
		at(r.changed.Add(r.policy.Stay))
	}
	return next
}

func (r Reach) find(of Endpoint) int {
	return slices.IndexFunc(r.ends, func(s seen) bool { return s.Endpoint == of })
}

// follows is the mode that follows from the journals' health, without regard to how long the present one has lasted.
// With one journal there is nothing else to go to, so that any answer of it counts.
func (r Reach) follows() Mode {
	configured, well, answer := 0, 0, 0
	for _, s := range r.ends {
		if s.Role != Journal {
			continue
		}
		configured++
		if s.health == Well {
			well++
		}
		if s.health.Answers() {
			answer++
		}
	}
	if configured == 1 {
		return modeOf(configured, answer)
	}
	return modeOf(configured, well)
}

// copied is another of it, which may be changed.
func (r Reach) copied() Reach {
	r.ends, r.accounts = slices.Clone(r.ends), slices.Clone(r.accounts)
	return r
}

// String is the reach in a line, for transcripts: mode and flow, and each endpoint's health.
func (r Reach) String() string {
	out := fmt.Sprintf("%v, %v", r.mode, r.Flow())
	for i, s := range r.ends {
		sep := "; "
		if i > 0 {
			sep = ", "
		}
		out += sep + fmt.Sprintf("%v %v", s.Endpoint, s.health)
	}
	return out
}
