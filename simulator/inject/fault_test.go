package inject_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
)

// TestFaultsReadAsAPersonWritesThem holds the text, in the one form, against the value.
func TestFaultsReadAsAPersonWritesThem(t *testing.T) {
	for text, want := range map[string]inject.Fault{
		"region east out: hang":              inject.RegionOut{Region: "east", How: inject.Silent},
		"region east out service=queue: 503": inject.RegionOut{Region: "east", Service: "queue", How: inject.Busy},
		"network cut from=east to=west service=table: refuse": inject.Cut{From: "east", To: "west", Service: "table",
			How: inject.Refuse},
		"network cut to=west: reset": inject.Cut{To: "west", How: inject.Torn},
		"network distance from=east to=west: 80ms": inject.Distance{From: "east", To: "west",
			OneWay: 80 * time.Millisecond},
		"process east/node-1 kill":          inject.Process{Name: "east/node-1", Order: inject.Kill},
		"process east/azurite freeze":       inject.Process{Name: "east/azurite", Order: inject.Freeze},
		`process "the first" restart`:       inject.Process{Name: "the first", Order: inject.Restart},
		"disk east/node-1 full":             inject.Disk{Of: "east/node-1", State: inject.Full},
		"disk east/node-1 wiped":            inject.Disk{Of: "east/node-1", State: inject.Wiped},
		"account tidemark lag: constant 1m": inject.Lag{Account: "tidemark", Model: "constant 1m"},
		`account tidemark lag table=orders partition="a:b": log-normal median 2s sigma 0.6`: inject.Lag{
			Account: "tidemark", Model: "log-normal median 2s sigma 0.6",
			Scope: inject.Scope{Service: "table", Container: "orders", Partition: "a:b"}},
		"account tidemark pause": inject.Pause{Account: "tidemark"},
		"account tidemark pause queue=work": inject.Pause{Account: "tidemark",
			Scope: inject.Scope{Service: "queue", Container: "work"}},
		"account tidemark failover: unplanned": inject.Failover{Account: "tidemark", Kind: inject.Unplanned},
		"account tidemark reenable":            inject.Reenable{Account: "tidemark"},
		"account tidemark reenable: east":      inject.Reenable{Account: "tidemark", Secondary: "east"},
		"account tidemark last-sync-time: unavailable": inject.LastSync{Account: "tidemark",
			State: inject.Unavailable},
		"account tidemark last-sync-time service=queue: stuck": inject.LastSync{Account: "tidemark", Service: "queue",
			State: inject.Stuck},
		"account tidemark last-sync-time: back 5s": inject.LastSync{Account: "tidemark", State: inject.Back,
			By: 5 * time.Second},
		"clock east offset: -5m0s":  inject.Clock{Of: "east", Shape: inject.Offset, By: -5 * time.Minute},
		"clock east drift: 200µs/s": inject.Clock{Of: "east", Shape: inject.Drift, By: 200 * time.Microsecond},
		"clock east/node-1 swing: 2s every 1m0s": inject.Clock{Of: "east/node-1", Shape: inject.Swing,
			By:     2 * time.Second,
			Period: time.Minute},
		"clock east jump: -30s": inject.Clock{Of: "east", Shape: inject.Jump, By: -30 * time.Second},
		"reset after commit if operation=insert nth=3": inject.Rule{Action: inject.Reset, After: true, Nth: 3,
			If: inject.Match{Operation: inject.Insert}},
	} {
		got, err := inject.ParseFault(text)
		if err != nil || got != want {
			t.Errorf("%s: read as %#v, %v; want %#v", text, got, err, want)
			continue
		}
		if got.String() != text {
			t.Errorf("%q prints as %q", text, got.String())
		}
		if want, _, colon := strings.Cut(text, ": "); colon && got.Thing() != want {
			t.Errorf("%q is about %q", text, got.Thing())
		}
	}
}

