package inject_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/simulator/inject"
	"tidemark/simulator/inject/delay"
)

// TestRulesReadAsAPersonWritesThem holds the text, in the one form, against the value.
func TestRulesReadAsAPersonWritesThem(t *testing.T) {
	for text, want := range map[string]inject.Rule{
		"reset after commit if from=east to=west service=table operation=insert table=Orders* p=0.1 times=3 " +
			"name=lost-answers": {
			Name: "lost-answers", If: inject.Match{From: "east", To: "west", Service: "table",
				Operation: inject.Insert, Container: "Orders*"},
			Probability: 0.1, Times: 3, After: true, Action: inject.Reset},
		"delay uniform 10ms 200ms if service=queue": {If: inject.Match{Service: "queue"}, Action: inject.Delay,
			Delay: delay.Uniform{Min: 10 * time.Millisecond, Max: 200 * time.Millisecond}},
		"delay constant 1s after commit": {After: true, Action: inject.Delay, Delay: delay.Constant{Of: time.Second}},
		"status 503 ServerBusy if operation=query-entities p=0.5": {If: inject.Match{Operation: inject.QueryEntities},
			Probability: 0.5, Action: inject.Status, Status: 503, Code: "ServerBusy"},
		"status 500 delayed log-normal median 20ms sigma 0.6 if service=queue queue=orders": {
			If:     inject.Match{Service: "queue", Container: "orders"},
			Action: inject.Status, Status: 500, Delay: delay.LogNormal{Median: 20 * time.Millisecond, Sigma: 0.6}},
		"hang if to=west": {If: inject.Match{To: "west"}, Action: inject.Hang},
		"hang":            {Action: inject.Hang},
		"throttle 2000/s burst 4000 by partition if service=table": {If: inject.Match{Service: "table"},
			Action: inject.Throttle, PerSecond: 2000, Burst: 4000, By: inject.ByPartition},
		`reset delayed pareto min 1ms alpha 1.5 max 2s if account=acc* container=x partition="a b" name="it is ` +
			`\"late\""`: {
			If:   inject.Match{Account: "acc*", Container: "x", Partition: "a b"},
			Name: `it is "late"`, Action: inject.Reset,
			Delay: delay.Pareto{Min: time.Millisecond, Alpha: 1.5, Max: 2 * time.Second}},
		"hang times=1": {Action: inject.Hang, Times: 1},
		"hold uniform 1s 1m30s if operation=batch": {If: inject.Match{Operation: inject.Batch}, Action: inject.Hold,
			Delay: delay.Uniform{Min: time.Second, Max: 90 * time.Second}},
		"reset if operation=journal.append nth=3 every=5": {If: inject.Match{Operation: "journal.append"},
			Action: inject.Reset, Nth: 3, Every: 5},
		"hang if service=table (operation=insert or operation=batch) not from=east": {Action: inject.Hang,
			If: inject.And{
				Left: inject.And{Left: inject.Match{Service: "table"}, Right: inject.Or{
					Left: inject.Match{Operation: inject.Insert}, Right: inject.Match{Operation: inject.Batch}}},
				Right: inject.Not{Of: inject.Match{From: "east"}}}},
		`hang if from=east to=west or not (to=east service=table) or partition="a)" nth=2`: {Action: inject.Hang,
			Nth: 2,
			If: inject.Or{
				Left: inject.Or{Left: inject.Match{From: "east", To: "west"},
					Right: inject.Not{Of: inject.Match{To: "east", Service: "table"}}},
				Right: inject.Match{Partition: "a)"}}},
	} {
		got, err := inject.ParseRule(text)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		if got.String() != text {
			t.Errorf("%q prints as %q", text, got.String())
		}
	}
}

