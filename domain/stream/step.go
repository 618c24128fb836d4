package stream

import (
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// Held is what a journal holds under a number, beside what comes to it.
type Held uint8

// What is held.
const (
	Nothing Held = iota
	Same         // what comes
	Another      // other bytes, or a block where a void comes
	Void         // a void where a block comes
)

// Event is what reaches a journal: an Append, a Fill, an End, a Seal or a Drop.
type Event interface {
	step(s State, now time.Time) (State, Effects, error)
}

// Append is a block by the stream's writer.
type Append struct {
	Number telemetry.Number
	Held   Held
}

// Fill is a block copied from elsewhere, or a void.
type Fill struct {
	Number telemetry.Number
	Held   Held
}

// End is the end of a stream, by its writer or a sweeper.
type End struct{}

// Seal is a stream's last number: every number up to it is a block, a void or dropped. Changed says that something
// was stored, or may have been, since whoever seals looked at what the stream holds.
type Seal struct {
	Last    telemetry.Number
	Changed bool
}

// Drop moves the mark up to Through.
type Drop struct{ Through telemetry.Number }

// Effects are what the journal does for a step, all at one moment but the sweep.
type Effects uint8

// The effects.
const (
	Store  Effects = 1 << iota // keep what came under its number
	Write                      // the state has changed: keep it
	Move                       // a mark moved or a stream ended: the index has a new version
	Change                     // something was stored, or the stream ended or was sealed: it has a new version
	// delete, after the rest, what lies at or below the mark; when it is gone a finished stream leaves the index
	Sweep
)

// Has reports whether an effect is among them.
func (e Effects) Has(effect Effects) bool { return e&effect != 0 }

// Step is what becomes of a stream when an event reaches its journal at a time by the journal's clock. What is refused
// (fault.Conflict, Invalid, NotFound) changes nothing. An event that comes again has the same answer, and changes
// nothing, but for an append whose block was dropped and swept meanwhile: an open stream stores it anew, which at or
// below the mark is rubbish that the next sweep takes, and an ended one refuses it.
func (s State) Step(e Event, now time.Time) (State, Effects, error) { return e.step(s, now) }

func (e Append) step(s State, now time.Time) (State, Effects, error) {
	const op = "journal.append"
	switch {
	case e.Number == 0:
		return s, 0, fault.New(fault.Invalid, op, "the first number of a stream is 1")
	case e.Held == Same:
		return s, 0, nil // it arrived before
	case e.Held == Void:
		return s, 0, fault.New(fault.Conflict, op, "number %d is void", e.Number)
	case s.HasEnded():
		return s, 0, fault.New(fault.Conflict, op, "the stream has ended")
	case e.Held == Another && e.Number <= s.Mark: // it arrived before and was dropped: what lies here is rubbish
		return s, 0, nil
	case e.Held == Another:
		return s, 0, fault.New(fault.Conflict, op, "number %d holds another block", e.Number)
	}
	s.Life, s.Touched = Open, now
	return s, Store | Write | Change, nil
}

func (e Fill) step(s State, _ time.Time) (State, Effects, error) {
	const op = "journal.fill"
	switch {
	case e.Number == 0:
		return s, 0, fault.New(fault.Invalid, op, "the first number of a stream is 1")
	case !s.HasEnded():
		return s, 0, fault.New(fault.Invalid, op, "the stream has not ended")
	case s.Life >= Sealed:
		return s, 0, fault.New(fault.Invalid, op, "the stream is sealed")
	case e.Number <= s.Mark, e.Held == Same:
		return s, 0, nil
	case e.Held != Nothing:
		return s, 0, fault.New(fault.Conflict, op, "number %d holds something else", e.Number)
	}
	return s, Store | Change, nil
}

func (End) step(s State, _ time.Time) (State, Effects, error) {
	if s.HasEnded() {
		return s, 0, nil
	}
	return State{Life: Ended, Mark: s.Mark}, Write | Move | Change, nil
}

func (e Seal) step(s State, _ time.Time) (State, Effects, error) {
	const op = "journal.seal"
	switch {
	case !s.HasEnded():
		return s, 0, fault.New(fault.Invalid, op, "the stream has not ended")
	case s.Life == Ended && e.Changed:
		return s, 0, fault.New(fault.Conflict, op, "the stream has changed since it was looked at")
	case s.Life == Ended && e.Last < s.Mark:
		return s, 0, fault.New(fault.Invalid, op, "number %d was dropped, above the last", s.Mark)
	case s.Life == Ended:
		s.Life, s.Last = Sealed, e.Last
		if s = s.settled(); s.HasFinished() {
			return s, Write | Change | Sweep, nil
		}
		return s, Write | Change, nil
	case s.Last != e.Last:
		return s, 0, fault.New(fault.Conflict, op, "the stream's last number is %d", s.Last)
	case s.HasFinished():
		return s, Sweep, nil
	}
	return s, 0, nil
}

func (e Drop) step(s State, _ time.Time) (State, Effects, error) {
	const op = "journal.drop"
	last, known := s.End()
	switch {
	case !s.Born():
		return s, 0, fault.New(fault.NotFound, op, "there is no such stream")
	case known && e.Through > last:
		return s, 0, fault.New(fault.Invalid, op, "the stream's last number is %d", last)
	case e.Through <= s.Mark:
		return s, Sweep, nil
	}
	s.Mark = e.Through
	return s.settled(), Write | Move | Sweep, nil
}