func TestFaultsTakeOtherSpellings(t *testing.T) {
	for text, want := range map[string]string{
		" region\teast  out ":                   "region east out: refuse",
		"region east out:503":                   "region east out: 503",
		"region east out service=redis : hang":  "region east out service=redis: hang",
		"network cut service=table to=a from=b": "network cut from=b to=a service=table: refuse",
		"account a lag: constant 60s":           "account a lag: constant 1m",
		"clock a offset: 90s":                   "clock a offset: 1m30s",
		"clock a drift: 0.2ms/s":                "clock a drift: 200µs/s",
		"lose answer if to=a":                   "reset after commit if to=a",
	} {
		got, err := inject.ParseFault(text)
		if err != nil || got.String() != want {
			t.Errorf("%q is read as %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestErrorsOfFaultsNameTheWordAndTheRemedy(t *testing.T) {
	for text, want := range map[string][]string{
		"": {"beginning of a fault is missing", "region, network",
			"throttle"},
		"regoin east out":                               {"did you mean region?"},
		"rest if to=a":                                  {"did you mean reset?"},
		"reset if opration=a":                           {"did you mean operation?"},
		"region":                                        {"name of the region is missing"},
		"region east":                                   {"what of the region goes wrong is missing"},
		"region east uot":                               {"did you mean out?"},
		"region east out: hung":                         {"did you mean hang?"},
		"region east out: hang up":                      {`"up" is too much`},
		"region east out servce=table":                  {"did you mean service?"},
		"region east out service=blob":                  {"table, queue, redis or compute"},
		"region east out service=":                      {"service= has no value"},
		"region east out hang":                          {"a colon before the value"},
		"region east out service=a service=b":           {"service was given before"},
		"network cut":                                   {"a cut of what?"},
		"network cot to=a":                              {"did you mean cut?"},
		"network distance from=a: 5ms":                  {"give from and to"},
		"network distance from=a to=b":                  {"as in: distance: 20ms"},
		"network distance from=a to=b: 5":               {"unit"},
		"network distance from=a to=b: 2h":              {"0s to 1m0s"},
		"process a kil":                                 {"did you mean kill?"},
		"process a kill from=b":                         {"kill takes no pairs"},
		"process a kill: now":                           {`"now" is too much`},
		"disk a ful":                                    {"did you mean full?"},
		"account a lga: none":                           {"did you mean lag?"},
		"account a lag":                                 {"lag", "empty"},
		"account a lag: constnat 5s":                    {"constnat", "log-normal"},
		"account a lag partition=b: none":               {"name the table"},
		"account a lag table=b queue=c: none":           {"table or a queue"},
		"account a lag table=b service=queue: none":     {"leave service out"},
		"account a failover":                            {"kind of failover is missing"},
		"account a failover: unpland":                   {"did you mean unplanned?"},
		"account a last-sync-time: stuk":                {"did you mean stuck?"},
		"account a last-sync-time: back":                {"back", "unit"},
		"account a last-sync-time: back 0s":             {"by how much"},
		"account a last-sync-time service=redis: stuck": {"table or queue"},
		"clock a ofset: 5s":                             {"did you mean offset?"},
		"clock a offset":                                {"offset has no value"},
		"clock a offset: 48h":                           {"24h0m0s"},
		"clock a drift: 5ms":                            {"in every second"},
		"clock a drift: 2s/s":                           {"1s"},
		"clock a swing: 2s":                             {"has a period"},
		"clock a swing: 2s every 0s":                    {"has a period"},
		`process "a kill`:                               {"quotes do not end"},
	} {
		f, err := inject.ParseFault(text)
		if err == nil || f != nil {
			t.Errorf("%q is read as %v, %v", text, f, err)
			continue
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q: %q lacks %q", text, err, w)
			}
		}
	}
}

func TestValidateRefusesFaultsThatNoTextSays(t *testing.T) {
	for want, f := range map[string]inject.Fault{
		"name of the region":          inject.RegionOut{How: inject.Refuse},
		"name of the process":         inject.Process{Order: inject.Kill},
		"name of the disk's":          inject.Disk{State: inject.Full},
		"name of the account":         inject.Pause{},
		"give the service too":        inject.Pause{Account: "a", Scope: inject.Scope{Container: "b"}},
		"a period belongs to a swing": inject.Clock{Of: "a", Shape: inject.Jump, Period: 1},
		"a time belongs to back":      inject.LastSync{Account: "a", State: inject.Stuck, By: 1},
		`write it as "constant 1m"`:   inject.Lag{Account: "a", Model: "constant 60s"},
		"how it fails is missing":     inject.Cut{To: "a"},
		"name of the clock's":         inject.Clock{Shape: inject.Jump},
	} {
		if err := f.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%#v: %v, want %q", f, err, want)
		}
	}
}

var models = []string{"none", "constant 1m", "uniform 1s 30s", "log-normal median 3s sigma 0.8 max 15m",
	"pareto min 1s alpha 1.5", "bursts every 1m for 20s lag 30s else 1s", "trace 0s:1s 10s:30s 1m:2s"}

// faults draws a fault that is valid.
func faults(t *rapid.T) inject.Fault {
	name := rapid.Custom(func(t *rapid.T) string {
		if s := anyWord.Draw(t, "name"); s != "" {
			return s
		}
		return "east"
	})
	maybe := rapid.OneOf(rapid.Just(""), name)
	service := rapid.SampledFrom([]string{"", "table", "queue", "redis", "compute"}).Draw(t, "service")
	how := rapid.SampledFrom([]inject.How{inject.Refuse, inject.Silent, inject.Torn, inject.Busy}).Draw(t, "how")
	scope := rapid.SampledFrom([]inject.Scope{{}, {Service: "queue"}, {Service: "queue", Container: "a=b: c"},
		{Service: "table"}, {Service: "table", Container: "Orders"},
		{Service: "table", Container: "Orders", Partition: `"p:`}}).Draw(t, "scope")
	by := time.Duration(rapid.Int64Range(-int64(inject.MaxClock), int64(inject.MaxClock)).Draw(t, "by"))
	n := name.Draw(t, "n")
	switch rapid.IntRange(0, 14).Draw(t, "which") {
	case 0:
		return inject.RegionOut{Region: n, Service: service, How: how}
	case 1:
		return inject.Cut{From: n, To: maybe.Draw(t, "to"), Service: service, How: how}
	case 2:
		return inject.Distance{From: n, To: name.Draw(t, "to"),
			OneWay: time.Duration(rapid.Int64Range(0, int64(inject.MaxDistance)).Draw(t, "one way"))}
	case 3:
		return inject.Process{Name: n, Order: rapid.SampledFrom([]inject.Order{inject.Kill, inject.Freeze,
			inject.Restart}).Draw(t, "order")}
	case 4:
		return inject.Disk{Of: n, State: rapid.SampledFrom([]inject.DiskState{inject.Full, inject.Wiped}).
			Draw(t, "state")}
	case 5:
		return inject.Lag{Account: n, Scope: scope, Model: rapid.SampledFrom(models).Draw(t, "model")}
	case 6:
		return inject.Pause{Account: n, Scope: scope}
	case 7:
		return inject.Failover{Account: n, Kind: inject.Planned}
	case 8:
		return inject.Reenable{Account: n, Secondary: maybe.Draw(t, "secondary")}
	case 9:
		return inject.LastSync{Account: n, Service: scope.Service, State: inject.Stuck}
	case 10:
		return inject.LastSync{Account: n, State: inject.Back, By: max(by, 1)}
	case 11:
		return inject.Clock{Of: n, Shape: rapid.SampledFrom([]inject.Shape{inject.Offset, inject.Jump}).
			Draw(t, "shape"),
			By: by}
	case 12:
		return inject.Clock{Of: n, Shape: inject.Drift, By: by % time.Second}
	case 13:
		return inject.Clock{Of: n, Shape: inject.Swing, By: by, Period: max(by, 1)}
	}
	return valid(t)
}

func TestFaultsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := faults(t)
		if err := f.Validate(); err != nil {
			t.Fatal(err)
		}
		back, err := inject.ParseFault(f.String())
		if err != nil || back != f {
			t.Fatalf("%s\ncame back as %#v, %v\nwant         %#v", f, back, err, f)
		}
		if !strings.HasPrefix(f.String(), f.Thing()) {
			t.Fatalf("%s is about %s", f, f.Thing())
		}
	})
}

