package stream

import (
	"time"

	"tidemark/domain/telemetry"
)

// Life is where a stream is in its life in one journal. It only moves on.
type Life uint8

// The lives.
const (
	Unborn   Life = iota // nothing of it is there
	Open                 // it takes appends
	Ended                // a tombstone: no append that has not arrived can succeed any more
	Sealed               // and its last number is known
	Finished             // and dropped to it: nothing is left
)

var lives = [...]string{"unborn", "open", "ended", "sealed", "finished"}

// String is the life's name in logs and transcripts.
func (l Life) String() string { return lives[l] }

// State is a stream in one journal. The zero value is one that the journal never heard of.
type State struct {
	Life Life
	Mark telemetry.Number // dropped mark: every number at or below it was dropped
	Last telemetry.Number // the last number, of one that is sealed
	// when the last append was stored, by the journal's clock; zero unless open
	Touched time.Time
}

// Of is the state that stored rows say: of a stream that is there, whether it has ended, whether it was sealed with its
// last number, and its mark.
func Of(ended, sealed bool, last, mark telemetry.Number, touched time.Time) State {
	switch {
	case !ended:
		return State{Life: Open, Mark: mark, Touched: touched}
	case !sealed:
		return State{Life: Ended, Mark: mark}
	}
	return State{Life: Sealed, Mark: mark, Last: last}.settled()
}

// settled is the state, finished if it is.
func (s State) settled() State {
	if s.Life == Sealed && s.Mark >= s.Last {
		s.Life = Finished
	}
	return s
}

// Born reports whether the journal has rows of the stream: a birth, or a tombstone.
func (s State) Born() bool { return s.Life > Unborn }

// HasEnded reports whether it takes no append any more.
func (s State) HasEnded() bool { return s.Life >= Ended }

// End is the last number of a sealed stream; known is false for others, which may become longer.
func (s State) End() (last telemetry.Number, known bool) { return s.Last, s.Life >= Sealed }

// Told is its life's name, for whoever tells people of it.
func (s State) Told() string { return s.Life.String() }

// HasFinished reports whether nothing of it is left, but for what a sweep has not deleted yet.
func (s State) HasFinished() bool { return s.Life == Finished }

// With is what two readings of one stream say together, whichever was the earlier: of lives the later, of marks the
// greater.
func (s State) With(o State) State {
	later := s
	if o.Life > s.Life || o.Life == s.Life && o.Touched.After(s.Touched) {
		later = o
	}
	later.Mark = max(s.Mark, o.Mark)
	return later.settled()
}