// TestRulesTakeOtherSpellings holds what may be typed otherwise.
func TestRulesTakeOtherSpellings(t *testing.T) {
	for text, want := range map[string]string{
		"  hang\tif   to=west ":                      "hang if to=west",
		"delay 50ms":                                 "delay constant 50ms",
		"hang table=Orders":                          "hang if service=table table=Orders",
		"hang if queue=q name=x p=1 from=east":       "hang if from=east service=queue queue=q p=1 name=x",
		"reset delayed 1500ms after commit if to=a":  "reset after commit delayed constant 1.5s if to=a",
		"hang container=x service=table":             "hang if service=table table=x",
		"throttle 1e3/s":                             "throttle 1000/s",
		`hang partition="plain"`:                     "hang if partition=plain",
		"status 429 if p=0.5":                        "status 429 p=0.5",
		`hang partition=a=b`:                         `hang if partition=a=b`,
		"delay uniform 0s 1ms after commit times=01": "delay uniform 0s 1ms after commit times=1",

		"lose request if to=a":                  "reset if to=a",
		"lose answer nth=3":                     "reset after commit nth=3",
		"hold request 5s":                       "hold constant 5s",
		"hold answer 5s":                        "delay constant 5s after commit",
		"hang if from=a and to=b":               "hang if from=a to=b",
		"hang every=2 to=b nth=1 from=a":        "hang if from=a to=b nth=1 every=2",
		"hang if (from=a (to=b))":               "hang if from=a to=b",
		"hang if from=a or (to=b or to=c)":      "hang if from=a or to=b or to=c",
		"hang if (from=a or from=b)":            "hang if from=a or from=b",
		"hang if not not (from=a)":              "hang if not not from=a",
		"hang if not (from=a or from=b)":        "hang if not (from=a or from=b)",
		"hang if partition=a(b)":                `hang if partition="a(b)"`,
		"status 500 (from=a or from=b) p=0.5":   "status 500 if from=a or from=b p=0.5",
		"status 500 not from=a":                 "status 500 if not from=a",
		"hang if (operation=batch) operation=*": "",
	} {
		got, err := inject.ParseRule(text)
		if want == "" {
			if err == nil {
				t.Errorf("%q is read as %q", text, got)
			}
			continue
		}
		if err != nil || got.String() != want {
			t.Errorf("%q is read as %q, %v; want %q", text, got, err, want)
		}
	}
}

