package stream

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tidemark/domain/internal/stories"
	"tidemark/domain/telemetry"
)

// TestStoriesOfSending tells the stories in testdata: an answer is the phase with the blocks under way, and who is
// told what.
func TestStoriesOfSending(t *testing.T) { stories.Run(t, "testdata/*.story", 5, sent) }

// sent is a story's transcript.
func sent(t *testing.T, story string) string {
	s := NewSending(1)
	var out strings.Builder
	for line := range strings.Lines(story) {
		if strings.HasPrefix(line, "  ") {
			continue
		}
		out.WriteString(line)
		if text, ok := strings.CutPrefix(line, "> "); ok {
			out.WriteString("  " + sendingOrder(t, &s, strings.TrimSpace(text)) + "\n")
		}
	}
	return out.String()
}

// flying is how many blocks fly on a leg in stories.
const flying = 3

func sendingOrder(t *testing.T, s *Sending, text string) string {
	var verb string
	var n telemetry.Number
	var leg Leg
	_, _ = fmt.Sscanf(text, "%s %d at %d", &verb, &n, &leg)
	var told []Answered
	switch verb {
	case "journals":
		*s = NewSending(Leg(n))
	case "close", "hurry":
		if !s.Takes(flying) {
			return tellSending(s) + ": takes none"
		}
		s.Close(verb == "hurry")
	case "stored", "late", "barred", "unable", "skipped":
		told = s.Arrived(n, leg, map[string]Way{"stored": Stored, "late": Late, "barred": Barred, "unable": Unable,
			"skipped": Skipped}[verb])
	case "enough":
		told = s.Enough(n)
	case "leave":
		if !s.Rests() {
			return tellSending(s) + ": cannot be left"
		}
		return fmt.Sprintf("to be ended at %v; %s", s.Leave(), tellSending(s))
	default:
		t.Fatalf("there is no order %q", text)
	}
	for l := range s.Legs() {
		s.Depart(l, flying)
	}
	out := tellSending(s)
	for _, a := range told {
		out += fmt.Sprintf("; %d %v", a.Number, a.Answer)
		if a.Answer <= Early {
			out += fmt.Sprintf(" at %v", a.Legs)
		}
	}
	return out
}

var ways = [...]string{"waits", "flies", "stored", "late", "barred", "unable", "skipped"}

func tellSending(s *Sending) string {
	out := fmt.Sprintf("%v, durable to %d", s.Phase(), s.Durable())
	if s.Legs() > 1 {
		out += fmt.Sprintf(", whole to %d", s.Whole())
		if s.Lacking() {
			out += " for good"
		}
	}
	for i, b := range s.blocks {
		out += map[bool]string{true: ", under way", false: ""}[i == 0] + fmt.Sprintf(" %d", b.number) + tellWays(b)
	}
	for i, b := range s.trailing {
		out += map[bool]string{true: ", behind", false: ""}[i == 0] + fmt.Sprintf(" %d", b.number) + tellWays(b)
	}
	return out
}

func tellWays(b block) string {
	if len(b.ways) == 1 {
		return ""
	}
	return " " + ways[b.ways[0]] + "/" + ways[b.ways[1]]
}

// TestBlocksAreAnsweredOnceAndInOrder sends blocks to one or two journals, with any fate of each, and holds: every
// block is answered once, and those who hurry before that; durable ones in order and without a gap; none is durable
// that a journal barred, or that is in no journal in time, or after the stream was fenced; it is where it is said to
// be; up to Whole everything is everywhere; at most so many fly on a leg, and one while it is not born; nothing stays
// undecided once nothing flies.
func TestBlocksAreAnsweredOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { new(sendingModel).run(t) })
}

// sendingModel is what a journal and a caller know of a stream that is sent.
type sendingModel struct {
	t     *rapid.T
	s     Sending
	ways  map[telemetry.Number][]Way
	told  map[telemetry.Number]Answer
	early map[telemetry.Number]bool

	barred    bool // a journal has barred a block, be it one that was answered
	durableTo telemetry.Number
}

func (m *sendingModel) run(t *rapid.T) {
	m.t, m.s = t, NewSending(Leg(rapid.IntRange(1, 2).Draw(t, "legs")))
	m.ways, m.told = map[telemetry.Number][]Way{}, map[telemetry.Number]Answer{}
	m.early = map[telemetry.Number]bool{}
	const most = 4
	for range rapid.IntRange(1, 40).Draw(t, "orders") {
		if m.s.Takes(most) && rapid.Bool().Draw(t, "close") {
			n := m.s.Close(rapid.Bool().Draw(t, "hurry"))
			m.ways[n] = make([]Way, m.s.Legs())
		} else {
			m.order()
		}
		m.depart(most)
	}
	for m.anyFlies() { // everything that flies comes to an end
		for n := telemetry.Number(1); n <= m.s.last; n++ {
			for l := range m.s.Legs() {
				if m.ways[n][l] == Flying {
					m.arrive(n, l, Stored)
				}
			}
		}
		m.depart(most)
	}
	if len(m.s.blocks) > 0 || len(m.told) != len(m.ways) {
		t.Fatalf("%d blocks, %d answered, %d undecided", len(m.ways), len(m.told), len(m.s.blocks))
	}
}

