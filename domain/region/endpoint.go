package region

import (
	"strings"
	"time"
)

// Role is what an endpoint serves.
type Role uint8

// The roles: the journal of a region, and the two endpoints of an account.
const (
	Journal   Role = 1
	Primary   Role = 2
	Secondary Role = 3
)

// String is the role's name in transcripts and metrics.
func (r Role) String() string {
	switch r {
	case Journal:
		return "journal"
	case Primary:
		return "primary"
	case Secondary:
		return "secondary"
	}
	return "none"
}

// Endpoint is one thing that answers or does not. Of says whose it is: the region of a journal, the name of an
// account, which may be empty where there is one.
type Endpoint struct {
	Role Role
	Of   string
}

// JournalOf is the journal of a region.
func JournalOf(n Name) Endpoint { return Endpoint{Journal, string(n)} }

// PrimaryOf is the primary endpoint of an account.
func PrimaryOf(account string) Endpoint { return Endpoint{Primary, account} }

// SecondaryOf is the secondary endpoint of an account.
func SecondaryOf(account string) Endpoint { return Endpoint{Secondary, account} }

// String is as "journal east".
func (e Endpoint) String() string { return strings.TrimSuffix(e.Role.String()+" "+e.Of, " ") }

// Outcome is what came of calls of an endpoint.
type Outcome uint8

// The outcomes.
const (
	// Answered: the endpoint said something, be it no.
	Answered Outcome = 1
	// Failed: it could not be reached, or said that it cannot answer.
	Failed Outcome = 2
	// Silent: nothing came for so long that nobody waits any more.
	Silent Outcome = 3
	// Barred: so many of its calls fail that the breaker before it opened.
	Barred Outcome = 4
)

// String is the outcome's name in transcripts and metrics.
func (o Outcome) String() string {
	switch o {
	case Answered:
		return "answered"
	case Failed:
		return "failed"
	case Silent:
		return "silent"
	case Barred:
		return "barred"
	}
	return "none"
}

// bad reports whether it speaks against the endpoint.
func (o Outcome) bad() bool { return o == Failed || o == Silent || o == Barred }

// Observation is what a process notices: Called, Told or Tick.
type Observation interface{ observed() }

// Called is what came of a call. Times are the process's own.
type Called struct {
	At      Endpoint
	Outcome Outcome
	Began   time.Time
	Ended   time.Time // zero is now
}

// Told is the tidemark that an account told, or the zero one if it was asked and told none.
type Told struct {
	Account string
	Tide    Tidemark
}

// Tick is that time has passed: what is due is decided.
type Tick struct{}

func (Called) observed() {}
func (Told) observed()   {}
func (Tick) observed()   {}
