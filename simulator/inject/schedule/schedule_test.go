package schedule_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
)

var rewrite = flag.Bool("rewrite", false, "write the expectations in testdata anew")

// golden holds a text against what a file has.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-rewrite renews it; - file, + got):\n%s", path, diff)
	}
}

// here is two regions, each with a journal's account, storage, cache and two nodes.
var here = schedule.Topology{
	Regions: []string{"east", "west"},
	Processes: []schedule.Process{
		{Name: "east/azurite", Region: "east", Store: true}, {Name: "west/azurite", Region: "west", Store: true},
		{Name: "east/redis", Region: "east"}, {Name: "west/redis", Region: "west"},
		{Name: "east/node-1", Region: "east"}, {Name: "west/node-1", Region: "west"},
	},
	Accounts: []schedule.Account{{Name: "tidemark", Primary: "east", Secondary: "west"},
		{Name: "tidemarkeast", Primary: "east"}, {Name: "tidemarkwest", Primary: "west"}},
	Operations: []string{inject.Insert, inject.Batch, inject.QueryEntities, "journal.append"},
}

func read(t testing.TB, lines ...string) schedule.Schedule {
	t.Helper()
	s, err := schedule.Parse(strings.Join(lines, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestTheStory reads a schedule as a person writes it, and holds its text and its steps against the transcript.
func TestTheStory(t *testing.T) {
	text, err := os.ReadFile("testdata/story.schedule")
	if err != nil {
		t.Fatal(err)
	}
	s, err := schedule.Parse(string(text))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(here); err != nil {
		t.Error(err)
	}
	var b strings.Builder
	b.WriteString("The schedule in its order:\n" + s.String() + "\nWhat changes when, healed after five minutes:\n")
	for _, step := range s.Steps(5 * time.Minute) {
		fmt.Fprintf(&b, "%v\n", step.At)
		for _, part := range []struct {
			what   string
			faults []inject.Fault
		}{{"ends", step.Ends}, {"begins", step.Begins}, {"happens", step.Happens}} {
			for _, f := range part.faults {
				fmt.Fprintf(&b, "  %s: %s\n", part.what, f)
			}
		}
	}
	golden(t, "story.steps", b.String())
}

func TestLinesTakeOtherSpellings(t *testing.T) {
	for text, want := range map[string]string{
		"  at\t90s   for 500ms region east out ":       "at 1m30s for 500ms region east out: refuse",
		"at 0s process east/redis kill # and a remark": "at 0s process east/redis kill",
		`at 1s hang if partition="a # b" # c`:          `at 1s hang if partition="a # b"`,
		`at 1s hang if partition=a#b`:                  `at 1s hang if partition="a#b"`,
		`at 1s hang name="\"#\" at 5s"`:                `at 1s hang name="\"#\" at 5s"`,
	} {
		s, err := schedule.Parse(text)
		if err != nil || s.String() != want+"\n" {
			t.Errorf("%q is read as %q, %v; want %q", text, s, err, want)
		}
	}
	if s, err := schedule.Parse("# nothing\n\n   \n"); err != nil || len(s) != 0 || s.String() != "" {
		t.Errorf("nothing is %q, %v", s, err)
	}
}

func TestErrorsNameTheLineAndTheRemedy(t *testing.T) {
	_, err := schedule.Parse("at 1s hang\nregion east out\nat 5 hang\nat\nat 1s for\nat 1s for 0s hang\nat -1s hang\n" +
		"at 1s for 2s account a failover: planned\nat 1s regoin east out\nat 1s\nat 1s for -2s hang")
	for _, want := range []string{"line 2: ", "a line begins with a time", `line 3: at "5"`,
		"line 4: the time after at",
		"line 5: the time after for", "line 6: for 0s", "line 7: at -1s",
		"line 8: account a failover: planned happens at",
		"line 9: ", "did you mean region?", "line 10: ", "beginning of a fault is missing", "line 11: for -2s"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nlacks %q", err, want)
		}
	}
	if err != nil && strings.Contains(err.Error(), "line 1: ") {
		t.Errorf("%v\nblames the first line", err)
	}
}

// TestSchedulesRoundTrip draws schedules with mixes of all kinds.
func TestSchedulesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(rapid.Uint64().Draw(t, "seed"))
		back, err := schedule.Parse(s.String())
		if err != nil || !slices.Equal(back, s) {
			t.Fatalf("%s\ncame back as\n%s\n%v", s, back, err)
		}
		data, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		var again schedule.Schedule
		if err := json.Unmarshal(data, &again); err != nil || !slices.Equal(again, s) {
			t.Fatalf("%s\ncame back as\n%s\n%v", data, again, err)
		}
		// the order in which it is written says nothing
		rapid.Permutation(back).Draw(t, "order")
		if mixed := rapid.Permutation(s).Draw(t, "order"); schedule.Schedule(mixed).String() != s.String() {
			t.Fatalf("%v prints as\n%s, not as\n%s", mixed, schedule.Schedule(mixed), s)
		}
	})
}