func TestFaultsAreTheirTextInJSON(t *testing.T) {
	type document struct {
		Fault inject.Any `json:"fault"`
	}
	data, err := json.Marshal(document{inject.Any{Fault: inject.RegionOut{Region: "east", How: inject.Silent}}})
	if want := `{"fault":"region east out: hang"}`; err != nil || string(data) != want {
		t.Errorf("got %s, %v, want %s", data, err, want)
	}
	var back document
	if err := json.Unmarshal(data, &back); err != nil || back.Fault.Fault != (inject.RegionOut{Region: "east",
		How: inject.Silent}) {
		t.Errorf("came back as %v, %v", back, err)
	}
	if err := json.Unmarshal([]byte(`{"fault":"regoin east out"}`), &back); err == nil ||
		!strings.Contains(err.Error(), "did you mean region?") {
		t.Errorf("%v", err)
	}
}

// TestClocks holds how far a clock is ahead against what its shape says.
func TestClocks(t *testing.T) {
	for text, want := range map[string][]time.Duration{ // after 0 s, 15 s and 30 s
		"clock a offset: 5s":           {5 * time.Second, 5 * time.Second, 5 * time.Second},
		"clock a jump: -5s":            {-5 * time.Second, -5 * time.Second, -5 * time.Second},
		"clock a drift: -2ms/s":        {0, -30 * time.Millisecond, -60 * time.Millisecond},
		"clock a swing: 2s every 1m0s": {0, 2 * time.Second, 0},
	} {
		f, err := inject.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range want {
			got := f.(inject.Clock).Ahead(time.Duration(i) * 15 * time.Second)
			if d := got - want; d < -time.Microsecond || d > time.Microsecond {
				t.Errorf("%s after %d s: %v ahead, want %v", text, 15*i, got, want)
			}
		}
	}
}

// TestTheWordsOfLagsAreGeoreps: every model of georep is one here.
func TestTheWordsOfLagsAreGeoreps(t *testing.T) {
	for _, model := range models {
		lag, err := georep.ParseLag(model)
		if err != nil {
			t.Fatal(err)
		}
		if err := (inject.Lag{Account: "a", Model: lag.String()}).Validate(); err != nil {
			t.Error(err)
		}
	}
}

func FuzzParseFault(f *testing.F) {
	for _, s := range []string{"region east out service=queue: 503", "network distance from=a to=b: 5ms",
		`account "a b" lag table=c partition="d:": trace 0s:1s 10s:30s`, "clock a swing: 2s every 1m",
		"process a/b freeze", "hang if to=a or not (from=b)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, err := inject.ParseFault(text)
		if err != nil {
			return
		}
		if back, err := inject.ParseFault(x.String()); err != nil || back != x {
			t.Errorf("%q is %q, which comes back as %q, %v", text, x, back, err)
		}
	})
}
