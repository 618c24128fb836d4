package journaltest

import (
	"bytes"
	"fmt"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

func end(e *env) {
	s := numbered(1)
	e.append(s, 1, 2, 4)
	e.drop(s, 1)
	e.same(e.end(s), ended(s, 1))
	e.same(e.end(s), ended(s, 1))
	e.is(ended(s, 1))
	for _, n := range []telemetry.Number{1, 3, 5, 100} {
		e.kind(e.try(s, n, blockOf(s, n)), fmt.Sprintf("append of %d to an ended stream", n), fault.Conflict)
	}
	e.append(s, 2, 4) // it holds them: the same again succeeds
	e.kind(e.try(s, 2, []byte("other")), "other bytes under a number of an ended stream", fault.Conflict)
	e.holds(s, 1, 2, 4)
}

func endUnborn(e *env) {
	for i, n := range []telemetry.Number{1, 2, 7} {
		s := numbered(i)
		e.same(e.end(s), ended(s, 0))
		e.is(ended(s, 0))
		e.kind(e.try(s, n, blockOf(s, n)), "a late birth", fault.Conflict)
		e.same(e.end(s), ended(s, 0))
		e.kind(e.try(s, n, blockOf(s, n)), "a late birth again", fault.Conflict)
		e.holds(s, 0)
		e.ok(e.fillBlock(s, n, blockOf(s, n)), "a fill")
		e.holds(s, 0, n)
		e.drop(s, n)
		e.is(ended(s, n))
	}
}

// endRaces ends streams while a birth, or an append, is on its way: it arrives and is there, or it is refused and is
// not.
func endRaces(e *env) {
	for i := range e.Rounds() {
		s := numbered(i)
		first := telemetry.Number(1)
		if i%2 == 0 {
			e.append(s, 1)
			first = 2
		}
		errs := make([]error, 3)
		e.Each(4, func(actor int) error {
			if actor == 3 {
				_, err := e.Journal.End(e.ctx, s)
				return err
			}
			if first == 1 && actor > 0 {
				return nil // a birth flies alone
			}
			n := first + telemetry.Number(actor)
			errs[actor] = e.try(s, n, blockOf(s, n))
			return nil
		})
		want := numbers(1, first-1)
		for actor, err := range errs {
			n := first + telemetry.Number(actor)
			switch {
			case first == 1 && actor > 0:
			case err == nil:
				want = append(want, n)
			default:
				e.kind(err, "an append that lost against the end", fault.Conflict)
			}
		}
		e.holds(s, 0, want...)
		e.is(ended(s, 0))
		e.kind(e.try(s, 9, blockOf(s, 9)), "an append after the end", fault.Conflict)
	}
}

func seal(e *env) {
	s := numbered(1)
	e.append(s, 1, 2)
	e.kind(e.Journal.Seal(e.ctx, s, 2, ""), "seal of an open stream", fault.Invalid)
	e.is(opened(s, 0))
	e.end(s)
	e.seal(s, 2)
	e.seal(s, 2)
	for _, last := range []telemetry.Number{0, 1, 3} {
		e.kind(e.Journal.Seal(e.ctx, s, last, ""), "another last number", fault.Conflict)
	}
	state := sealed(s, 2, 0)
	e.is(state)
	e.same(e.end(s), state)
	e.holds(s, 0, 1, 2)
	filled := numbered(2)
	e.append(filled, 1, 2, 5)
	e.drop(filled, 2)
	e.end(filled)
	e.ok(e.fillVoid(filled, 3), "a void")
	e.ok(e.fillBlock(filled, 4, blockOf(filled, 4)), "a copy")
	e.seal(filled, 5)
	e.is(sealed(filled, 5, 2))
	e.end(numbered(3))
	e.seal(numbered(3), 0)
	e.kind(e.Journal.Seal(e.ctx, numbered(3), 1, ""), "another last number of an unborn stream", fault.Conflict)
}

func fill(e *env) {
	s := numbered(1)
	e.append(s, 2, 4)
	e.drop(s, 1)
	e.end(s)
	for range 2 { // again succeeds
		e.ok(e.fillBlock(s, 3, blockOf(s, 3)), "a hole")
		e.ok(e.fillBlock(s, 4, blockOf(s, 4)), "a taken number with the same bytes")
		e.ok(e.fillBlock(s, 7, blockOf(s, 7)), "above all")
	}
	e.append(s, 3) // the late append of what was copied
	e.holds(s, 1, 2, 3, 4, 7)
	e.ok(e.fillBlock(s, 1, []byte("rubbish")), "a block at the mark")
	e.ok(e.fillVoid(s, 1), "a void at the mark")
	e.holds(s, 1, 2, 3, 4, 7)
	e.is(ended(s, 1))
	e.drop(s, 4)
	e.holds(s, 0, 7)
	e.ok(e.fillBlock(s, 2, []byte("rubbish")), "a block below the mark")
	e.drop(s, 4)
	e.holds(s, 0, 7)
}

func fillRefused(e *env) {
	s := numbered(1)
	e.append(s, 1, 3)
	e.kind(e.fillBlock(s, 2, blockOf(s, 2)), "a fill of an open stream", fault.Invalid)
	e.kind(e.fillVoid(s, 2), "a void in an open stream", fault.Invalid)
	e.holds(s, 0, 1, 3)
	e.end(s)
	e.kind(e.fillBlock(s, 1, []byte("other")), "other bytes under a taken number", fault.Conflict)
	e.kind(e.fillVoid(s, 1), "a void over a block", fault.Conflict)
	e.ok(e.fillVoid(s, 2), "a void")
	e.kind(e.fillBlock(s, 2, blockOf(s, 2)), "a block over a void", fault.Conflict)
	e.seal(s, 3)
	e.kind(e.fillBlock(s, 4, blockOf(s, 4)), "a fill of a sealed stream", fault.Invalid)
	e.kind(e.fillVoid(s, 4), "a void in a sealed stream", fault.Invalid)
	got := e.read(s, 0)
	if len(got) != 3 || !got[1].Void || got[0].Void || !bytes.Equal(got[0].Block, blockOf(s, 1)) {
		e.Errorf("after all refusals it holds %v", got)
	}
}

func void(e *env) {
	s := numbered(1)
	e.append(s, 1, 4)
	e.end(s)
	for range 2 {
		e.ok(e.fillVoid(s, 2), "a void")
		e.ok(e.fillVoid(s, 3), "a void")
	}
	got := e.read(s, 1)
	if len(got) != 3 || !got[0].Void || !got[1].Void || got[2].Void || len(got[0].Block) != 0 || got[0].Number != 2 ||
		got[1].Number != 3 {
		e.Errorf("it holds %+v", got)
	}
	for n := telemetry.Number(2); n <= 3; n++ {
		e.kind(e.try(s, n, blockOf(s, n)), "the late append of a void", fault.Conflict)
	}
	e.seal(s, 4)
	e.drop(s, 2)
	e.kind(e.try(s, 2, blockOf(s, 2)), "the late append of a dropped void", fault.Conflict)
	e.kind(e.try(s, 3, blockOf(s, 3)), "the late append of a void in a sealed stream", fault.Conflict)
	e.drop(s, 4)
	e.kind(e.try(s, 3, blockOf(s, 3)), "the late append of a void of a finished stream", fault.Conflict)
	e.holds(s, 0)
}
