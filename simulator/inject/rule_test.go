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
)

// TestRulesReadAsAPersonWritesThem holds the text, in the one form, against the value.
func TestRulesReadAsAPersonWritesThem(t *testing.T) {
	for text, want := range map[string]inject.Rule{
		"reset after commit if from=east to=west service=table operation=insert table=Orders* p=0.1 times=3 " +
			"name=lost-answers": {
			Name: "lost-answers", From: "east", To: "west", Service: "table", Operation: inject.Insert,
			Container:   "Orders*",
			Probability: 0.1, Times: 3, After: true, Action: inject.Reset},
		"delay uniform 10ms 200ms if service=queue": {Service: "queue", Action: inject.Delay,
			Delay: inject.Uniform{Min: 10 * time.Millisecond, Max: 200 * time.Millisecond}},
		"delay constant 1s after commit": {After: true, Action: inject.Delay, Delay: inject.Constant{Of: time.Second}},
		"status 503 ServerBusy if operation=query-entities p=0.5": {Operation: inject.QueryEntities, Probability: 0.5,
			Action: inject.Status, Status: 503, Code: "ServerBusy"},
		"status 500 delayed log-normal median 20ms sigma 0.6 if service=queue queue=orders": {Service: "queue",
			Container: "orders",
			Action:    inject.Status, Status: 500, Delay: inject.LogNormal{Median: 20 * time.Millisecond, Sigma: 0.6}},
		"hang if to=west": {To: "west", Action: inject.Hang},
		"hang":            {Action: inject.Hang},
		"throttle 2000/s burst 4000 by partition if service=table": {Service: "table", Action: inject.Throttle,
			PerSecond: 2000,
			Burst:     4000, By: inject.ByPartition},
		`reset delayed pareto min 1ms alpha 1.5 max 2s if account=acc* container=x partition="a b" name="it is ` +
			`\"late\""`: {
			Account: "acc*", Container: "x", Partition: "a b", Name: `it is "late"`, Action: inject.Reset,
			Delay: inject.Pareto{Min: time.Millisecond, Alpha: 1.5, Max: 2 * time.Second}},
		"hang times=1": {Action: inject.Hang, Times: 1},
		"hold uniform 1s 1m30s if operation=batch": {Operation: inject.Batch, Action: inject.Hold,
			Delay: inject.Uniform{Min: time.Second, Max: 90 * time.Second}},
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
	} {
		got, err := inject.ParseRule(text)
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
	} {
		if err := r.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", r, err, want)
		}
	}
}

var operationWords = []string{"", inject.Insert, inject.Batch, "*-message", "query-*", inject.Other}

// valid draws a rule that is valid.
func valid(t *rapid.T) inject.Rule {
	word := rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"east", "Orders*", `a\*b`, `"`, "a b", "=", "if",
		"p=1", "\u00a0", "\xff", "\ufffd"}), rapid.String())
	moment := rapid.Map(rapid.Int64Range(0, int64(inject.MaxDelay)),
		func(n int64) time.Duration { return time.Duration(n) })
	r := inject.Rule{Name: word.Draw(t, "name"), From: word.Draw(t, "from"), To: word.Draw(t, "to"),
		Account:   word.Draw(t, "account"),
		Container: word.Draw(t, "container"), Partition: word.Draw(t, "partition"),
		Service:     rapid.SampledFrom([]string{"", "table", "queue", "redis", "tab*"}).Draw(t, "service"),
		Operation:   rapid.SampledFrom(operationWords).Draw(t, "operation"),
		Probability: rapid.OneOf(rapid.Just(0.0), rapid.Float64Range(0, 1)).Draw(t, "p"),
		Times:       rapid.IntRange(0, 3).Draw(t, "times"),
		Action: rapid.SampledFrom([]inject.Action{inject.Delay, inject.Hold, inject.Status, inject.Reset, inject.Hang,
			inject.Throttle}).Draw(t, "action")}
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
	least := moment.Draw(t, "least")
	most := time.Duration(rapid.Int64Range(int64(least), int64(inject.MaxDelay)).Draw(t, "most"))
	shape := rapid.Float64Range(1e-3, 1e3).Draw(t, "shape")
	r.Delay = rapid.SampledFrom([]inject.Distribution{inject.Constant{Of: least}, inject.Uniform{Min: least, Max: most},
		inject.LogNormal{Median: least, Sigma: shape, Max: most}, inject.Pareto{Min: least, Alpha: shape}}).
		Draw(t, "delay")
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

func TestRulesRoundTripAsObjects(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := valid(t)
		for _, s := range []*string{&r.Name, &r.From, &r.To, &r.Account, &r.Container, &r.Partition} {
			*s = strings.ToValidUTF8(*s, "?") // JSON knows no other text
		}
		data, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var back inject.Rule
		if err := json.Unmarshal(data, &back); err != nil || back != r {
			t.Fatalf("%s\ncame back as %+v, %v\nwant         %+v", data, back, err, r)
		}
	})
}

func TestObjectsHaveTheFieldsOfARule(t *testing.T) {
	r := inject.Rule{Name: "n", Service: "table", Action: inject.Reset, After: true, Probability: 0.5,
		Delay: inject.Constant{Of: time.Second}}
	data, err := json.Marshal([]inject.Rule{r})
	want := `[{"name":"n","service":"table","probability":0.5,"after":true,"action":"reset","delay":"constant 1s"}]`
	if err != nil || string(data) != want {
		t.Errorf("got %s, %v, want %s", data, err, want)
	}
	for text, want := range map[string]string{
		`{"action":"reset","tabel":"x"}`:             "tabel",
		`{"action":"delay","delay":"unifrom 1s 2s"}`: "did you mean uniform?",
		`{"action":"delay","delay":"1s 2s"}`:         "too much",
		`{"action":3}`:                               "action",
	} {
		var r inject.Rule
		if err := json.Unmarshal([]byte(text), &r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func FuzzParseRule(f *testing.F) {
	for _, s := range []string{"reset after commit if from=east table=Orders* p=0.1 times=3 name=lost",
		"delay uniform 10ms 200ms if service=queue",
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
