package region_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/domain/internal/stories"
	"tidemark/domain/region"
)

// TestStories tells the stories in testdata: an answer is what was decided, and when, and then what is reached.
func TestStories(t *testing.T) { stories.Run(t, "testdata/*.story", 10, told) }

// told is the story's transcript.
func told(t *testing.T, story string) string {
	var r region.Reach
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
		text = strings.TrimSpace(text)
		if config, ok := strings.CutPrefix(text, "begin "); ok {
			r = begun(config)
			fmt.Fprintf(&out, "  %v\n", r)
			continue
		}
		o := orderOf(t, text)
		for at := o.from; at <= o.to; at += o.every {
			for _, what := range o.what {
				var decisions []region.Decision
				r, decisions = r.Step(observation(t, what, at), noon.Add(at))
				for _, d := range decisions {
					if _, ask := d.(region.Ask); !ask || o.from == o.to { // they are many
						fmt.Fprintf(&out, "  %v: %v\n", at, d)
					}
				}
			}
		}
		fmt.Fprintf(&out, "  %v\n", r)
	}
	return out.String()
}

// begun reads "journals east west, accounts home+ new"; a plus is a secondary.
func begun(config string) region.Reach {
	var journals []region.Name
	var accounts []region.Account
	for part := range strings.SplitSeq(config, ", ") {
		names := strings.Fields(part)
		for _, n := range names[1:] {
			if names[0] == "journals" {
				journals = append(journals, region.Name(n))
				continue
			}
			name, secondary := strings.CutSuffix(n, "+")
			accounts = append(accounts, region.Account{Name: name, Secondary: secondary})
		}
	}
	return region.New(region.Policy{}, journals, accounts...)
}

// order is what is observed, once or from time to time.
type order struct {
	from, to, every time.Duration
	what            []string
}

// orderOf reads "at 1s WHAT, WHAT" and "from 1s to 3s every 100ms WHAT, WHAT".
func orderOf(t *testing.T, text string) (o order) {
	duration := func() time.Duration {
		word, rest, _ := strings.Cut(text, " ")
		text = rest
		d, err := time.ParseDuration(word)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	word := func(w string) bool {
		rest, ok := strings.CutPrefix(text, w+" ")
		if ok {
			text = rest
		}
		return ok
	}
	switch {
	case word("at"):
		o.from = duration()
		o.to, o.every = o.from, 1
	case word("from"):
		o.from = duration()
		if !word("to") {
			t.Fatalf("to when: %q", text)
		}
		o.to = duration()
		if !word("every") {
			t.Fatalf("how often: %q", text)
		}
		o.every = duration()
	default:
		t.Fatalf("when: %q", text)
	}
	o.what = strings.Split(text, ", ")
	return o
}

// observation reads "tick", "told ACCOUNT STATE" and "OUTCOME ROLE NAME since 1s". A call that does not say when it
// began was sent just now.
func observation(t *testing.T, text string, at time.Duration) region.Observation {
	words := strings.Fields(text)
	switch words[0] {
	case "tick":
		return region.Tick{}
	case "told":
		for state := region.Unavailable; state <= region.Bootstrap; state++ {
			if state.String() == words[2] {
				return region.Told{Account: words[1], Tide: region.Tidemark{At: noon.Add(at), State: state}}
			}
		}
	}
	began := at
	if len(words) == 5 {
		var err error
		if began, err = time.ParseDuration(words[4]); err != nil || words[3] != "since" {
			t.Fatalf("since when: %q", text)
		}
	}
	for outcome := region.Answered; outcome <= region.Barred; outcome++ {
		for role := region.Journal; role <= region.Secondary; role++ {
			if words[0] == outcome.String() && words[1] == role.String() {
				return region.Called{At: region.Endpoint{Role: role, Of: words[2]}, Outcome: outcome,
					Began: noon.Add(began), Ended: noon.Add(at)}
			}
		}
	}
	t.Fatalf("there is no observation %q", text)
	return nil
}