func TestAScheduleIsAListOfLinesInJSON(t *testing.T) {
	s := read(t, "at 12.5s for 30s region east out: hang", "at 1s process east/redis restart")
	data, err := json.Marshal(s)
	want := `["at 1s process east/redis restart","at 12.5s for 30s region east out: hang"]`
	if err != nil || string(data) != want {
		t.Errorf("got %s, %v, want %s", data, err, want)
	}
	if err := json.Unmarshal([]byte(`["at 1s explode"]`), &s); err == nil || !strings.Contains(err.Error(), "explode") {
		t.Errorf("%v", err)
	}
}

func TestValidateNamesWhatThereIsNot(t *testing.T) {
	for line, want := range map[string]string{
		"at 1s region eats out":                                 "did you mean east?",
		"at 1s region outside out":                              "unknown region",
		"at 1s network cut from=outside to=west":                "",
		"at 1s network cut from=east/node-1 to=west":            "",
		"at 1s network cut to=north":                            "unknown place",
		"at 1s network distance from=east to=wset: 5ms":         "did you mean west?",
		"at 1s process east/nod-1 kill":                         "did you mean east/node-1?",
		"at 1s disk east/node-9 full":                           "unknown process",
		"at 1s clock east offset: 5s":                           "",
		"at 1s clock north offset: 5s":                          "unknown region or process",
		"at 1s account tidemrk pause":                           "did you mean tidemark?",
		"at 1s account tidemarkeast pause":                      "local to east",
		"at 1s account tidemarkwest failover: planned":          "local to west",
		"at 1s account tidemark reenable: north":                "unknown region",
		"at 1s hang if account=tidemark*":                       "",
		"at 1s hang if account=tdmark":                          "did you mean tidemark?",
		"at 1s hang if to=east or not (from=north service=a*)":  "unknown",
		"at 1s hang if to=east or not (from=north to=west)":     "unknown place",
		"at 1s hang if to=outside":                              "unknown region",
		"at 1s account tidemark last-sync-time: stuck":          "",
		"at 1s account tidemarkeast lag: none":                  "local to east",
		"at 1s account tidemarkeast last-sync-time: back 5s":    "local to east",
		"at 1s account tidemarkeast reenable":                   "local to east",
		"at 1s for 5s hang if from=ea*t operation=insert nth=3": "",
	} {
		s, err := schedule.Parse(line)
		if err == nil {
			err = s.Validate(here)
		}
		if (err == nil) != (want == "") || want != "" && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
	some := here
	some.Services = []string{"table"}
	if err := read(t, "at 1s region east out service=queue").Validate(some); err == nil {
		t.Error("a service that there is not was taken")
	}
	if err := read(t, "at 1s region east out").Validate(schedule.Topology{}); err == nil ||
		!strings.Contains(err.Error(), "there is no region here") {
		t.Errorf("%v", err)
	}
	if err := (schedule.Schedule{{At: 1}}).Validate(here); err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("an entry without a fault: %v", err)
	}
}

