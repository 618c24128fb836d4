// Package region holds the values of places: a region's name, the tidemark of the account that lies in two of them,
// and what a process reaches of both (Reach).
//
// What a process notices of its endpoints (the journal of each region, the account's primary and its secondary) is an
// Observation. Reach.Step says what is known afterwards and what follows from it: each endpoint's Health, the Mode,
// which depends on the journals alone, and the Flow, which depends on the accounts alone.
//
//	unknown --answers--> well --fails--> lost --answers--> returning --answers for long enough--> well
//	    `-------fails------------------^  ^-----fails--------'
//
// Nothing here has a clock, and nobody is asked: domain/reach carries it out.
package region

import "time"

// Name is a region's name, "east" or "west" unless configured.
type Name string

// State is the state of the account's geo-replication.
type State uint8

// The states. Single is an account without geo-redundancy by configuration, never deduced: its tidemark is its own
// clock. The others are Azure's: Live, Bootstrap (first copy under way), Unavailable (an outage, or not computed yet;
// also an account that became LRS by a failover).
const (
	Unavailable State = 0
	Single      State = 1
	Live        State = 2
	Bootstrap   State = 3
)

// String is the state's name in answers.
func (s State) String() string {
	switch s {
	case Single:
		return "single"
	case Live:
		return "live"
	case Bootstrap:
		return "bootstrap"
	}
	return "unavailable"
}

// Tidemark is Azure's Last Sync Time as we know it: every write that the account committed before At is in both
// regions. At means something only when the state is Live or Single.
type Tidemark struct {
	At    time.Time
	State State
}

// Known reports whether At says anything.
func (t Tidemark) Known() bool { return t.State == Live || t.State == Single }

// Covers reports whether a row committed at that time is certainly below the tidemark, less a margin (one second of
// resolution and the skew between the regions' storage clocks).
func (t Tidemark) Covers(committed time.Time, margin time.Duration) bool {
	return t.Known() && committed.Before(t.At.Add(-margin))
}
