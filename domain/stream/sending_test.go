package stream

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
)

// TestStoriesOfSending tells the stories in testdata: an answer is the phase with the blocks under way, and who is
// told what.
func TestStoriesOfSending(t *testing.T) {
	files, err := filepath.Glob("testdata/*.story")
	if err != nil || len(files) < 5 {
		t.Fatalf("stories %v: %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := sent(t, string(want))
			if rewriting() {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("another transcript (-want +got); go test -rewrite takes it over:\n%s", diff)
			}
		})
	}
}

// rewriting is the flag that the tests of the package share.
func rewriting() bool { return flag.Lookup("rewrite").Value.String() == "true" }

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

func sendingOrder(t *testing.T, s *Sending, text string) string {
	var verb string
	var n telemetry.Number
	var leg Leg
	_, _ = fmt.Sscanf(text, "%s %d at %d", &verb, &n, &leg)
	var told []Answered
	switch verb {
	case "journals":
		*s = NewSending(Leg(n))
	case "close":
		if !s.Takes(3) {
			return tellSending(s) + ": takes none"
		}
		s.Close()
	case "stored":
		told = s.Arrived(n, leg, Stored)
	case "late":
		told = s.Arrived(n, leg, Late)
	case "barred":
		told = s.Arrived(n, leg, Barred)
	case "refuse":
		told = s.Refuse(n, leg)
	case "enough":
		told = s.Enough(n)
	case "leave":
		if !s.Rests() {
			return tellSending(s) + ": cannot be left"
		}
		born := s.Leave()
		return fmt.Sprintf("%s: to be ended %v", tellSending(s), born)
	default:
		t.Fatalf("there is no order %q", text)
	}
	out := tellSending(s)
	for _, a := range told {
		out += fmt.Sprintf("; %d %v", a.Number, a.Answer)
		if a.Answer == Durable {
			out += " " + a.Durability.String()
		}
	}
	return out
}

func tellSending(s *Sending) string {
	out := fmt.Sprintf("%v, durable to %d", s.Phase(), s.Durable())
	for i, b := range s.blocks {
		out += map[bool]string{true: ", under way ", false: " "}[i == 0] + fmt.Sprint(b.number)
	}
	return out
}

// TestBlocksAreAnsweredOnceAndInOrder sends blocks to one or two journals, with any fate of each, and holds: every
// block is answered once; durable ones in order and without a gap; none is durable that a journal barred, or that no
// journal has, or after the stream was fenced; nothing stays undecided once nothing flies.
func TestBlocksAreAnsweredOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		legs := Leg(rapid.IntRange(1, 2).Draw(t, "legs"))
		s := NewSending(legs)
		told := map[telemetry.Number]Answer{}
		ways := map[telemetry.Number][]Way{}
		take := func(list []Answered) {
			for _, a := range list {
				if _, again := told[a.Number]; again {
					t.Fatalf("%d is answered again: %v", a.Number, a.Answer)
				}
				told[a.Number] = a.Answer
				stored := 0
				for _, w := range ways[a.Number] {
					if w == Stored {
						stored++
					}
					if w == Barred && a.Answer == Durable {
						t.Fatalf("%d was barred and is durable", a.Number)
					}
				}
				if a.Answer == Durable && (stored < int(a.Durability) || a.Number > 1 && told[a.Number-1] != Durable) {
					t.Fatalf("%d is durable %v: %v, before it %v", a.Number, a.Durability, ways[a.Number],
						told[a.Number-1])
				}
			}
		}
		for range rapid.IntRange(1, 30).Draw(t, "orders") {
			fenced := s.Phase() == Fenced
			if s.Takes(4) && rapid.Bool().Draw(t, "close") {
				ways[s.Close()] = make([]Way, legs)
				continue
			}
			n := telemetry.Number(rapid.Uint64Range(1, uint64(max(s.last, 1))).Draw(t, "number"))
			leg := Leg(rapid.IntRange(0, int(legs)-1).Draw(t, "leg"))
			if ways[n] == nil || ways[n][leg] != Flying {
				continue
			}
			before := len(told)
			switch way := Way(rapid.SampledFrom([]int{0, 1, 1, 1, 1, 2, 3, 4}).Draw(t, "way")); way {
			case Flying:
				take(s.Enough(n))
			case Stored, Late, Barred:
				ways[n][leg] = way
				take(s.Arrived(n, leg, way))
			default:
				ways[n][leg] = Barred
				take(s.Refuse(n, leg))
			}
			if fenced && len(told) > before && len(s.blocks) > 0 {
				for n, a := range told {
					if a == Durable && n > s.Durable() {
						t.Fatalf("%d is durable in a fenced stream", n)
					}
				}
			}
		}
		for n := telemetry.Number(1); n <= s.last; n++ { // everything that flies comes to an end
			w := ways[n]
			for leg := range legs {
				if w[leg] == Flying {
					w[leg] = Stored
					take(s.Arrived(n, leg, Stored))
				}
			}
		}
		if len(s.blocks) > 0 || len(told) != len(ways) {
			t.Fatalf("%d blocks, %d answered, %d undecided", len(ways), len(told), len(s.blocks))
		}
	})
}