// mistakes are rules that cannot be read, and what the error has to say; nil is a rule that can.
var mistakes = map[string][]string{
	"":                                      {"action is missing", "delay, hold, status, reset, hang or throttle"},
	"rest":                                  {`"rest"`, "did you mean reset?"},
	"HANG":                                  {"did you mean hang?"},
	"explode":                               {`"explode"`, "throttle"},
	"hang to=west":                          nil, // if may be left out
	"hang if":                               {"after if", "partition"},
	"hang if opration=insert":               {`"opration"`, "did you mean operation?"},
	"hang if operation=inset":               {`"inset"`, "did you mean insert?"},
	"hang if operation=*-row":               {`"*-row"`, "get-entity"},
	"hang if service=blob":                  {`"blob"`, "table, queue, redis or compute"},
	"hang if to=":                           {"to= has no value"},
	`hang if to=""`:                         {"to= has no value"},
	`hang if to="west`:                      {"quotes do not end"},
	`hang if to="west"x`:                    {"blank"},
	"hang if to=a to=b":                     {"to was given before"},
	"hang if table=a container=b":           {"container was given before"},
	"hang if table=a queue=b":               {"once"},
	"hang if table=a service=queue":         {"never meet"},
	"hang if service=queue table=a":         {"never meet"},
	"hang p=1.5":                            {"p=1.5", "0 to 1"},
	"hang p=-1":                             {"p=-1", "0 to 1"},
	"hang p=NaN":                            {"p=NaN"},
	"hang p=0":                              {"p=0", "above 0"},
	"hang p=often":                          {"p=often"},
	"hang times=0":                          {"times=0"},
	"hang times=-2":                         {"times=-2"},
	"hang times=2.5":                        {"times=2.5"},
	"reset after":                           {"after commit"},
	"reset after commit after commit":       {"once"},
	"reset delayed":                         {"distribution is missing", "log-normal"},
	"delay 5ms delayed 6ms":                 {"delay was given before"},
	"delay":                                 {"distribution is missing"},
	"delay -5ms":                            {"-5ms", "0s to 1h"},
	"delay 2h":                              {"2h0m0s", "0s to 1h"},
	"delay constant":                        {`""`, "unit"},
	"delay constant 5":                      {`"5"`, "unit"},
	"delay unifrom 1ms 2ms":                 {"did you mean uniform?"},
	"delay uniform 2ms 1ms":                 {"exchange"},
	"delay uniform 2ms":                     {"greatest time", "unit"},
	"delay log-normal 1ms sigma 1":          {`"1ms"`, "median"},
	"delay log-normal median 1ms 2":         {`"2"`, "sigma"},
	"delay log-normal median 1ms sigma":     {"sigma", "number"},
	"delay log-normal median 1ms sigma -1":  {"-1", "0 or more"},
	"delay log-normal median 1ms sigma NaN": {"NaN", "0 or more"},
	"delay log-normal median 1ms sigma 1 max -2s": {"-2s"},
	"delay pareto min 1ms alpha 0":                {"alpha", "above 0"},
	"delay pareto min 1ms alpha Inf":              {"Inf"},
	"status":                                      {`""`, "400 to 599"},
	"status busy":                                 {`"busy"`, "400 to 599"},
	"status 200":                                  {"200", "400 to 599"},
	"status 600":                                  {"600", "400 to 599"},
	"status 503 Server-Busy":                      {"Server-Busy", "letters and digits"},
	"status 503 ServerBusy again":                 {`"again"`},
	"throttle":                                    {`""`, "2000/s"},
	"throttle 2000":                               {`"2000"`, "2000/s"},
	"throttle 0/s":                                {"0/s", "above 0"},
	"throttle NaN/s":                              {"NaN", "above 0"},
	"throttle 1/s burst -1":                       {"burst -1"},
	"throttle 1/s burst":                          {"burst", "number"},
	"throttle 1/s by":                             {"by is missing", "account or partition"},
	"throttle 1/s by partion":                     {"did you mean partition?"},
	"throttle 1/s after commit":                   {"leave out after commit"},
	"hang if or to=a":                             {"before or"},
	"hang if to=a or":                             {"after or"},
	"hang if and to=a":                            {"between two"},
	"hang if to=a and":                            {"between two"},
	"hang if to=a and or to=b":                    {"between two"},
	"hang if not":                                 {"word is missing"},
	"hang if not p=0.5":                           {"after not"},
	"hang if ()":                                  {"nothing stands in the parentheses"},
	"hang if (to=a":                               {"do not end"},
	"hang if to=a)":                               nil, // a name may end so
	"hang if (to=a))":                             {`")"`},
	"hang if (to=a p=0.5)":                        {"outside of the parentheses"},
	"hang nth=0":                                  {"nth=0"},
	"hang every=-1":                               {"every=-1"},
	"hang if to=a or opration=b":                  {"did you mean operation?"},
	"hang if operation=jurnal.append":             {"jurnal.append"},
	"lose":                                        {"what is lost is missing", "request or answer"},
	"lose anwser":                                 {"did you mean answer?"},
	"hang up":                                     {`"up"`},
	"hold":                                        {"distribution is missing"},
	"hold 5s after commit":                        {"write delay for hold"},
	"held 5s":                                     {"did you mean hold?"},
	"hold 5s delayed 6s":                          {"delay was given before"},
}

func TestErrorsNameTheWordAndTheRemedy(t *testing.T) {
	for text, want := range mistakes {
		r, err := inject.ParseRule(text)
		if want == nil {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%q is read as %q", text, r)
			continue
		}
		if r != (inject.Rule{}) {
			t.Errorf("%q gives an error and a rule: %+v", text, r)
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q: %q lacks %q", text, err, w)
			}
		}
	}
}

// TestValidateRefusesWhatNoTextSays are rules made in Go.
func TestValidateRefusesWhatNoTextSays(t *testing.T) {
	for want, r := range map[string]inject.Rule{
		"action is missing":             {},
		"delay without a distribution":  {Action: inject.Delay},
		"hold without a distribution":   {Action: inject.Hold},
		"belong to the action status":   {Action: inject.Hang, Status: 503},
		"belong to the action throttle": {Action: inject.Hang, PerSecond: 1},
		"burst NaN":                     {Action: inject.Throttle, PerSecond: 1, Burst: math.NaN()},
		"throttle at +Inf/s":            {Action: inject.Throttle, PerSecond: math.Inf(1)},
		"use letters":                   {Action: inject.Status, Status: 500, Code: "if"},
		"times=-1":                      {Action: inject.Hang, Times: -1},
		"nth=-1":                        {Action: inject.Hang, Nth: -1},
		"every=-1":                      {Action: inject.Hang, Every: -1},
		"never meet": {Action: inject.Hang, If: inject.And{Left: inject.Match{To: "a"},
			Right: inject.And{Left: inject.Not{Of: inject.Match{From: "c"}}, Right: inject.Match{To: "b"}}}},
		"a side of or matches everything":  {Action: inject.Hang, If: inject.Or{Left: inject.Match{To: "a"}}},
		"a side of not matches everything": {Action: inject.Hang, If: inject.Not{Of: inject.Match{}}},
	} {
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", r, err, want)
		}
	}
}

