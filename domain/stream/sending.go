package stream

import (
	"cmp"
	"slices"

	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
)

// Phase is where a stream is for its writer.
type Phase uint8

// The phases.
const (
	Begun   Phase = iota // a journal has not confirmed its first block yet: it flies alone
	Running              // blocks may overtake one another
	Fenced               // it takes no more blocks: somebody ended it, or one of its blocks cannot be acknowledged
	Left                 // its writer does not use it any more; everything in it was acknowledged
)

var phases = [...]string{"begun", "running", "fenced", "left"}

// String is the phase's name in transcripts.
func (p Phase) String() string { return phases[p] }

// Leg is a block's way into one journal: the place of the journal among those that the stream is written to.
type Leg uint8

// Way is how far a block is on a leg.
type Way uint8

// The ways. Indeterminate answers are none of them: an append whose outcome is unknown goes on flying.
const (
	Flying Way = iota
	Stored     // the journal has it
	Late       // the journal stored it when its time was over
	Barred     // the journal will never take it under this number: the stream has ended there, or its time is over
)

// Answer is what whoever waits for a block is told.
type Answer uint8

// The answers.
const (
	Durable Answer = iota // it is stored, and so is everything before it
	Unsure                // perhaps stored: it may count for nothing
	Refused               // it cannot be stored, and the others of the stream are not to wait for it
	Resend                // nobody is told yet: it goes again in another stream, with its stamp
)

var answers = [...]string{"durable", "unsure", "refused", "resend"}

// String is the answer's name in transcripts.
func (a Answer) String() string { return answers[a] }

// Answered is a block that is decided.
type Answered struct {
	Number     telemetry.Number
	Answer     Answer
	Durability telemetry.Durability // of a durable one
}

// Sending is a stream as its writer sends it: the numbers it gave, and how far each block is. Blocks are answered in
// the order of their numbers; a fenced stream answers nothing but refusals, and when nothing of it flies any more
// everything else goes again, as the number of a block that was stored is no use any more: nobody may build on it.
// The zero value writes to no journal: take NewSending.
type Sending struct {
	phase    Phase
	legs     Leg
	born     []bool           // of each leg: its journal has confirmed a block
	last     telemetry.Number // that was given
	answered telemetry.Number // every block up to it is durable
	blocks   []block          // that are not decided, by number
}

// block is one that is under way.
type block struct {
	number telemetry.Number
	ways   []Way // of each leg
	enough bool  // what one journal has will do: the others are not waited for
	told   bool  // it was refused
}

// NewSending is a stream that is written to some journals, one or two, before its first block.
func NewSending(legs Leg) Sending { return Sending{legs: legs, born: make([]bool, legs)} }

// Phase is where it is.
func (s *Sending) Phase() Phase { return s.phase }

// Next is the number of the next block.
func (s *Sending) Next() telemetry.Number { return s.last + 1 }

// Durable is the number up to which every block is durable; zero is none.
func (s *Sending) Durable() telemetry.Number { return s.answered }

// Born reports whether a leg's journal has confirmed a block.
func (s *Sending) Born(l Leg) bool { return s.born[l] }

// Takes reports whether another block may close, if so many may be under way at once.
func (s *Sending) Takes(flights int) bool {
	switch s.phase {
	case Begun:
		return len(s.blocks) == 0
	case Running:
		return len(s.blocks) < flights
	}
	return false
}

// Close gives the next number to a block that closes. The stream was asked whether it Takes one; one that was fenced
// since gives it, too, and the block goes again.
func (s *Sending) Close() telemetry.Number {
	s.last++
	s.blocks = append(s.blocks, block{number: s.last, ways: make([]Way, s.legs)})
	return s.last
}

// Rests reports whether it may take more, and nothing is under way: its writer may leave it.
func (s *Sending) Rests() bool { return s.phase < Fenced && len(s.blocks) == 0 }

