package georep

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("rewrite", false, "write the transcripts in testdata anew")

// TestStories tells the stories in testdata. A line that begins with > is an order, every other the answer to it, # a
// remark. Times are since the story's beginning; whole seconds, so that the Last Sync Time is easy to read.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.story")
	if err != nil || len(files) < 3 {
		t.Fatalf("stories %v: %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".story"), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := tell(t, string(want))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(want), got); diff != "" && !*rewrite {
				t.Errorf("another transcript (-want +got); go test -rewrite takes it over:\n%s", diff)
			}
		})
	}
}

// story is an account that is told what to do line by line.
type story struct {
	t       *testing.T
	a       *Account
	now     time.Time
	tickets map[string]Ticket
	out     strings.Builder
}

var storyBegin = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func tell(t *testing.T, script string) string {
	s := &story{t: t, now: storyBegin, tickets: map[string]Ticket{}}
	for line := range strings.Lines(script) {
		order, ok := strings.CutPrefix(strings.TrimSpace(line), "> ")
		if ok || strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			s.out.WriteString(line)
		}
		if !ok {
			continue
		}
		words := strings.Fields(order)
		if do := storyOrders[words[0]]; do != nil {
			do(s, words[1:])
		} else {
			t.Fatalf("there is no order %q", order)
		}
	}
	return s.out.String()
}

func (s *story) say(format string, args ...any) { fmt.Fprintf(&s.out, "  "+format+"\n", args...) }

func since0(at time.Time) string {
	if at.IsZero() {
		return "-"
	}
	return short(at.Sub(storyBegin))
}

func (s *story) event(e Event) {
	if e.Kind == "arrive" {
		return
	}
	text := e.Kind
	if e.Entry.Seq > 0 {
		text += " " + entryText(e.Entry)
	}
	if e.Text != "" && e.Kind != "commit" {
		text += " (" + e.Text + ")"
	}
	s.say("%s", text)
}

func entryText(e Entry) string {
	text := fmt.Sprintf("#%d %s", e.Seq, partText(e.Partition))
	if !e.At.IsZero() {
		text += " stamped " + since0(e.At) + " due " + since0(e.Due)
	}
	return text
}

func partText(p Partition) string {
	text := p.Container
	if !p.Whole {
		text += "/" + p.Key
	}
	if p.Service == Queue {
		text = "queue " + text
	}
	return text
}

// part reads a partition: table/key, a table itself without the slash, or queue:name.
func part(text string) Partition {
	if queue, ok := strings.CutPrefix(text, "queue:"); ok {
		return Partition{Service: Queue, Container: queue}
	}
	containerName, key, ok := strings.Cut(text, "/")
	return Partition{Service: Table, Container: containerName, Key: key, Whole: !ok}
}

func (s *story) span(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}

func (s *story) seq(text string) uint64 {
	var seq uint64
	if _, err := fmt.Sscanf(text, "#%d", &seq); err != nil {
		s.t.Fatalf("entry %q: %v", text, err)
	}
	return seq
}

func (s *story) scope(words []string) Scope {
	if len(words) == 0 {
		return Scope{}
	}
	return part(words[0]).scope()
}

func (s *story) check(err error) {
	if err != nil {
		s.say("error: %v", err)
	}
}

func (s *story) effects() {
	for _, e := range s.a.Step(s.now) {
		switch {
		case e.Promoted != "":
			s.say("promote %s", e.Promoted)
		case e.Wipe != "":
			s.say("wipe %s", e.Wipe)
		}
		for _, lost := range e.Discarded {
			s.say("lost %s", entryText(lost))
		}
	}
}