var operationWords = []string{"", inject.Insert, inject.Batch, "*-message", "query-*", inject.Other, "chunks.scan",
	"secondary.get"}

var anyWord = rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"east", "Orders*", `a\*b`, `"`, "a b", "=", "if",
	"p=1", "(", "a)", "not", "\u00a0", "\xff", "\ufffd"}), rapid.String())

// matches draws what a call has to be; it may be everything.
func matches(t *rapid.T) inject.Match {
	return inject.Match{From: anyWord.Draw(t, "from"), To: anyWord.Draw(t, "to"), Account: anyWord.Draw(t, "account"),
		Container: anyWord.Draw(t, "container"), Partition: anyWord.Draw(t, "partition"),
		Service:   rapid.SampledFrom([]string{"", "table", "queue", "redis", "tab*"}).Draw(t, "service"),
		Operation: rapid.SampledFrom(operationWords).Draw(t, "operation")}
}

// conditions draws a condition of some depth, as a text says it.
func conditions(t *rapid.T, depth int) inject.Condition {
	kind := 0
	if depth > 0 {
		kind = rapid.IntRange(0, 3).Draw(t, "kind")
	}
	switch kind {
	case 1:
		return inject.And{Left: conditions(t, depth-1), Right: conditions(t, depth-1)}
	case 2:
		return inject.Or{Left: conditions(t, depth-1), Right: conditions(t, depth-1)}
	case 3:
		return inject.Not{Of: conditions(t, depth-1)}
	}
	m := matches(t)
	if m == (inject.Match{}) {
		m.From = "east"
	}
	return m
}

// valid draws a rule that is valid, whose condition is one match.
func valid(t *rapid.T) inject.Rule {
	r := inject.Rule{Name: anyWord.Draw(t, "name"),
		Probability: rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 1)).Draw(t, "p"),
		Times:       rapid.IntRange(0, 3).Draw(t, "times"),
		Nth:         rapid.IntRange(0, 3).Draw(t, "nth"),
		Every:       rapid.IntRange(0, 3).Draw(t, "every"),
		Action: rapid.SampledFrom([]inject.Action{inject.Delay, inject.Hold, inject.Status, inject.Reset, inject.Hang,
			inject.Throttle}).Draw(t, "action")}
	if m := matches(t); m != (inject.Match{}) {
		r.If = m
	}
	if r.Action != inject.Throttle && r.Action != inject.Hold {
		r.After = rapid.Bool().Draw(t, "after")
	}
	switch r.Action {
	case inject.Status:
		r.Status, r.Code = rapid.IntRange(400, 599).Draw(t, "status"),
			rapid.StringMatching(`([A-Z][A-Za-z0-9]*)?`).Draw(t, "code")
	case inject.Throttle:
		r.PerSecond, r.Burst = rapid.Float64Range(1e-9, 1e9).Draw(t, "rate"),
			rapid.Float64Range(0, 1e9).Draw(t, "burst")
		r.By = rapid.SampledFrom([]inject.By{"", inject.ByAccount, inject.ByPartition}).Draw(t, "by")
	}
	long := time.Duration(rapid.Int64Range(0, int64(delay.Max)).Draw(t, "long"))
	r.Delay = rapid.SampledFrom([]delay.Distribution{delay.Constant{Of: long}, delay.Uniform{Max: long},
		delay.LogNormal{Median: long, Sigma: 0.6}, delay.Pareto{Min: long, Alpha: 1.5}}).Draw(t, "delay")
	if r.Action != inject.Delay && r.Action != inject.Hold && rapid.Bool().Draw(t, "at once") {
		r.Delay = nil
	}
	return r
}

func TestRulesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := valid(t)
		if err := r.Validate(); err != nil {
			t.Fatal(err)
		}
		back, err := inject.ParseRule(r.String())
		if err != nil || back != r {
			t.Fatalf("%s\ncame back as %+v, %v\nwant         %+v", r, back, err, r)
		}
	})
}

