package stream

import (
	"fmt"
	"slices"
	"testing"

	"tidemark/domain/telemetry"
)

// TestEveryOrderOfArrivals goes through all orders in which three blocks can close, fly to two journals and end there,
// as domain/ingest sends them: of each it holds the answers against what the journals took. A property test draws such
// orders; the one in which a block was given up by both journals it never drew.
func TestEveryOrderOfArrivals(t *testing.T) {
	seen := map[string]bool{}
	todo := []every{{s: NewSending(2), told: map[telemetry.Number][]Answer{}, took: map[place]Way{}}}
	for len(todo) > 0 {
		at := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, next := range at.steps(t) {
			if key := next.key(); !seen[key] {
				seen[key] = true
				todo = append(todo, next)
			}
		}
	}
	t.Logf("%d states", len(seen))
}

// most is how many blocks close.
const most = 3

// place is a block on a leg.
type place struct {
	n telemetry.Number
	l Leg
}

// every is a stream on its way, with what was told of each block and what became of it on each leg.
type every struct {
	s    Sending
	told map[telemetry.Number][]Answer
	took map[place]Way
}

func (e every) key() string { return fmt.Sprintf("%+v %v %v", e.s, e.told, e.took) }

// clone is the same that changes by itself.
func (e every) clone() every {
	out := every{s: e.s, told: map[telemetry.Number][]Answer{}, took: map[place]Way{}}
	out.s.born = slices.Clone(e.s.born)
	out.s.blocks, out.s.trailing = cloned(e.s.blocks), cloned(e.s.trailing)
	for n, list := range e.told {
		out.told[n] = slices.Clone(list)
	}
	for p, way := range e.took {
		out.took[p] = way
	}
	return out
}

func cloned(blocks []block) []block {
	out := slices.Clone(blocks)
	for i := range out {
		out[i].ways = slices.Clone(out[i].ways)
	}
	return out
}

// steps are all that can be next. Where there are none, nobody may be left who waits.
func (e every) steps(t *testing.T) (out []every) {
	try := func(f func(*every) []Answered) {
		next := e.clone()
		told := f(&next)
		next.take(t, told)
		for l := range next.s.Legs() {
			next.s.Depart(l, 2)
		}
		out = append(out, next)
	}
	if e.s.last < most && e.s.Takes(2) {
		for _, hurry := range []bool{false, true} {
			try(func(e *every) []Answered { e.s.Close(hurry); return nil })
		}
	}
	flies := false
	for _, b := range slices.Concat(e.s.blocks, e.s.trailing) {
		if e.s.Undecided(b.number) && !b.enough {
			try(func(e *every) []Answered { return e.s.Enough(b.number) })
		}
		for l, way := range b.ways {
			if way != Flying {
				continue
			}
			flies = true
			ends := []Way{Stored, Late, Barred, Unable}
			if !e.s.Undecided(b.number) || e.s.phase == Fenced {
				ends = append(ends, Skipped)
			}
			for _, end := range ends {
				try(func(e *every) []Answered {
					e.took[place{b.number, Leg(l)}] = end
					return e.s.Arrived(b.number, Leg(l), end)
				})
			}
		}
	}
	if !flies && len(e.s.blocks) > 0 {
		t.Fatalf("nothing flies, and somebody waits: %s", e.key())
	}
	return out
}

// stored is where a block is in time.
func (e every) stored(n telemetry.Number) (legs []Leg) {
	for l := range e.s.Legs() {
		if e.took[place{n, l}] == Stored {
			legs = append(legs, l)
		}
	}
	return legs
}

func (e every) take(t *testing.T, list []Answered) {
	for _, a := range list {
		before := e.told[a.Number]
		e.told[a.Number] = append(slices.Clone(before), a.Answer)
		if len(before) > 0 && !slices.Equal(before, []Answer{Early}) {
			t.Fatalf("%d is told %v and then %v: %s", a.Number, before, a.Answer, e.key())
		}
		switch a.Answer {
		case Durable, Early:
			if !slices.Equal(e.stored(a.Number), a.Legs) || len(a.Legs) == 0 {
				t.Fatalf("%d is acknowledged at %v: %s", a.Number, a.Legs, e.key())
			}
			for n := telemetry.Number(1); n < a.Number; n++ {
				if len(e.stored(n)) == 0 {
					t.Fatalf("%d is acknowledged before %d is anywhere: %s", a.Number, n, e.key())
				}
			}
			for p, way := range e.took {
				if way == Barred {
					t.Fatalf("%d is acknowledged after %v was refused: %s", a.Number, p, e.key())
				}
			}
		case Refused:
			for l := range e.s.Legs() {
				if e.took[place{a.Number, l}] != Unable {
					t.Fatalf("%d is refused: %s", a.Number, e.key())
				}
			}
		case Unsure:
			if len(e.stored(a.Number)) > 0 {
				t.Fatalf("%d is stored, and nobody is told: %s", a.Number, e.key())
			}
		}
		if e.s.answered > 0 && e.s.answered > e.s.last {
			t.Fatal(e.key())
		}
	}
	for n := telemetry.Number(1); n <= e.s.whole; n++ {
		if len(e.stored(n)) != 2 {
			t.Fatalf("%d counts as whole: %s", n, e.key())
		}
	}
	for n := telemetry.Number(1); n <= e.s.answered; n++ {
		if len(e.stored(n)) == 0 {
			t.Fatalf("%d counts as acknowledged: %s", n, e.key())
		}
	}
}
