package journaltest

import (
	"bytes"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/stream"
	"tidemark/domain/stream/streamtest"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// stories tells the journal the stories of streamtest, each on a stream of its own, and compares with the twin after
// every order: the kind of a refusal, the state, and what is held above the mark.
func stories(e *env) {
	for i, story := range streamtest.Stories() {
		orders, err := story.Orders()
		if err != nil {
			e.Fatalf("%v", err)
		}
		s := numbered(i)
		var twin streamtest.Twin
		for _, o := range orders {
			_, want := twin.Do(o, time.Unix(1, 0))
			if got := e.order(s, o); fault.KindOf(got) != fault.KindOf(want) {
				e.Errorf("story %s, %v: %v, want %v", story.Name, o, got, want)
			}
			e.follows(s, &twin)
		}
	}
}

func (e *env) order(s telemetry.Stream, o streamtest.Order) error {
	entry := journal.Entry{Number: o.Number, Void: o.Block == "", Stamp: stampOf(o.Number), Block: []byte(o.Block)}
	switch o.Verb {
	case streamtest.Append:
		return e.try(s, o.Number, entry.Block)
	case streamtest.Fill:
		return e.Journal.Fill(e.ctx, s, entry)
	case streamtest.Seal:
		unchanged := ""
		if o.Changed {
			unchanged = "a version of before"
		}
		return e.Journal.Seal(e.ctx, s, o.Number, unchanged)
	case streamtest.Drop:
		return e.Journal.Drop(e.ctx, s, o.Number)
	}
	_, err := e.Journal.End(e.ctx, s)
	return err
}

// follows compares a stream with its twin.
func (e *env) follows(s telemetry.Stream, twin *streamtest.Twin) {
	e.Helper()
	listed := twin.Born() && twin.Life != stream.Finished
	got, ok := e.state(s)
	if ok != listed {
		e.Errorf("the index lists %v: %v, want %v", s, ok, listed)
	}
	if ok {
		e.same(got, journal.State{Stream: s, State: twin.State})
	}
	above := map[telemetry.Number]string{}
	for n, block := range twin.Held {
		if n > twin.Mark {
			above[n] = block
		}
	}
	entries := e.read(s, twin.Mark)
	for _, entry := range entries {
		want, ok := above[entry.Number]
		if !ok || entry.Void != (want == "") || !bytes.Equal(entry.Block, []byte(want)) {
			e.Errorf("%v holds %q (void %v) under %d, want %q", s, entry.Block, entry.Void, entry.Number, want)
		}
	}
	if len(entries) != len(above) {
		e.Errorf("%v holds %d entries above %d, want %d", s, len(entries), twin.Mark, len(above))
	}
}
