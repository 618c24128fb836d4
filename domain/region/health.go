package region

// Health is what a process reaches of the storage, and what the account tells of its replication.
type Health struct {
	Journal  bool     // the journal answers
	Primary  bool     // the account's primary endpoint answers
	Tidemark Tidemark // zero where the account does not tell it
}

// Mode is what a process does for those who ask it. The zero value is Away.
type Mode uint8

// The modes: in Normal it writes and answers, Away it does neither.
const (
	Away   Mode = 0
	Normal Mode = 1
)

// Mode is the mode that follows. Without the journal nothing is durable, and no answer is complete.
func (h Health) Mode() Mode {
	if h.Journal {
		return Normal
	}
	return Away
}

// String is the mode's name in answers.
func (m Mode) String() string {
	if m == Normal {
		return "normal"
	}
	return "unavailable"
}

// Flow says whether data move from the journal to the account. The zero value is Growing.
type Flow uint8

// The flows: Settling, data move; Paused, the account's primary endpoint takes nothing; Growing, there is no tidemark,
// so that nothing leaves the journal.
const (
	Growing  Flow = 0
	Settling Flow = 1
	Paused   Flow = 2
)

// Flow is the flow that follows. The tidemark of an account is told by its secondary, which goes on while the primary
// is gone: so the primary is asked itself.
func (h Health) Flow() Flow {
	switch {
	case !h.Primary:
		return Paused
	case !h.Tidemark.Known():
		return Growing
	}
	return Settling
}

// String is the flow's name in answers.
func (f Flow) String() string {
	switch f {
	case Settling:
		return "settling"
	case Paused:
		return "paused"
	}
	return "growing"
}