// TestConditionsRoundTrip: what is read back of a condition's text is the same condition, and has the same text.
func TestConditionsRoundTrip(t *testing.T) {
	rules := rapid.Custom(func(t *rapid.T) inject.Rule {
		return inject.Rule{Action: inject.Hang, If: conditions(t, 4)}
	}).Filter(func(r inject.Rule) bool { return r.Validate() == nil }) // not two patterns of one field
	rapid.Check(t, func(t *rapid.T) {
		r := rules.Draw(t, "rule")
		back, err := inject.ParseRule(r.String())
		if err != nil || back.String() != r.String() {
			t.Fatalf("%s\ncame back as %s, %v", r, back, err)
		}
		again, err := inject.ParseRule(back.String())
		if err != nil || again != back {
			t.Fatalf("%s\ncame back as %+v, %v\nwant         %+v", back, again, err, back)
		}
		for range 10 {
			c := calls(t)
			if got, want := fires(t, back, c), holds(r.If, c); got != want {
				t.Fatalf("%s of %+v: %v, want %v", back, c, got, want)
			}
		}
	})
}

func calls(t *rapid.T) inject.Call {
	word := rapid.SampledFrom([]string{"", "east", "a b", "Orders1", "table", "queue", "insert"})
	return inject.Call{From: word.Draw(t, "call from"), To: word.Draw(t, "call to"),
		Service: word.Draw(t, "call service"), Account: word.Draw(t, "call account"),
		Operation: word.Draw(t, "call operation"), Container: word.Draw(t, "call container"),
		Partition: word.Draw(t, "call partition")}
}

func fires(t *rapid.T, r inject.Rule, c inject.Call) bool {
	e := inject.New(1)
	if err := e.Set([]inject.Rule{r}); err != nil {
		t.Fatal(err)
	}
	return e.Decide(start, c, 1).Action == inject.Hang
}

// holds says whether a condition holds, in the plainest way.
func holds(c inject.Condition, call inject.Call) bool {
	switch c := c.(type) {
	case inject.And:
		return holds(c.Left, call) && holds(c.Right, call)
	case inject.Or:
		return holds(c.Left, call) || holds(c.Right, call)
	case inject.Not:
		return !holds(c.Of, call)
	}
	m, _ := c.(inject.Match)
	for _, f := range [][2]string{{m.From, call.From}, {m.To, call.To}, {m.Service, call.Service},
		{m.Account, call.Account}, {m.Operation, call.Operation}, {m.Container, call.Container},
		{m.Partition, call.Partition}} {
		if f[0] != "" && !slowMatch(strings.ReplaceAll(f[0], `\*`, "\x00"), strings.ReplaceAll(f[1], "*", "\x00")) {
			return false
		}
	}
	return true
}

func TestRulesAreTheirTextInJSON(t *testing.T) {
	data, err := json.Marshal([]inject.Rule{{Name: "n", If: inject.Match{Service: "table"}, Action: inject.Reset,
		After: true, Probability: 0.5}})
	if want := `["reset after commit if service=table p=0.5 name=n"]`; err != nil || string(data) != want {
		t.Errorf("got %s, %v, want %s", data, err, want)
	}
	var back []inject.Rule
	if err := json.Unmarshal(data, &back); err != nil || len(back) != 1 || back[0].Name != "n" {
		t.Errorf("came back as %v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`["rest"]`), &back); err == nil || !strings.Contains(err.Error(),
		"did you mean reset?") {
		t.Errorf("%v", err)
	}
}

func FuzzParseRule(f *testing.F) {
	for _, s := range []string{"reset after commit if from=east table=Orders* p=0.1 times=3 name=lost",
		"delay uniform 10ms 200ms if service=queue",
		"hang if not (to=a or to=b) service=table or (not from=c) nth=3 every=5",
		`throttle 2e3/s burst 4 by partition if partition="a\x00b"`,
		"status 503 ServerBusy delayed pareto min 1s alpha 2 max 3s", "hang if to=\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := inject.ParseRule(text)
		if err != nil {
			return
		}
		if back, err := inject.ParseRule(r.String()); err != nil || back != r {
			t.Errorf("%q is %q, which comes back as %q, %v", text, r, back, err)
		}
	})
}
