package inject_test

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/simulator/inject"
	"tidemark/simulator/inject/delay"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

var insert = inject.Call{From: "east", To: "west", Service: "table", Account: "acc", Operation: inject.Insert,
	Container: "Orders", Partition: "p1"}

func rules(t testing.TB, texts ...string) []inject.Rule {
	t.Helper()
	all := make([]inject.Rule, len(texts))
	for i, text := range texts {
		var err error
		if all[i], err = inject.ParseRule(text); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func engine(t testing.TB, seed uint64, texts ...string) *inject.Engine {
	t.Helper()
	e := inject.New(seed)
	if err := e.Set(rules(t, texts...)); err != nil {
		t.Fatal(err)
	}
	return e
}

// decisions are those of a call, asked so many times.
func decisions(e *inject.Engine, c inject.Call, times int) []inject.Decision {
	all := make([]inject.Decision, times)
	for i := range all {
		all[i] = e.Decide(start, c, 1)
	}
	return all
}

func TestARuleMatchesWhatItsFieldsSay(t *testing.T) {
	for fields, want := range map[string]bool{
		"":                                true,
		"from=east to=west":               true,
		"from=west":                       false,
		"to=east":                         false,
		"service=queue":                   false,
		"service=table operation=insert":  true,
		"operation=batch":                 false,
		"operation=in*":                   true,
		"account=acc partition=p1":        true,
		"account=ac":                      false,
		"account=other":                   false,
		"partition=p2":                    false,
		"table=Orders":                    true,
		"table=orders":                    false,
		"table=Ord*":                      true,
		"table=*ders":                     true,
		"table=O*e*s":                     true,
		"table=O*e*e*s":                   false,
		"table=Orders*":                   true,
		"table=*Orders":                   true,
		"table=*":                         true,
		"table=**":                        true,
		"table=Or*rders":                  false, // the star's two sides do not share letters
		`table=Order\*`:                   false,
		`table=Order\s`:                   true,
		"from=* to=* account=*c* table=*": true,
	} {
		e := engine(t, 1, "hang "+fields)
		if got := e.Decide(start, insert, 1).Action == inject.Hang; got != want {
			t.Errorf("hang %s: matches is %v, want %v", fields, got, want)
		}
	}
	star := insert
	star.Partition = "a*"
	if d := engine(t, 1, `hang partition=a\*`).Decide(start, star, 1); d.Action != inject.Hang {
		t.Errorf("a star that is meant is not found: %+v", d)
	}
}

// TestPatterns holds patterns against a matcher that tries everything.
func TestPatterns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*]{1,8}`).Draw(t, "pattern")
		text := rapid.StringMatching(`[ab]{0,8}`).Draw(t, "text")
		e := inject.New(0)
		if err := e.Set([]inject.Rule{{If: inject.Match{Partition: pattern}, Action: inject.Hang}}); err != nil {
			t.Fatal(err)
		}
		if got := e.Decide(start, inject.Call{Partition: text}, 1).
			Action == inject.Hang; got != slowMatch(pattern, text) {
			t.Fatalf("%q matches %q is %v", pattern, text, got)
		}
	})
}

func slowMatch(pattern, text string) bool {
	switch {
	case pattern == "":
		return text == ""
	case pattern[0] == '*':
		return slowMatch(pattern[1:], text) || text != "" && slowMatch(pattern, text[1:])
	}
	return text != "" && pattern[0] == text[0] && slowMatch(pattern[1:], text[1:])
}

func TestTheFirstThatFiresWins(t *testing.T) {
	e := engine(t, 1, "status 500 InternalError if to=east",
		"reset after commit delayed constant 5ms if to=west times=2 name=lost", "hang")
	lost := inject.Decision{Rule: "lost", After: true, Action: inject.Reset, Delay: 5 * time.Millisecond}
	hang := inject.Decision{Rule: "hang", Action: inject.Hang}
	if diff := cmp.Diff([]inject.Decision{lost, lost, hang}, decisions(e, insert, 3)); diff != "" {
		t.Error(diff)
	}
	want := map[string]int{"status 500 InternalError if to=east": 0, "lost": 2, "hang": 1}
	if diff := cmp.Diff(want, e.Counts()); diff != "" {
		t.Error(diff)
	}
}

func TestNothingGoesWrongWithoutRules(t *testing.T) {
	var none *inject.Engine
	for _, e := range []*inject.Engine{none, inject.New(1), engine(t, 1), engine(t, 1, "hang if to=mars")} {
		if d := e.Decide(start, insert, 1); d != (inject.Decision{}) {
			t.Errorf("%+v", d)
		}
	}
}

func TestTheSameSeedDecidesTheSame(t *testing.T) {
	texts := []string{"reset p=0.3", "delay log-normal median 5ms sigma 1 p=0.5",
		"status 503 ServerBusy p=0.5 times=20"}
	once := decisions(engine(t, 7, texts...), insert, 500)
	if diff := cmp.Diff(once, decisions(engine(t, 7, texts...), insert, 500)); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(once, decisions(engine(t, 8, texts...), insert, 500)) {
		t.Error("another seed decides the same")
	}
}

// TestARuleDrawsTheSameWhateverElseIsThere puts rules before, behind and meanwhile.
func TestARuleDrawsTheSameWhateverElseIsThere(t *testing.T) {
	const rule, calls = "delay uniform 1ms 1s p=0.5 name=mine", 400
	alone := decisions(engine(t, 3, rule), insert, calls)
	e := engine(t, 3, "reset p=0.2", rule, "hang p=0.1")
	other := insert
	other.To = "mars"
	fired := 0
	for i, want := range alone {
		if i == calls/2 {
			if err := e.Set(rules(t, "hang if to=mars", "status 500 p=0.3", rule)); err != nil {
				t.Fatal(err)
			}
		}
		got := e.Decide(start, insert, 1)
		switch {
		case got.Rule == "mine" || want.Rule == "mine" && got.Rule != "reset p=0.2" && got.Rule != "status 500 p=0.3":
			if got != want {
				t.Fatalf("call %d: %+v, alone %+v", i, got, want)
			}
			fired++
		}
	}
	if fired < calls/4 {
		t.Errorf("it fired %d times: the test is too weak", fired)
	}
	if got := e.Counts()["mine"]; got != fired {
		t.Errorf("counted %d times over the change, fired %d", got, fired)
	}
	_ = decisions(e, other, 3)
}

// TestTwoRulesOfTheSameTextDrawEachTheirOwn: half of the calls that the first lets pass.
func TestTwoRulesOfTheSameTextDrawEachTheirOwn(t *testing.T) {
	const calls = 4000
	e := engine(t, 5, "hang p=0.5", "hang p=0.5")
	_ = decisions(e, insert, calls)
	if got := e.Counts()["hang p=0.5"]; math.Abs(float64(got)-0.75*calls) > 4*math.Sqrt(calls*0.75*0.25) {
		t.Errorf("%d of %d, want about %d", got, calls, calls*3/4)
	}
}

// TestProbabilitiesHold counts over fixed seeds: within 4 standard deviations each, and the seeds together within 4
// as well.
func TestProbabilitiesHold(t *testing.T) {
	const calls, seeds = 5000, 20
	for _, p := range []float64{0.001, 0.1, 0.5, 0.99, 1} {
		sum := 0
		for seed := range uint64(seeds) {
			e := engine(t, seed, fmt.Sprintf("hang p=%v name=x", p))
			_ = decisions(e, insert, calls)
			got := e.Counts()["x"]
			if deviation := math.Sqrt(calls * p * (1 - p)); math.Abs(float64(got)-calls*p) > 4*deviation {
				t.Errorf("p=%v seed %d: %d of %d", p, seed, got, calls)
			}
			sum += got
		}
		if deviation := math.Sqrt(calls * seeds * p * (1 - p)); math.Abs(float64(sum)-calls*seeds*p) > 4*deviation {
			t.Errorf("p=%v: %d of %d", p, sum, calls*seeds)
		}
	}
}

// TestDelaysFollowTheirDistribution counts how many delays lie below a quantile, and that whether a rule fires tells
// nothing of how long.
func TestDelaysFollowTheirDistribution(t *testing.T) {
	const calls = 20000
	d := delay.LogNormal{Median: 20 * time.Millisecond, Sigma: 0.6}
	e := engine(t, 11, "delay "+d.String()+" p=0.4")
	below, fired := 0, 0
	for _, x := range decisions(e, insert, calls) {
		if x.Action == "" {
			continue
		}
		fired++
		if x.Delay < d.At(0.9) {
			below++
		}
	}
	if n := float64(fired); math.Abs(float64(below)-0.9*n) > 4*math.Sqrt(n*0.9*0.1) {
		t.Errorf("%d of %d delays are below the 0.9 quantile", below, fired)
	}
}

// TestTheNthCall counts the calls that a rule is for, whatever other rules do to them.
func TestTheNthCall(t *testing.T) {
	other := insert
	other.To = "mars"
	for rule, want := range map[string][]int{
		"hang if to=west nth=3":                 {3},
		"hang if to=west every=4":               {4, 8, 12},
		"hang if to=west nth=2 every=5":         {2, 7, 12},
		"hang if to=west nth=2 every=5 times=2": {2, 7},
	} {
		e := engine(t, 1, "reset if to=west p=0.3", rule)
		var got []int
		for i := range 12 {
			_ = e.Decide(start, other, 1) // not counted
			if d := e.Decide(start, insert, 1); d.Action == inject.Hang || d.Action == inject.Reset {
				got = append(got, i+1)
			}
		}
		alone := engine(t, 1, rule)
		var fired []int
		for i, d := range decisions(alone, insert, 12) {
			if d.Action == inject.Hang {
				fired = append(fired, i+1)
			}
		}
		if diff := cmp.Diff(want, fired); diff != "" {
			t.Errorf("%s: %s", rule, diff)
		}
		for _, k := range want[:1] {
			if !slices.Contains(got, k) {
				t.Errorf("%s: a rule before it moved its call: %v", rule, got)
			}
		}
	}
}

func TestSetKeepsWhatItKnowsAndForgetsTheRest(t *testing.T) {
	const once, always = "reset times=1 name=once", "hang"
	e := engine(t, 1, once, always)
	_ = decisions(e, insert, 2)
	set := func(texts ...string) {
		t.Helper()
		if err := e.Set(rules(t, texts...)); err != nil {
			t.Fatal(err)
		}
	}
	set(always, once)
	if got := e.Counts(); got["once"] != 1 || got["hang"] != 1 {
		t.Errorf("another order: %v", got)
	}
	set(always)
	set(once, always)
	if got := e.Counts(); got["once"] != 0 || got["hang"] != 1 {
		t.Errorf("taken out and put in again: %v", got)
	}
	bad := inject.Rule{Action: "explode"}
	if err := e.Set([]inject.Rule{bad}); err == nil {
		t.Error("a rule that is not valid was taken")
	}
	if err := e.Set(rules(t, "hang name=a", "reset name=a")); err == nil {
		t.Error("two rules of one name were taken")
	}
	if diff := cmp.Diff(rules(t, once, always), e.Rules()); diff != "" {
		t.Errorf("after refusals: %s", diff)
	}
}

func TestThrottleRulesAnswerServerBusy(t *testing.T) {
	e := engine(t, 1, "throttle 10/s burst 2 by partition if service=table name=slow", "delay 1ms")
	passes := inject.Decision{Rule: "delay constant 1ms", Action: inject.Delay, Delay: time.Millisecond}
	busy := inject.Decision{Rule: "slow", Action: inject.Throttle, Status: 503, Code: "ServerBusy"}
	if diff := cmp.Diff([]inject.Decision{passes, passes, busy}, decisions(e, insert, 3)); diff != "" {
		t.Error(diff)
	}
	if d := e.Decide(start.Add(100*time.Millisecond), insert, 1); d != passes {
		t.Errorf("after a tenth of a second: %+v", d)
	}
}

func TestEngineIsSafeForConcurrentUse(t *testing.T) {
	const each = 500
	e := engine(t, 1, "reset times=100 name=some", "throttle 1/s burst 1 by partition", "hang p=0.5")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			c := insert
			c.Partition = fmt.Sprint(i)
			_ = decisions(e, c, each)
			_ = e.Counts()
			if err := e.Set(e.Rules()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := e.Counts(); got["some"] != 100 || got["some"]+got["throttle 1/s burst 1 by partition"]+
		got["hang p=0.5"] > 8*each {
		t.Errorf("%v", got)
	}
}

func TestDecideDoesNotAllocate(t *testing.T) {
	for name, e := range map[string]*inject.Engine{"no rules": inject.New(1), "20 rules": twenty(t)} {
		if n := testing.AllocsPerRun(100, func() { _ = e.Decide(start, insert, 1) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// twenty are rules of all kinds; those that match are spread over them, and the last one fires.
func twenty(t testing.TB) *inject.Engine {
	var texts []string
	for i := range 18 {
		texts = append(texts, fmt.Sprintf("hang if from=west table=Orders%d*", i))
	}
	texts[0] = "hang if service=table not (from=east or to=north)"
	return engine(t, 1, append(texts, "throttle 1000000000/s by partition",
		"delay log-normal median 1ms sigma 1 p=0.5")...)
}

func BenchmarkDecide(b *testing.B) {
	for name, e := range map[string]*inject.Engine{"rules=0": inject.New(1), "rules=20": twenty(b)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = e.Decide(start, insert, 1)
			}
		})
	}
}