// storyOrders are the orders of a story.
var storyOrders = map[string]func(s *story, words []string){
	"account": func(s *story, words []string) { // PRIMARY SECONDARY ANNOUNCE DOWN COMPLETE [GIVE-UP]
		w := Windows{Announce: s.span(words[2]), Down: s.span(words[3]), Complete: s.span(words[4])}
		if len(words) > 5 {
			w.GiveUp = s.span(words[5])
		}
		s.a = newAccount(s.t, Options{Primary: Region(words[0]), Secondary: Region(words[1]), Observe: s.event,
			Windows: w})
	},
	"at": func(s *story, words []string) { s.now = storyBegin.Add(s.span(words[0])) },
	"lag": func(s *story, words []string) { // PARTITION LAG...
		s.a.SetLag(s.now, s.scope(words[:1]), mustParse(s.t, strings.Join(words[1:], " ")))
	},
	"write": func(s *story, words []string) {
		p := part(words[0])
		ticket, err := s.a.Arrive(s.now, p.Service)
		if s.check(err); err == nil {
			s.a.Commit(s.now, ticket, p, 1, 1)
		}
	},
	"delete": func(s *story, words []string) { // a container
		p := part(words[0])
		ticket, err := s.a.Arrive(s.now, p.Service)
		if s.check(err); err == nil {
			e := s.a.Commit(s.now, ticket, p, 1, 1)
			s.a.Emptied(s.now, p.Service, p.Container, e.Seq)
		}
	},
	"arrive": func(s *story, words []string) {
		ticket, err := s.a.Arrive(s.now, Table)
		s.check(err)
		s.tickets[words[0]] = ticket
	},
	"commit":  func(s *story, words []string) { s.a.Commit(s.now, s.tickets[words[0]], part(words[1]), 1, 1) },
	"abandon": func(s *story, words []string) { s.a.Abandon(s.now, s.tickets[words[0]]) },
	"apply":   func(s *story, _ []string) { drain(s.a, s.now) },
	"take": func(s *story, _ []string) {
		for e, ok := s.a.Next(s.now); ok; e, ok = s.a.Next(s.now) {
			s.say("under way %s", entryText(e))
		}
	},
	"applied": func(s *story, words []string) { s.a.Applied(s.now, s.seq(words[0])) },
	"failed":  func(s *story, words []string) { s.a.Failed(s.now, s.seq(words[0]), s.span(words[1])) },
	"stats": func(s *story, _ []string) {
		got := s.a.Stats(s.now, Table)
		s.say("%s, Last Sync Time %s", got.State, since0(got.LastSync))
	},
	"queuestats": func(s *story, _ []string) {
		got := s.a.Stats(s.now, Queue)
		s.say("%s, Last Sync Time %s", got.State, since0(got.LastSync))
	},
	"status": func(s *story, _ []string) {
		is := s.a.Status(s.now)
		s.say("primary %s, secondary %s, %s, %s, %d missing, %d under way", is.Primary, is.Secondary, is.State,
			is.Phase, is.Backlog, is.UnderWay)
	},
	"wake": func(s *story, _ []string) {
		when, ok := s.a.Wake(s.now)
		s.say("%s %t", since0(when), ok)
	},
	"pause":  func(s *story, words []string) { s.a.Pause(s.now, s.scope(words)) },
	"resume": func(s *story, words []string) { s.a.Resume(s.now, s.scope(words)) },
	"reach": func(s *story, words []string) { // [table|queue] of primary, secondary, link: what is there
		has := func(word string) bool { return strings.Contains(strings.Join(words, " "), word) }
		of := Service("")
		if w := Service(words[0]); w == Table || w == Queue {
			of = w
		}
		s.a.SetReachable(s.now, of, Reach{has("primary"), has("secondary"), has("link")})
	},
	"failover": func(s *story, words []string) { s.check(s.a.Failover(s.now, Kind(words[0]))); s.effects() },
	"step":     func(s *story, _ []string) { s.effects() },
	"reenable": func(s *story, words []string) { s.check(s.a.BeginBootstrap(s.now, Region(words[0]))) },
	"list": func(s *story, words []string) {
		var parts []Partition
		for _, word := range words {
			parts = append(parts, part(word))
		}
		s.a.List(s.now, parts)
	},
	"covered": func(s *story, words []string) { s.a.Covered(s.now, part(words[0]), s.a.LastSeq()) },
}
