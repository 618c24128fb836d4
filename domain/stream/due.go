package stream

import "time"

// Duty is what a sweeper has to do for a stream.
type Duty uint8

// The duties.
const (
	Wait   Duty = iota // nothing: its writer may be alive, or its blocks are still to be settled
	ToEnd              // its writer is gone
	ToSeal             // it has ended, and its last number is not known
	ToDrop             // it is finished and something of it was left lying
)

// Due is what a sweeper has to do for a stream that an index lists, which was read at a time by the journal's clock.
// idle is how long a stream that takes no append is left to its writer.
func (s State) Due(at time.Time, idle time.Duration) Duty {
	switch s.Life {
	case Open:
		if at.Sub(s.Touched) >= idle {
			return ToEnd
		}
	case Ended:
		return ToSeal
	case Finished:
		return ToDrop
	}
	return Wait
}
