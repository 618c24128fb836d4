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
	Begun   Phase = iota // no journal has confirmed a block yet: the first is under way alone
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
	Waiting Way = iota // for the leg: its journal has not confirmed a block of the stream, or enough fly on it
	Flying
	Stored  // the journal has it
	Late    // the journal stored it when its time was over
	Barred  // the journal will never take it under this number: the stream has ended there, or its time is over
	Unable  // the journal takes no such block
	Skipped // it was decided without this journal, which gets it from the other
)

// ended reports whether nothing more is heard of a block on a leg.
func (w Way) ended() bool { return w > Flying }

// Answer is what whoever waits for a block is told.
type Answer uint8

// The answers.
const (
	Durable Answer = iota // it is stored, and so is everything before it
	Early                 // the same, for those who do not wait for the other journals; another answer follows
	Unsure                // perhaps stored: it may count for nothing
	Refused               // it cannot be stored, and the others of the stream are not to wait for it
	Resend                // nobody else is told yet: it goes again in another stream, with its stamp
)

var answers = [...]string{"durable", "early", "unsure", "refused", "resend"}

// String is the answer's name in transcripts.
func (a Answer) String() string { return answers[a] }

// Answered is a block that is decided, or that one journal has.
type Answered struct {
	Number telemetry.Number
	Answer Answer
	// where a durable one is stored; with all legs it is in every journal
	Legs []Leg
}

// Sending is a stream as its writer sends it: the numbers it gave, and how far each block is on its way into each
// journal. A stream is born in each journal by one block that flies there alone; behind it, and where enough fly, the
// others wait for that leg alone.
//
// Blocks are answered in the order of their numbers. A block is decided when nothing of it is under way any more, or
// when one journal has it and that is enough; a journal that has not got it by then gets it from the other. A fenced
// stream answers nothing but refusals, and when nothing undecided flies any more everything else goes again, as the
// number of a block that was stored is no use any more: nobody may build on it.
//
// The zero value writes to no journal: take NewSending.
type Sending struct {
	phase    Phase
	legs     Leg
	born     []bool           // of each leg: its journal has confirmed a block
	last     telemetry.Number // that was given
	answered telemetry.Number // every block up to it is durable, and whoever asked was told
	whole    telemetry.Number // every block up to it is in every journal
	lacking  bool             // a block behind whole will not get into every journal by this writer
	blocks   []block          // that are not decided, by number
	trailing []block          // that are, and still fly, or lie behind whole; by number
}

// block is one that is under way.
type block struct {
	number telemetry.Number
	ways   []Way // of each leg
	hurry  bool  // somebody does not wait for the other journals
	early  bool  // who hurries was told
	enough bool  // what one journal has will do: the others are not waited for
	told   bool  // it was refused
}

// NewSending is a stream that is written to some journals, one or two, before its first block.
func NewSending(legs Leg) Sending { return Sending{legs: legs, born: make([]bool, legs)} }

// Phase is where it is.
func (s *Sending) Phase() Phase { return s.phase }

// Legs is to how many journals it is written.
func (s *Sending) Legs() Leg { return s.legs }

// Next is the number of the next block.
func (s *Sending) Next() telemetry.Number { return s.last + 1 }

// Durable is the number up to which every block was acknowledged; zero is none.
func (s *Sending) Durable() telemetry.Number { return s.answered }

// Whole is the number up to which every block is known to be in every journal; zero is none.
func (s *Sending) Whole() telemetry.Number { return s.whole }

// Lacking reports whether a journal lacks a block that it will not get from this writer.
func (s *Sending) Lacking() bool { return s.lacking }

// Born reports whether a leg's journal has confirmed a block.
func (s *Sending) Born(l Leg) bool { return s.born[l] }

// Takes reports whether another block may close, if so many may be undecided at once.
func (s *Sending) Takes(flights int) bool {
	switch s.phase {
	case Begun:
		return len(s.blocks) == 0
	case Running:
		return len(s.blocks) < flights
	}
	return false
}

// Flights is how many blocks are under way of which nobody is told yet what became.
func (s *Sending) Flights() int { return len(s.blocks) }

// Close gives the next number to a block that closes. The stream was asked whether it Takes one; one that was fenced
// since gives it, too, and the block goes again. With hurry somebody is to be told when one journal has it.
func (s *Sending) Close(hurry bool) telemetry.Number {
	s.last++
	s.blocks = append(s.blocks, block{number: s.last, ways: make([]Way, s.legs), hurry: hurry})
	return s.last
}

// Depart lets blocks fly that wait for a leg, as long as no more than so many do, decided ones included, and gives
// their numbers.
func (s *Sending) Depart(l Leg, most int) (out []telemetry.Number) {
	if s.phase >= Fenced {
		return nil
	}
	if !s.born[l] {
		most = 1
	}
	for _, b := range s.trailing {
		if b.ways[l] == Flying {
			most--
		}
	}
	for i := range s.blocks {
		if s.blocks[i].ways[l] == Flying {
			most--
		}
	}
	for i := range s.blocks {
		if b := &s.blocks[i]; b.ways[l] == Waiting && most > 0 {
			b.ways[l] = Flying
			most--
			out = append(out, b.number)
		}
	}
	return out
}

// Rests reports whether it may take more, and nothing is under way: its writer may leave it.
func (s *Sending) Rests() bool {
	return s.phase < Fenced && len(s.blocks) == 0 && !slices.ContainsFunc(s.trailing, block.flies)
}

// Over reports whether it takes no more and nothing undecided is under way: what was to be sent again was given.
func (s *Sending) Over() bool { return s.phase >= Fenced && len(s.blocks) == 0 }