// Over reports whether it takes no more and nothing is under way: what was to be sent again was given.
func (s *Sending) Over() bool { return s.phase >= Fenced && len(s.blocks) == 0 }

// Leave gives up a stream that Rests. It reports whether the writer has to end it, with Durable as its last number: it
// was born in some journal.
func (s *Sending) Leave() (born bool) {
	s.phase = Left
	return slices.Contains(s.born, true)
}

// Arrived takes what became of a block on a leg.
func (s *Sending) Arrived(n telemetry.Number, l Leg, way Way) []Answered {
	if way == Stored || way == Late { // of a block that was decided without it, too
		s.born[l] = true
	}
	b := s.find(n)
	if b == nil || b.ways[l] != Flying {
		return nil
	}
	b.ways[l] = way
	switch {
	case way == Barred:
		s.phase = max(s.phase, Fenced)
	case s.phase == Begun && !slices.Contains(s.born, false):
		s.phase = Running
	}
	return s.decide()
}

// Refuse decides that a block cannot be stored at all: whoever waits for it is told, the stream takes no more.
func (s *Sending) Refuse(n telemetry.Number, l Leg) []Answered {
	b := s.find(n)
	if b == nil {
		return nil
	}
	var out []Answered
	if !b.told {
		out = []Answered{{Number: n, Answer: Refused}}
	}
	b.told, b.ways[l] = true, Barred
	s.phase = max(s.phase, Fenced)
	return append(out, s.decide()...)
}

// Enough stops waiting for the other journals of a block that one has stored.
func (s *Sending) Enough(n telemetry.Number) []Answered {
	if b := s.find(n); b != nil {
		b.enough = true
	}
	return s.decide()
}

func (s *Sending) find(n telemetry.Number) *block {
	i, ok := slices.BinarySearchFunc(s.blocks, n, func(b block, n telemetry.Number) int {
		return cmp.Compare(b.number, n)
	})
	if !ok {
		return nil
	}
	return &s.blocks[i]
}

// decide answers the head of the stream, as far as it is decided.
func (s *Sending) decide() (out []Answered) {
	for len(s.blocks) > 0 && s.phase < Fenced {
		b := &s.blocks[0]
		durability, decided := b.durability()
		if !decided {
			break
		}
		a := Answered{Number: b.number, Answer: Durable, Durability: durability}
		if slices.Contains(b.ways, Late) { // what it carries may count for nothing: no block may build on it
			s.phase, a = Fenced, Answered{Number: b.number, Answer: Unsure}
		} else {
			s.answered = b.number
		}
		out = append(out, a)
		s.blocks = s.blocks[1:]
	}
	if planted.On(planted.AckedOutOfOrder) {
		out = append(out, s.outOfOrder()...)
	}
	if s.phase == Fenced && !slices.ContainsFunc(s.blocks, block.flies) {
		for _, b := range s.blocks {
			if !b.told {
				out = append(out, Answered{Number: b.number, Answer: Resend})
			}
		}
		s.blocks = nil
	}
	return out
}

// outOfOrder is a planted bug: blocks are answered as soon as they are stored.
func (s *Sending) outOfOrder() (out []Answered) {
	for _, b := range s.blocks {
		if d, decided := b.durability(); decided && s.phase < Fenced && !slices.Contains(b.ways, Late) {
			out = append(out, Answered{Number: b.number, Answer: Durable, Durability: d})
		}
	}
	return out
}

// durability is what a block reached, if that is decided.
func (b *block) durability() (d telemetry.Durability, decided bool) {
	stored, flying := 0, 0
	for _, w := range b.ways {
		switch w {
		case Stored, Late:
			stored++
		case Flying:
			flying++
		}
	}
	d = telemetry.DurableOne
	if stored > 1 {
		d = telemetry.DurableBoth
	}
	return d, stored > 0 && (flying == 0 || b.enough)
}

// flies reports whether an append of it is under way.
func (b block) flies() bool { return slices.Contains(b.ways, Flying) }