// TestWhatHolds is about faults of one thing that overlap.
func TestWhatHolds(t *testing.T) {
	s := read(t, "at 0s account tidemark lag: constant 1m", "at 10s for 20s account tidemark lag: none",
		"at 15s for 5s account tidemark lag: constant 2m", "at 10s for 5s account tidemark lag service=queue: none",
		"at 10s for 20s hang if to=east", "at 12s for 20s hang if to=east", "at 11s reset if to=west")
	for at, want := range map[time.Duration]string{
		9 * time.Second:  "lag: constant 1m",
		10 * time.Second: "lag service=queue: none; lag: none; hang if to=east",
		14 * time.Second: "lag service=queue: none; lag: none; reset if to=west; hang if to=east",
		15 * time.Second: "reset if to=west; hang if to=east; lag: constant 2m",
		20 * time.Second: "lag: none; reset if to=west; hang if to=east",
		30 * time.Second: "lag: constant 1m; reset if to=west; hang if to=east",
		32 * time.Second: "lag: constant 1m; reset if to=west",
	} {
		var got []string
		for _, e := range s.Holding(at) {
			got = append(got, strings.TrimPrefix(e.Fault.String(), "account tidemark "))
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("at %v there hold %s, want %s", at, text, want)
		}
	}
	if rules := s.Rules(14 * time.Second); len(rules) != 2 || rules[0].Action != inject.Reset {
		t.Errorf("the rules are %v", rules)
	}
}

// TestStepsAreWhatHolds: what began and has not ended is what holds, at every moment, and nothing is left at the end.
func TestStepsAreWhatHolds(t *testing.T) {
	const healed = 5 * time.Minute
	for seed := range uint64(500) {
		s := drawn(seed)
		var now []inject.Fault
		happened := 0
		for _, step := range s.Steps(healed) {
			for _, f := range step.Ends {
				i := slices.Index(now, f)
				if i < 0 {
					t.Fatalf("seed %d: %s ends at %v, and has not begun:\n%s", seed, f, step.At, s)
				}
				now = slices.Delete(now, i, i+1)
			}
			now = append(now, step.Begins...)
			happened += len(step.Happens)
			if step.At == healed {
				break
			}
			var want []inject.Fault
			for _, e := range s.Holding(step.At) {
				want = append(want, e.Fault)
			}
			if len(want) != len(now) || len(inBoth(now, want)) != len(want) {
				t.Fatalf("seed %d: at %v there hold %v, want %v:\n%s", seed, step.At, now, want, s)
			}
		}
		moments := 0
		for _, e := range s {
			if !e.Fault.Lasts() {
				moments++
			}
		}
		if len(now) > 0 || happened != moments {
			t.Fatalf("seed %d: %v are left, and %d of %d happened:\n%s", seed, now, happened, moments, s)
		}
	}
}

func inBoth(a, b []inject.Fault) (both []inject.Fault) {
	for _, f := range a {
		if slices.Contains(b, f) {
			both = append(both, f)
		}
	}
	return both
}

func TestClocksAddUp(t *testing.T) {
	s := read(t, "at 0s for 1m clock east drift: 1ms/s", "at 10s for 20s clock east offset: 5s",
		"at 20s clock east jump: -1s", "at 15s clock west jump: 1h")
	for at, want := range map[time.Duration]time.Duration{
		5 * time.Second:  5 * time.Millisecond,
		10 * time.Second: 5*time.Second + 10*time.Millisecond,
		20 * time.Second: 4*time.Second + 20*time.Millisecond,
		40 * time.Second: -time.Second + 40*time.Millisecond,
		60 * time.Second: -time.Second,
	} {
		if got := s.Ahead("east", at); got != want {
			t.Errorf("at %v the clock is %v ahead, want %v", at, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("# a\nat 1s for 2s region east out: hang # b\nat 3s hang if partition=\"a # b\"")
	f.Add("at 0s account a lag: trace 0s:1s 10s:30s\nat 0s for 1h clock a swing: 2s every 1m")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := schedule.Parse(text)
		if err != nil {
			return
		}
		if back, err := schedule.Parse(s.String()); err != nil || !slices.Equal(back, s) {
			t.Errorf("%q is %q, which comes back as %q, %v", text, s, back, err)
		}
	})
}
