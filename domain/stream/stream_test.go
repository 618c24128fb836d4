package stream_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/domain/fault"
	"tidemark/domain/internal/stories"
	"tidemark/domain/stream"
	"tidemark/domain/stream/streamtest"
	"tidemark/domain/telemetry"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// TestStories tells the stories: an answer is the state with what is held, or the refusal.
func TestStories(t *testing.T) {
	stories.Run(t, "streamtest/stories/*.story", 5, told)
	if n := len(streamtest.Stories()); n < 5 {
		t.Errorf("%d stories are told to journals", n)
	}
}

// told is the story's transcript.
func told(t *testing.T, story string) string {
	var twin streamtest.Twin
	var out strings.Builder
	for line := range strings.Lines(story) {
		if strings.HasPrefix(line, "  ") {
			continue
		}
		out.WriteString(line)
		text, ok := strings.CutPrefix(line, "> ")
		if !ok {
			continue
		}
		o, err := streamtest.ParseOrder(strings.TrimSpace(text))
		if err != nil {
			t.Fatal(err)
		}
		effects, err := twin.Do(o, noon)
		if err != nil {
			out.WriteString("  " + fault.KindOf(err).String() + ": " + fault.Message(err) + "\n")
			continue
		}
		out.WriteString("  " + twin.String() + did(effects) + "\n")
	}
	return out.String()
}

func did(e stream.Effects) string {
	var words []string
	for _, c := range []struct {
		effect stream.Effects
		word   string
	}{{stream.Store, "store"}, {stream.Write, "write"}, {stream.Move, "move"}, {stream.Change, "change"},
		{stream.Sweep, "sweep"}} {
		if e.Has(c.effect) {
			words = append(words, c.word)
		}
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}

// drawn is any order.
func drawn(t *rapid.T) streamtest.Order {
	return streamtest.Order{
		Verb: rapid.SampledFrom([]streamtest.Verb{streamtest.Append, streamtest.Append, streamtest.Append,
			streamtest.Fill, streamtest.End, streamtest.Seal, streamtest.Drop}).Draw(t, "verb"),
		Number: telemetry.Number(rapid.Uint64Range(0, 5).Draw(t, "number")),
		Block:  rapid.SampledFrom([]string{"a", "b"}).Draw(t, "block"),

		Changed: rapid.Bool().Draw(t, "changed"),
	}
}

// TestLifeOnlyMovesOn holds what no sequence of events may break: lives and marks only rise, a last number stays, what
// is refused changes nothing, an event that comes again changes nothing, nothing is stored once a stream is sealed, an
// append is stored only while it is open, and what was stored stays until it is dropped.
func TestLifeOnlyMovesOn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var twin streamtest.Twin
		now := noon
		for range rapid.IntRange(1, 40).Draw(t, "orders") {
			o := drawn(t)
			if o.Verb == streamtest.Fill && rapid.Bool().Draw(t, "void") {
				o.Block = ""
			}
			now = now.Add(time.Second)
			before, kept := twin.State, twin.Held[o.Number]
			effects, err := twin.Do(o, now)
			after := twin.State
			switch {
			case err != nil && after != before:
				t.Fatalf("%v was refused (%v) and made %v of %v", o, err, after, before)
			case after.Life < before.Life || after.Mark < before.Mark:
				t.Fatalf("%v made %v of %v", o, after, before)
			case before.Life >= stream.Sealed && after.Last != before.Last:
				t.Fatalf("%v moved the last number: %v, before %v", o, after, before)
			case after.Life >= stream.Sealed && before.Life < stream.Sealed && o.Changed:
				t.Fatalf("%v sealed what has changed", o)
			case effects.Has(stream.Store) && before.Life >= stream.Sealed,
				effects.Has(stream.Store) && o.Verb == streamtest.Append && before.Life > stream.Open:
				t.Fatalf("%v was stored in %v", o, before)
			case effects.Has(stream.Store) && kept != "" && o.Number > before.Mark:
				t.Fatalf("%v took the place of %s", o, kept)
			case effects.Has(stream.Move) != (after.Mark != before.Mark || before.Life < stream.Ended &&
				after.Life >= stream.Ended):
				t.Fatalf("%v: effects %b, %v after %v", o, effects, after, before)
			case effects.Has(stream.Change) != (effects.Has(stream.Store) || o.Verb != streamtest.Drop &&
				after.Life != before.Life):
				t.Fatalf("%v: effects %b, %v after %v", o, effects, after, before)
			case after.Life == stream.Finished && after.Mark < after.Last:
				t.Fatalf("%v is finished", after)
			}
			if err == nil {
				if _, again := twin.Do(o, now); again != nil || twin.State != after {
					t.Fatalf("%v again: %v, %v after %v", o, again, twin.State, after)
				}
			}
		}
	})
}

// TestReadingsOfAStreamAddUp reads a stream at two moments of its life and takes them together in either order.
func TestReadingsOfAStreamAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var twin streamtest.Twin
		states := []stream.State{{}}
		for i := range rapid.IntRange(1, 30).Draw(t, "orders") {
			_, _ = twin.Do(drawn(t), noon.Add(time.Duration(i)*time.Second))
			states = append(states, twin.State)
		}
		earlier := states[rapid.IntRange(0, len(states)-1).Draw(t, "earlier")]
		if got := earlier.With(twin.State); got != twin.State {
			t.Fatalf("%v with the later %v is %v", earlier, twin.State, got)
		}
		if got := twin.State.With(earlier); got != twin.State {
			t.Fatalf("%v with the earlier %v is %v", twin.State, earlier, got)
		}
	})
}

// TestRows holds that stored rows say the state that was written.
func TestRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var twin streamtest.Twin
		for range rapid.IntRange(1, 30).Draw(t, "orders") {
			_, _ = twin.Do(drawn(t), noon)
		}
		s := twin.State
		last, sealed := s.End()
		if got := stream.Of(s.HasEnded(), sealed, last, s.Mark, s.Touched); s.Born() && got != s {
			t.Fatalf("the rows of %v say %v", s, got)
		}
	})
}

func TestDue(t *testing.T) {
	const idle = time.Minute
	for _, c := range []struct {
		s    stream.State
		want stream.Duty
	}{
		{stream.State{}, stream.Wait},
		{stream.State{Life: stream.Open, Touched: noon.Add(-idle + 1)}, stream.Wait},
		{stream.State{Life: stream.Open, Touched: noon.Add(-idle)}, stream.ToEnd},
		{stream.State{Life: stream.Ended}, stream.ToSeal},
		{stream.State{Life: stream.Sealed, Last: 3}, stream.Wait},
		{stream.State{Life: stream.Finished, Last: 3, Mark: 3}, stream.ToDrop},
	} {
		if got := c.s.Due(noon, idle); got != c.want {
			t.Errorf("%v: %v, want %v", c.s, got, c.want)
		}
	}
}