// order lets something happen to a block that flies.
func (m *sendingModel) order() {
	n := telemetry.Number(rapid.Uint64Range(1, uint64(max(m.s.last, 1))).Draw(m.t, "number"))
	l := Leg(rapid.IntRange(0, int(m.s.Legs())-1).Draw(m.t, "leg"))
	if m.ways[n] == nil || m.ways[n][l] != Flying {
		return
	}
	way := rapid.SampledFrom([]Way{Waiting, Stored, Stored, Stored, Stored, Late, Barred, Unable, Skipped}).
		Draw(m.t, "way")
	switch {
	case way == Waiting:
		m.take(m.s.Enough(n))
	case way == Skipped && m.s.Undecided(n) && m.s.Phase() != Fenced: // what was decided, or goes again, is given up
	default:
		m.arrive(n, l, way)
	}
}

func (m *sendingModel) arrive(n telemetry.Number, l Leg, way Way) {
	m.ways[n][l] = way
	m.barred = m.barred || way == Barred
	m.take(m.s.Arrived(n, l, way))
}

func (m *sendingModel) anyFlies() bool {
	for _, w := range m.ways {
		if slices.Contains(w, Flying) {
			return true
		}
	}
	return false
}

func (m *sendingModel) depart(most int) {
	for l := range m.s.Legs() {
		for _, n := range m.s.Depart(l, most) {
			if m.ways[n][l] != Waiting {
				m.t.Fatalf("%d departs at %d: %v", n, l, m.ways[n])
			}
			m.ways[n][l] = Flying
		}
		fly := 0
		for _, w := range m.ways {
			if w[l] == Flying {
				fly++
			}
		}
		if fly > most || fly > 1 && !m.s.Born(l) {
			m.t.Fatalf("%d fly at %d, born %v", fly, l, m.s.Born(l))
		}
	}
}

func (m *sendingModel) take(list []Answered) {
	for _, a := range list {
		if a.Answer != Early {
			if was, again := m.told[a.Number]; again {
				m.t.Fatalf("%d is answered again: %v, %v before", a.Number, a.Answer, was)
			}
			m.told[a.Number] = a.Answer
		}
		if a.Answer == Refused && slices.ContainsFunc(m.ways[a.Number], func(w Way) bool { return w != Unable }) {
			m.t.Fatalf("%d is refused, and no journal said so of it: %v", a.Number, m.ways[a.Number])
		}
		if a.Answer > Early {
			continue
		}
		m.durable(a)
		m.early[a.Number] = true
	}
	if m.s.Durable() < m.durableTo {
		m.t.Fatalf("durable to %d, and to %d before: the next block would say less than the one before it",
			m.s.Durable(),
			m.durableTo)
	}
	m.durableTo = m.s.Durable()
	for n := telemetry.Number(1); n <= m.s.Whole(); n++ {
		for l, w := range m.ways[n] {
			if w != Stored {
				m.t.Fatalf("whole to %d, but %d is %v at %d", m.s.Whole(), n, ways[w], l)
			}
		}
	}
}

// durable holds an answer that says so against what the journals did.
func (m *sendingModel) durable(a Answered) {
	if len(a.Legs) == 0 {
		m.t.Fatalf("%d is durable nowhere", a.Number)
	}
	for _, l := range a.Legs {
		if m.ways[a.Number][l] != Stored {
			m.t.Fatalf("%d is not at %d: %v", a.Number, l, m.ways[a.Number])
		}
	}
	if m.barred {
		m.t.Fatalf("%d is durable, and something was barred: %v", a.Number, m.ways)
	}
	for n := telemetry.Number(1); n < a.Number; n++ {
		if !slices.Contains(m.ways[n], Stored) || slices.Contains(m.ways[n], Barred) && !m.early[n] {
			m.t.Fatalf("%d is durable behind %d: %v", a.Number, n, m.ways[n])
		}
		if told, ok := m.told[n]; ok && told != Durable {
			m.t.Fatalf("%d is durable behind %d, which is %v", a.Number, n, told)
		}
	}
}
