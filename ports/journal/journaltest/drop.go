package journaltest

import (
	"fmt"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

func drop(e *env) {
	s, other := numbered(1), numbered(2)
	e.append(s, numbers(1, 6)...)
	e.append(s, 8)
	e.append(other, 1, 2)
	e.drop(s, 0)
	e.holds(s, 0, 1, 2, 3, 4, 5, 6, 8)
	for _, through := range []telemetry.Number{2, 4, 4, 1, 0} {
		e.drop(s, through)
	}
	e.is(opened(s, 4))
	e.holds(s, 4, 5, 6, 8)
	e.drop(s, 7) // over a hole
	e.holds(s, 7, 8)
	e.append(s, 9)
	e.drop(s, 20) // and beyond what is there
	e.append(s, 21)
	e.is(opened(s, 20))
	e.holds(s, 20, 21)
	e.is(opened(other, 0))
	e.holds(other, 0, 1, 2)
	if st := e.end(s); st.Mark != 20 || !st.HasEnded() {
		e.Errorf("the state after the end is %+v", st)
	}
	e.drop(s, 21)
	e.holds(s, 0)
	e.is(ended(s, 21))
}

func dropSweeps(e *env) {
	s := numbered(1)
	e.append(s, 1, 2, 3, 5)
	e.drop(s, 4)
	e.holds(s, 0, 5)
	e.append(s, 1, 4)
	e.ok(e.try(s, 2, []byte("other bytes")), "an append at or below the mark")
	e.ok(e.try(s, 2, []byte("and others again")), "bytes are no longer compared")
	e.holds(s, 4, 5)
	e.is(opened(s, 4))
	e.drop(s, 1)
	e.holds(s, 0, 5)
	e.is(opened(s, 4))
	e.append(s, 3)
	e.drop(s, 4)
	e.holds(s, 0, 5)
	e.append(s, 4)
	e.drop(s, 5)
	e.holds(s, 0)
}

func dropSealed(e *env) {
	s := numbered(1)
	e.append(s, 1, 2, 3)
	e.end(s)
	e.seal(s, 3)
	e.kind(e.Journal.Drop(e.ctx, s, 4), "drop beyond the last number", fault.Invalid)
	e.is(sealed(s, 3, 0))
	e.holds(s, 0, 1, 2, 3)
	e.drop(s, 2)
	e.kind(e.Journal.Drop(e.ctx, s, 4), "drop beyond the last number", fault.Invalid)
	e.holds(s, 2, 3)
	e.drop(s, 3)
	e.kind(e.Journal.Drop(e.ctx, s, 4), "drop beyond the last number of a finished stream", fault.Invalid)
	e.end(numbered(2))
	e.seal(numbered(2), 0)
	e.kind(e.Journal.Drop(e.ctx, numbered(2), 1), "drop of an unborn stream that is sealed", fault.Invalid)
}

// dropOrder looks for a block that went before the mark moved: whoever misses a number below those it sees must find
// it at or below the mark that it reads next.
func dropOrder(e *env) {
	const last = 40
	for i := range e.Rounds() {
		s := numbered(i)
		e.append(s, numbers(1, last)...)
		e.Each(2, func(actor int) error {
			if actor == 0 {
				for n := telemetry.Number(5); n < last; n += 5 {
					if err := e.Journal.Drop(e.ctx, s, n); err != nil {
						return err
					}
				}
				return nil
			}
			for range 8 {
				if err := e.missedIsMarked(s, last); err != nil {
					return err
				}
			}
			return nil
		})
		e.holds(s, last-5, numbers(last-4, last)...)
	}
}

func (e *env) missedIsMarked(s telemetry.Stream, last telemetry.Number) error {
	entries, err := collect(e.Journal.Read(e.ctx, s, 0))
	if err != nil {
		return err
	}
	there := map[telemetry.Number]bool{}
	for _, entry := range entries {
		there[entry.Number] = true
	}
	ix, err := e.Journal.Index(e.ctx, s.Shard, s.Day)
	if err != nil {
		return err
	}
	for _, st := range ix.Streams {
		for n := st.Mark + 1; st.Stream == s && n <= last; n++ {
			if !there[n] {
				return fmt.Errorf("number %d has gone, and the mark is %d", n, st.Mark)
			}
		}
	}
	return nil
}
