package journaltest

import (
	"fmt"
	"sync"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// oneNumber lets several writers store different bytes under one number: one of them does.
func oneNumber(e *env) {
	s := numbered(0)
	e.append(s, 1)
	for i := range e.Rounds() {
		n := telemetry.Number(i + 2)
		var winners, fenced [6]bool
		e.Each(len(winners), func(actor int) error {
			err := e.try(s, n, fmt.Append(nil, "actor ", actor))
			winners[actor], fenced[actor] = err == nil, fault.Is(err, fault.Conflict)
			if !winners[actor] && !fenced[actor] {
				return err
			}
			return nil
		})
		got := e.read(s, n-1)
		if len(got) != 1 {
			e.Fatalf("%d entries under number %d", len(got), n)
		}
		for actor, won := range winners {
			if won != (string(got[0].Block) == fmt.Sprint("actor ", actor)) {
				e.Errorf("actor %d: acknowledged %v, but number %d holds %q", actor, won, n, got[0].Block)
			}
		}
	}
}

// manyStreams lets writers append with several flights each, at their own pace, while sweepers end streams: nothing
// acknowledged is lost.
func manyStreams(e *env) {
	const writers, flights, each = 16, 3, 6
	var mu sync.Mutex
	acked := map[telemetry.Stream]map[telemetry.Number]bool{}
	for i := range writers {
		acked[numbered(i)] = map[telemetry.Number]bool{}
	}
	note := func(s telemetry.Stream, n telemetry.Number, err error) error {
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			acked[s][n] = true
		} else if !fault.Is(err, fault.Conflict) {
			return err
		}
		return nil
	}
	e.Each(writers, func(i int) error {
		return note(numbered(i), 1, e.try(numbered(i), 1, blockOf(numbered(i), 1)))
	})
	e.Each(writers*(flights+1), func(actor int) error {
		s, flight := numbered(actor%writers), actor/writers
		if flight == flights {
			if actor%2 == 0 {
				return nil // half of the streams stay open
			}
			_, err := e.Journal.End(e.ctx, s)
			return err
		}
		for k := range each {
			n := telemetry.Number(2 + k*flights + flight)
			if err := note(s, n, e.try(s, n, blockOf(s, n))); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range writers {
		s, want := numbered(i), []telemetry.Number(nil)
		for n := telemetry.Number(1); n <= 1+flights*each; n++ {
			if acked[s][n] {
				want = append(want, n)
			}
		}
		if i%2 == 0 && len(want) != 1+flights*each {
			e.Errorf("%v was never ended and took only %v", s, want)
		}
		e.holds(s, 0, want...)
	}
}

// marksRise moves one mark from several actors while others watch it.
func marksRise(e *env) {
	for i := range e.Rounds() {
		s := numbered(i)
		e.append(s, numbers(1, 6)...)
		e.Each(5, func(actor int) error {
			if actor < 3 {
				return e.Journal.Drop(e.ctx, s, telemetry.Number(2*(actor+1)-1))
			}
			return e.marksRise(s)
		})
		st, _ := e.state(s)
		if st.Mark != 5 {
			e.Errorf("after drops through 1, 3 and 5 the mark is %d", st.Mark)
		}
		e.holds(s, 0, 6)
	}
}

func (e *env) marksRise(s telemetry.Stream) error {
	last, version := telemetry.Number(0), ""
	for range 6 {
		ix, err := e.Journal.Index(e.ctx, s.Shard, s.Day)
		if err != nil {
			return err
		}
		for _, st := range ix.Streams {
			switch {
			case st.Stream != s:
			case st.Mark < last:
				return fmt.Errorf("the mark fell from %d to %d", last, st.Mark)
			case st.Mark > last && ix.Version == version:
				return fmt.Errorf("the mark moved from %d to %d under one version", last, st.Mark)
			default:
				last, version = st.Mark, ix.Version
			}
		}
	}
	return nil
}
