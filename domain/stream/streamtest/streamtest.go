// Package streamtest tells stories of streams: what reaches a journal, order by order. Its Twin is a journal of one
// stream that does what the package stream decides; the proof of ports/journal tells the same stories to a real one and
// compares.
package streamtest

import (
	"cmp"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
)

//go:embed stories/*.story
var files embed.FS

// Story is a transcript. A line that begins with > is an order, an indented one the answer to the order before it, and
// # a remark.
type Story struct{ Name, Text string }

// Stories are all, by name.
func Stories() []Story {
	const folder = "stories"
	entries, err := files.ReadDir(folder)
	if err != nil {
		panic(err) // it is in the program
	}
	var out []Story
	for _, e := range entries {
		text, err := files.ReadFile(folder + "/" + e.Name())
		if err != nil {
			panic(err)
		}
		out = append(out, Story{Name: strings.TrimSuffix(e.Name(), ".story"), Text: string(text)})
	}
	return out
}

// Orders are the orders of the story, in their order.
func (s Story) Orders() (out []Order, err error) {
	for line := range strings.Lines(s.Text) {
		if text, ok := strings.CutPrefix(line, "> "); ok {
			o, err := ParseOrder(strings.TrimSpace(text))
			if err != nil {
				return nil, fmt.Errorf("story %s: %w", s.Name, err)
			}
			out = append(out, o)
		}
	}
	return out, nil
}

// Verb is what an order asks for.
type Verb string

// The verbs.
const (
	Append Verb = "append" // N BLOCK
	Fill   Verb = "fill"   // N BLOCK, or N void
	End    Verb = "end"
	Seal   Verb = "seal" // N, or N changed
	Drop   Verb = "drop" // N
)

// Order is one operation on the story's stream.
type Order struct {
	Verb   Verb
	Number telemetry.Number
	Block  string // "" is a void
	// of a seal: something was stored since whoever seals looked
	Changed bool
}

// ParseOrder reads an order, as in "append 3 b", "fill 2 void", "end", "seal 3", "seal 3 changed", "drop 1".
func ParseOrder(text string) (Order, error) {
	words := strings.Fields(text)
	o := Order{Verb: Verb(words[0])}
	if n := len(words) - 1; o.Verb == Seal && words[n] == "changed" {
		o.Changed, words = true, words[:n]
	}
	want := map[Verb]int{Append: 3, Fill: 3, End: 1, Seal: 2, Drop: 2}[o.Verb]
	if len(words) != want {
		return o, fmt.Errorf("order %q: write append N BLOCK, fill N BLOCK, fill N void, end, seal N, seal N changed "+
			"or drop N", text)
	}
	if want > 1 {
		n, err := strconv.ParseUint(words[1], 10, 64)
		if err != nil {
			return o, fmt.Errorf("order %q: %w", text, err)
		}
		o.Number = telemetry.Number(n)
	}
	if want > 2 && words[2] != "void" {
		o.Block = words[2]
	}
	return o, nil
}

// Twin is a journal of one stream in memory.
type Twin struct {
	stream.State
	Held map[telemetry.Number]string // a block's text, "" of a void; what lies at or below the mark is rubbish
}

// Do carries an order out at a time by the journal's clock.
func (t *Twin) Do(o Order, now time.Time) (stream.Effects, error) {
	next, effects, err := t.State.Step(o.event(t.held(o)), now)
	if err != nil {
		return 0, err
	}
	t.State = next
	if effects.Has(stream.Store) {
		if t.Held == nil {
			t.Held = map[telemetry.Number]string{}
		}
		t.Held[o.Number] = o.Block
	}
	if effects.Has(stream.Sweep) {
		maps.DeleteFunc(t.Held, func(n telemetry.Number, _ string) bool { return n <= t.Mark })
	}
	return effects, nil
}

// held is what lies under an order's number.
func (t *Twin) held(o Order) stream.Held {
	there, ok := t.Held[o.Number]
	switch {
	case !ok:
		return stream.Nothing
	case there == o.Block:
		return stream.Same
	case there == "":
		return stream.Void
	}
	return stream.Another
}

func (o Order) event(held stream.Held) stream.Event {
	switch o.Verb {
	case Append:
		return stream.Append{Number: o.Number, Held: held}
	case Fill:
		return stream.Fill{Number: o.Number, Held: held}
	case Seal:
		return stream.Seal{Last: o.Number, Changed: o.Changed}
	case Drop:
		return stream.Drop{Through: o.Number}
	}
	return stream.End{}
}

// String is the state and what it holds, as in "open, mark 1: 2 b, 3 void".
func (t *Twin) String() string {
	text := t.Life.String()
	if t.Mark > 0 {
		text += fmt.Sprintf(", mark %d", t.Mark)
	}
	if last, known := t.State.End(); known {
		text += fmt.Sprintf(", last %d", last)
	}
	for i, n := range slices.SortedFunc(maps.Keys(t.Held), cmp.Compare) {
		text += map[bool]string{true: ": ", false: ", "}[i == 0]
		text += fmt.Sprintf("%d %s", n, cmp.Or(t.Held[n], "void"))
	}
	return text
}
