package edge

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var midnight = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// two is the usual group: east first, west behind it.
func two() []Origin {
	return []Origin{{Name: "east", Priority: 1}, {Name: "west", Priority: 2}}
}

func newView(t *testing.T, s Settings, origins ...Origin) *View {
	t.Helper()
	v, err := NewView(s, origins)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// feed gives a view samples as a word: + a success, - a failure.
func feed(v *View, origin, samples string) (events []Event) {
	for i, c := range samples {
		events = append(events, v.Sampled(origin, Sample{Began: midnight.Add(time.Duration(i) * time.Second),
			OK: c == '+', Why: "test"})...)
	}
	return events
}

func TestHealthIsSuccessesOfTheLastSamples(t *testing.T) {
	for _, c := range []struct {
		size, need int
		samples    string
		want       bool
	}{
		{4, 3, "", true}, {4, 3, "-", true}, {4, 3, "--", false}, {4, 3, "+-+-", false}, {4, 3, "-+++-", true},
		{4, 3, "--++", false},
		{4, 3, "----+++", true}, {4, 3, "----++", false}, {4, 2, "--", true}, {4, 2, "---", false},
		{4, 2, "+-+-+-", true},
		{1, 1, "-", false}, {1, 1, "-+", true}, {4, 4, "-+++", false}, {4, 4, "-++++", true},
		{255, 1, strings.Repeat("-", 254), true},
		{255, 1, strings.Repeat("-", 255), false},
	} {
		s := DefaultSettings()
		s.SampleSize, s.SuccessfulSamples = c.size, c.need
		v := newView(t, s, two()...)
		feed(v, "east", c.samples)
		if got := v.Healthy("east"); got != c.want {
			t.Errorf("%d of %d after %q: healthy %v", c.need, c.size, c.samples, got)
		}
	}
}

func TestEventsOfALossAndAReturn(t *testing.T) {
	v := newView(t, DefaultSettings(), two()...)
	var got []string
	for _, e := range feed(v, "east", "+--+++") {
		got = append(got, string(e.Kind)+" "+e.Origin+strings.Join(e.From, "+")+">"+strings.Join(e.To, "+")+" "+
			e.At.Format("05"))
	}
	want := []string{
		"probe-failed east> 01", "probe-failed east> 02", "unhealthy east> 02", "switched east>west 02",
		"healthy east> 05", "switched west>east 05",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPriorityThenLatencyThenWeight(t *testing.T) {
	// The example of Traffic routing methods: A 15 ms, B 30 ms, D 60 ms, sensitivity 30 ms, weights 5 and 8; C
	// unhealthy, E disabled, F behind.
	s := DefaultSettings()
	s.AdditionalLatency = 30 * time.Millisecond
	v := newView(t, s, Origin{Name: "A", Weight: 5}, Origin{Name: "B", Weight: 8}, Origin{Name: "C"}, Origin{Name: "D"},
		Origin{Name: "E", Disabled: true}, Origin{Name: "F", Priority: 2})
	for name, took := range map[string]time.Duration{"A": 15, "B": 30, "D": 60, "F": 1} {
		v.Sampled(name, Sample{Took: took * time.Millisecond, OK: true})
	}
	feed(v, "C", "----")
	if diff := cmp.Diff([]string{"A", "B", "D"}, v.Targets()); diff != "" {
		t.Error(diff)
	}
	chosen := map[string]int{}
	longest, run, last := 0, 0, ""
	for range 1300 {
		name, ok := v.Pick()
		if !ok {
			t.Fatal("no origin")
		}
		if run++; name != last {
			last, run = name, 1
		}
		longest = max(longest, run)
		chosen[name]++
	}
	if diff := cmp.Diff(map[string]int{"A": 500, "B": 800}, chosen); diff != "" {
		t.Error(diff)
	}
	if longest > 2 {
		t.Errorf("weights come in lumps of %d", longest)
	}
}

func TestNoBandMeansTheFastest(t *testing.T) {
	s := DefaultSettings()
	s.AdditionalLatency = 0
	v := newView(t, s, Origin{Name: "a"}, Origin{Name: "b"})
	v.Sampled("a", Sample{Took: 2 * time.Millisecond, OK: true})
	v.Sampled("b", Sample{Took: time.Millisecond, OK: true})
	v.Sampled("b", Sample{Took: time.Hour}) // a failure says nothing of latency
	for range 10 {
		if name, _ := v.Pick(); name != "b" {
			t.Fatalf("chose %s", name)
		}
	}
}

func TestAllUnhealthyMeansAllInTurn(t *testing.T) {
	v := newView(t, DefaultSettings(), append(two(), Origin{Name: "north", Priority: 3, Weight: 1000},
		Origin{Name: "off", Disabled: true})...)
	for _, name := range []string{"east", "west", "north"} {
		feed(v, name, "--")
	}
	if diff := cmp.Diff([]string{"east", "west", "north"}, v.Targets()); diff != "" {
		t.Error(diff)
	}
	chosen := map[string]int{}
	for range 30 {
		first, _ := v.Pick()
		chosen[first]++
		second, _ := v.Pick(first)
		third, _ := v.Pick(first, second)
		if all := []string{first, second, third}; len(slices.Compact(slices.Sorted(slices.Values(all)))) != 3 {
			t.Fatalf("retries are not of all: %v", all)
		}
		if _, ok := v.Pick(first, second, third); ok {
			t.Fatal("an origin was tried twice")
		}
	}
	if diff := cmp.Diff(map[string]int{"east": 10, "west": 10, "north": 10}, chosen); diff != "" {
		t.Error(diff)
	}
	feed(v, "north", "++++")
	if name, _ := v.Pick(); name != "north" {
		t.Errorf("one healthy origin, and %s was chosen", name)
	}
	if name, ok := v.Pick("north"); ok {
		t.Errorf("retried at %s, which is unhealthy while another is not", name)
	}
}

func TestDisabledOriginsAreForgotten(t *testing.T) {
	v := newView(t, DefaultSettings(), two()...)
	feed(v, "east", "--")
	if _, err := v.Set(Origin{Name: "east", Priority: 1, Disabled: true}, midnight); err != nil {
		t.Fatal(err)
	}
	if events := feed(v, "east", "--"); events != nil {
		t.Errorf("a probe of a disabled origin counted: %v", events)
	}
	events, err := v.Set(Origin{Name: "east", Priority: 1}, midnight)
	if err != nil || len(events) != 2 || events[1].Kind != Switched {
		t.Errorf("enabling gave %v, %v", events, err)
	}
	if _, err := v.Set(Origin{Name: "west", Disabled: true}, midnight); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Set(Origin{Name: "east", Disabled: true}, midnight); err != nil {
		t.Fatal(err)
	}
	if name, ok := v.Pick(); ok {
		t.Errorf("chose %s of none", name)
	}
}

func TestTuneJudgesWhatIsThere(t *testing.T) {
	v := newView(t, DefaultSettings(), two()...)
	feed(v, "east", "++-+")
	s := DefaultSettings()
	s.SampleSize, s.SuccessfulSamples = 2, 2
	events, err := v.Tune(s, midnight)
	if err != nil || len(events) != 2 || events[1].Kind != Switched {
		t.Errorf("2 of 2 over ++-+ gave %v, %v", events, err)
	}
	if _, err := v.Tune(Settings{}, midnight); err == nil {
		t.Error("empty settings were taken")
	}
}

func TestSchedule(t *testing.T) {
	s := Schedule{Start: midnight, Phase: 7 * time.Second, Interval: 30 * time.Second}
	for _, c := range []struct{ after, want, k int64 }{{-5, 7, 0}, {0, 7, 0}, {7, 37, 1}, {36, 37, 1}, {37, 67, 2},
		{1000, 1027, 34}} {
		at, k := s.Next(midnight.Add(time.Duration(c.after) * time.Second))
		if want := midnight.Add(time.Duration(c.want) * time.Second); !at.Equal(want) || k != c.k {
			t.Errorf("after %d s: %v, %d", c.after, at.Sub(midnight), k)
		}
	}
}

func TestSettingsOutOfRangeAreNamed(t *testing.T) {
	for _, c := range []struct {
		change func(*Settings)
		want   string
	}{
		{func(s *Settings) { s.Method = http.MethodPost }, "HEAD or GET"},
		{func(s *Settings) { s.Path = "health" }, "begin it with /"},
		{func(s *Settings) { s.Interval, s.Timeout = time.Second, time.Second }, "set fast"},
		{func(s *Settings) { s.Fast, s.Interval = true, 0 }, "interval 0s"},
		{func(s *Settings) { s.Interval = 31_536_001 * time.Second }, "31536000s"},
		{func(s *Settings) { s.Timeout = 31 * time.Second }, "at most the interval"},
		{func(s *Settings) { s.Timeout = 0 }, "above 0"},
		{func(s *Settings) { s.SampleSize = 256 }, "from 1 to 255"},
		{func(s *Settings) { s.SuccessfulSamples = 5 }, "to the sample size, 4"},
		{func(s *Settings) { s.SuccessfulSamples = 0 }, "successful samples 0"},
		{func(s *Settings) { s.AdditionalLatency = 1001 * time.Millisecond }, "from 0 to 1s"},
		{func(s *Settings) { s.IdleEvery = -1 }, "idle"},
		{func(s *Settings) { s.Retry = "always" }, "never, connect or header"},
		{func(s *Settings) { s.OriginTimeout = 15 * time.Second }, "from 16s to 240s"},
		{func(s *Settings) { s.StreamIdle = 0 }, "30s"},
	} {
		s := DefaultSettings()
		c.change(&s)
		if err := s.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
	if err := DefaultSettings().Validate(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		origins []Origin
		want    string
	}{
		{nil, "at least one"}, {[]Origin{{}}, "no name"}, {[]Origin{{Name: "a"}, {Name: "a"}}, "two origins"},
		{[]Origin{{Name: "a", Priority: 6}}, "from 1 to 5"}, {[]Origin{{Name: "a", Weight: 1001}}, "from 1 to 1000"},
	} {
		if _, err := NewView(Settings{}, c.origins); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("want %q, got %v", c.want, err)
		}
	}
	v := newView(t, Settings{}, two()...)
	if _, err := v.Set(Origin{Name: "north"}, midnight); err == nil ||
		!strings.Contains(err.Error(), "there are east, west") {
		t.Errorf("an unknown origin: %v", err)
	}
}
