package region

// Mode is what a process does for those who ask it. Greater is better. The zero value is Away.
type Mode uint8

// The modes. With one configured journal it is Normal or Away; with two it is never Away.
const (
	Away     Mode = 0 // the one journal is out of reach: it neither writes nor answers
	ReadOnly Mode = 1 // both are: it writes nothing, and answers from the account alone
	Exposed  Mode = 2 // one is: what it writes is in one region, and says so
	Normal   Mode = 3 // every journal that is configured is within reach
)

// String is the mode's name in answers.
func (m Mode) String() string {
	switch m {
	case Normal:
		return "normal"
	case Exposed:
		return "exposed"
	case ReadOnly:
		return "read-only"
	}
	return "unavailable"
}

// modeOf is the mode that follows, with so many journals configured and so many within reach.
func modeOf(configured, within int) Mode {
	switch {
	case within > 0 && within >= configured:
		return Normal
	case configured < 2:
		return Away
	case within > 0:
		return Exposed
	}
	return ReadOnly
}

// Flow says whether data move from the journals to the account. The zero value is Growing.
type Flow uint8

// The flows: Settling, data move; Paused, the account's primary endpoint takes nothing; Growing, there is no tidemark,
// so that nothing leaves the journals; Rebuilding, the same, and the account copies itself to its other region again,
// as it does once geo-redundancy is enabled after a failover.
const (
	Growing    Flow = 0
	Settling   Flow = 1
	Paused     Flow = 2
	Rebuilding Flow = 3
)

// String is the flow's name in answers.
func (f Flow) String() string {
	switch f {
	case Settling:
		return "settling"
	case Paused:
		return "paused"
	case Rebuilding:
		return "rebuilding"
	}
	return "growing"
}

// worse is the flow that matters of two accounts'.
func (f Flow) worse(g Flow) Flow {
	for _, bad := range []Flow{Paused, Rebuilding, Growing} {
		if f == bad || g == bad {
			return bad
		}
	}
	return Settling
}