// Leave gives up a stream that Rests. It gives the legs in whose journals it was born: there the writer ends it. Where
// every journal has everything, Whole is its last number.
func (s *Sending) Leave() (born []Leg) {
	s.phase = Left
	for l := range s.legs {
		if s.born[l] {
			born = append(born, l)
		}
	}
	return born
}

// Arrived takes what became of a block on a leg: Stored, Late, Barred, Unable or Skipped.
func (s *Sending) Arrived(n telemetry.Number, l Leg, way Way) []Answered {
	if way == Stored || way == Late { // of a block that was decided without it, too
		s.born[l] = true
		if s.phase == Begun {
			s.phase = Running
		}
	}
	b := find(s.blocks, n)
	if b == nil {
		b = find(s.trailing, n) // decided without it
	}
	if b == nil || b.ways[l].ended() {
		return nil
	}
	b.ways[l] = way
	if way == Barred {
		s.phase = max(s.phase, Fenced)
	}
	return s.decide()
}

// Enough stops waiting for the other journals of a block once one has stored it.
func (s *Sending) Enough(n telemetry.Number) []Answered {
	if b := find(s.blocks, n); b != nil {
		b.enough = true
	}
	return s.decide()
}

// Undecided reports whether a block is still to be answered.
func (s *Sending) Undecided(n telemetry.Number) bool { return find(s.blocks, n) != nil }

func find(blocks []block, n telemetry.Number) *block {
	i, ok := slices.BinarySearchFunc(blocks, n, func(b block, n telemetry.Number) int {
		return cmp.Compare(b.number, n)
	})
	if !ok {
		return nil
	}
	return &blocks[i]
}

// decide answers the head of the stream, as far as it is decided, and those who hurry.
func (s *Sending) decide() (out []Answered) {
	for len(s.blocks) > 0 && s.phase < Fenced {
		b := s.blocks[0]
		answer, decided := b.decided()
		if !decided || answer == Refused {
			break
		}
		if answer == Unsure { // what it carries may count for nothing: no block may build on it
			s.phase = Fenced
		} else {
			s.answered = max(s.answered, b.number) // later ones may have been told early
		}
		out = append(out, Answered{Number: b.number, Answer: answer, Legs: b.stored()})
		s.blocks = s.blocks[1:]
		b.skip()
		s.trailing = append(s.trailing, b)
	}
	s.count()
	out = append(out, s.hurried()...)
	if planted.On(planted.AckedOutOfOrder) {
		out = append(out, s.outOfOrder()...)
	}
	out = append(out, s.refused()...)
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

// hurried answers those who do not wait for the other journals, once one has their block and some has every block
// before it.
func (s *Sending) hurried() (out []Answered) {
	for i := range s.blocks {
		b := &s.blocks[i]
		stored := b.stored()
		if s.phase >= Fenced || len(stored) == 0 {
			return out
		}
		if b.hurry && !b.early {
			b.early, s.answered = true, b.number
			out = append(out, Answered{Number: b.number, Answer: Early, Legs: stored})
		}
	}
	return out
}

// refused tells those at once whose block no journal takes; the stream takes no more, for it has a hole there.
func (s *Sending) refused() (out []Answered) {
	for i := range s.blocks {
		b := &s.blocks[i]
		if answer, decided := b.decided(); decided && answer == Refused && !b.told {
			b.told, s.phase = true, max(s.phase, Fenced)
			out = append(out, Answered{Number: b.number, Answer: Refused})
		}
	}
	return out
}

// outOfOrder is a planted bug: blocks are answered as soon as they are stored.
func (s *Sending) outOfOrder() (out []Answered) {
	for _, b := range s.blocks {
		if answer, decided := b.decided(); decided && answer == Durable && s.phase < Fenced {
			out = append(out, Answered{Number: b.number, Answer: Durable, Legs: b.stored()})
		}
	}
	return out
}

// count moves whole up over the decided blocks that are in every journal, and forgets what nobody asks for any more.
func (s *Sending) count() {
	for len(s.trailing) > 0 && !s.lacking {
		b := &s.trailing[0]
		if len(b.stored()) == int(s.legs) {
			s.whole = b.number
			s.trailing = s.trailing[1:]
			continue
		}
		s.lacking = !b.flies()
		break
	}
	if s.lacking {
		s.trailing = slices.DeleteFunc(s.trailing, func(b block) bool { return !b.flies() })
	}
}

// decided is what becomes of a block, if that is decided.
func (b *block) decided() (a Answer, decided bool) {
	stored, late, under, unable := 0, 0, 0, 0
	for _, w := range b.ways {
		switch w {
		case Stored:
			stored++
		case Late:
			late++
		case Waiting, Flying:
			under++
		case Unable:
			unable++
		case Barred:
			return 0, false // the stream is fenced
		}
	}
	switch {
	case stored > 0 && (under == 0 || b.enough):
		return Durable, true
	case stored > 0 || under > 0:
		return 0, false
	case late > 0:
		return Unsure, true
	case unable == len(b.ways) || planted.On(planted.GivenUpAcked):
		return Refused, true
	}
	return 0, false // it was given up on a leg: the stream is fenced, and it goes again
}

// stored is the legs whose journals have it in time.
func (b *block) stored() (legs []Leg) {
	for l, w := range b.ways {
		if w == Stored {
			legs = append(legs, Leg(l))
		}
	}
	return legs
}

// skip leaves a decided block to the journals that have it.
func (b *block) skip() {
	for l, w := range b.ways {
		if w == Waiting {
			b.ways[l] = Skipped
		}
	}
}

// flies reports whether an append of it is under way.
func (b block) flies() bool { return slices.Contains(b.ways, Flying) }
