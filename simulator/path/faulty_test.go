package path_test

import (
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/simulator/inject"
	"tidemark/simulator/path"
)

// TestFaultyGround: what each fault does to the legs of calls within a region, between regions and back.
func TestFaultyGround(t *testing.T) {
	for _, c := range []struct {
		faults   []string
		from, to string
		request  inject.How
		answer   inject.How
		there    time.Duration
		back     time.Duration
	}{
		{nil, "east", "west", inject.Open, inject.Open, 0, 0},
		{[]string{"region west out: hang"}, "east", "west", inject.Silent, inject.Silent, 0, 0},
		{[]string{"region west out: hang"}, "west", "east", inject.Silent, inject.Silent, 0, 0},
		{[]string{"region west out: hang"}, "east", "east", inject.Open, inject.Open, 0, 0},
		{[]string{"region west out service=queue: reset"}, "east", "west", inject.Open, inject.Open, 0, 0},
		{[]string{"region west out service=table: reset"}, "east", "west", inject.Torn, inject.Torn, 0, 0},
		{[]string{"region west out service=table: reset"}, "west", "east", inject.Open, inject.Open, 0, 0},
		{[]string{"network cut from=east to=west: refuse"}, "east", "west", inject.Refuse, inject.Open, 0, 0},
		{[]string{"network cut from=east to=west: refuse"}, "west", "east", inject.Open, inject.Refuse, 0, 0},
		{[]string{"network cut to=west service=redis: refuse"}, "east", "west", inject.Open, inject.Open, 0, 0},
		{[]string{"network cut to=west: 503", "network cut from=east: hang", "region west out: reset"}, "east", "west",
			inject.Silent, inject.Torn, 0, 0},
		{[]string{"network distance from=east to=west: 40ms"}, "east", "west", inject.Open, inject.Open,
			40 * time.Millisecond,
			40 * time.Millisecond},
		{[]string{"network distance from=east to=west: 40ms", "network distance from=west to=east: 10ms"}, "east",
			"west",
			inject.Open, inject.Open, 40 * time.Millisecond, 10 * time.Millisecond},
	} {
		g := path.NewFaulty(memory.NewSched(1))
		var begun []inject.Fault
		for _, text := range c.faults {
			f, err := inject.ParseFault(text)
			if err != nil {
				t.Fatal(err)
			}
			changed := g.Changed()
			g.Begin(f)
			if !changed.IsSet() || g.Changed().IsSet() {
				t.Errorf("%s: a change was not told", text)
			}
			begun = append(begun, f)
		}
		request, answer := g.Legs(c.from, c.to, "table")
		if request.How != c.request || answer.How != c.answer || request.Delay != c.there || answer.Delay != c.back {
			t.Errorf("%q from %s to %s: %+v and %+v, want %q after %v and %q after %v", c.faults, c.from, c.to, request,
				answer, c.request, c.there, c.answer, c.back)
		}
		for _, f := range begun {
			g.End(f)
		}
		if request, answer := g.Legs(c.from, c.to, "table"); request != (path.Leg{}) || answer != (path.Leg{}) {
			t.Errorf("%q has ended, and leaves %+v and %+v", c.faults, request, answer)
		}
	}
}
