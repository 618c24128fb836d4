package stream

import (
	"time"

	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
)

// Pair is one stream in the journals of two regions, as each of them says.
type Pair [2]State

// JointDuty is what has to be done for a stream in both journals together.
type JointDuty uint8

// The joint duties.
const (
	Rest     JointDuty = iota // nothing but what a sweep has not deleted yet
	Even                      // its writer may be alive; a journal may lack blocks that the other has
	Close                     // end it where it has not ended: its writer is gone, or it has ended in one of them
	Complete                  // it has ended in both: fill in what one lacks, and seal
)

var duties = [...]string{"rest", "even", "close", "complete"}

// String is the duty's name in transcripts.
func (d JointDuty) String() string { return duties[d] }

// Due is what has to be done for a stream of which at least one journal has heard. The states were read at times by the
// clocks of the journals; idle is how long a stream that takes no append is left to its writer. One that takes appends
// in either journal is alive (T8).
func (p Pair) Due(at [2]time.Time, idle time.Duration) JointDuty {
	switch {
	case p[0].HasEnded() != p[1].HasEnded():
		return Close
	case p[0].Life >= Sealed && p[1].Life >= Sealed:
		return Rest
	case p[0].HasEnded():
		return Complete
	}
	for i, s := range p {
		if s.Life == Open && at[i].Sub(s.Touched) < idle {
			return Even
		}
		if s.Life == Open && planted.On(planted.EndedWhereIdle) {
			return Close
		}
	}
	return Close
}

// Mark is the greater mark: what is at or below it is settled, whichever journal dropped it.
func (p Pair) Mark() telemetry.Number { return max(p[0].Mark, p[1].Mark) }

// Last is the last number, if one of the journals knows it.
func (p Pair) Last() (last telemetry.Number, known bool) {
	for _, s := range p {
		if n, ok := s.End(); ok {
			last, known = max(last, n), true
		}
	}
	return last, known
}
