package network_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"tidemark/simulator/inject"
	"tidemark/simulator/network"
	"tidemark/simulator/path"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	east    = network.Place("east")
	west    = network.Place("west")
	outside = network.Outside
)

// hangGuard ends what should have ended long before.
const hangGuard = 20 * time.Second

func twoRegions(t testing.TB, o network.Options) *network.Network {
	t.Helper()
	o.Regions = []network.Place{east, west}
	n, err := network.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func begin(t testing.TB, n *network.Network, o network.Outage) string {
	t.Helper()
	id, err := n.Begin(o)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func end(t testing.TB, n *network.Network, id string) {
	t.Helper()
	if err := n.End(id); err != nil {
		t.Fatal(err)
	}
}

func TestDistanceIsTheSameBothWaysUnlessBothAreGiven(t *testing.T) {
	n := twoRegions(t, network.Options{Distance: map[[2]network.Place]time.Duration{
		{east, west}: 30 * time.Millisecond, {outside, east}: 5 * time.Millisecond,
		{east, outside}: 9 * time.Millisecond}})
	for _, c := range []struct {
		from, to network.Place
		want     time.Duration
	}{{east, west, 30}, {west, east, 30}, {outside, east, 5}, {east, outside, 9}, {east, east, 0}, {outside, west, 0}} {
		c.want *= time.Millisecond
		if got := n.Distance(c.from, c.to); got != c.want {
			t.Errorf("from %s to %s are %v, want %v", c.from, c.to, got, c.want)
		}
		path := n.Path(c.from, c.to, network.Table)
		if back := n.Distance(c.to, c.from); path.Request.Delay != c.want || path.Answer.Delay != back || !path.Open() {
			t.Errorf("the path from %s to %s is %+v, want delays %v and %v", c.from, c.to, path, c.want, back)
		}
	}
	if err := n.SetDistance(west, east, time.Second); err != nil {
		t.Fatal(err)
	}
	if there, back := n.Distance(west, east), n.Distance(east, west); there != time.Second ||
		back != 30*time.Millisecond {
		t.Errorf("after one way was set: %v there, %v back", there, back)
	}
}

func TestJitterAddsUpToItsShareAndRepeats(t *testing.T) {
	const d, legs = time.Second, 4000
	draw := func(seed uint64) (delays []time.Duration) {
		n := twoRegions(t, network.Options{Distance: map[[2]network.Place]time.Duration{{east, west}: d}, Jitter: 0.5,
			Seed: seed})
		for range legs / 2 {
			p := n.Path(east, west, network.Redis)
			delays = append(delays, p.Request.Delay, p.Answer.Delay)
		}
		return delays
	}
	delays := draw(1)
	var sum time.Duration
	for _, x := range delays {
		if x < d || x > d+d/2 {
			t.Fatalf("a leg of %v with jitter 0.5 took %v", d, x)
		}
		sum += x
	}
	// The mean of a uniform on [1 s, 1.5 s) is 1.25 s with a deviation of 0.144 s / sqrt(4000) = 2.3 ms.
	if mean := sum / legs; mean < 1240*time.Millisecond || mean > 1260*time.Millisecond {
		t.Errorf("the mean of %d legs is %v, want 1.25 s", legs, mean)
	}
	if diff := cmp.Diff(delays, draw(1)); diff != "" {
		t.Errorf("the same seed drew others: %s", diff)
	}
	if cmp.Equal(delays, draw(2)) {
		t.Error("another seed drew the same")
	}
}

func TestOutages(t *testing.T) {
	type legs struct{ request, answer inject.How }
	type call struct {
		from, to network.Place
		part     network.Part
	}
	for name, c := range map[string]struct {
		outages []network.Outage
		want    map[call]legs
	}{
		"a region takes all of it in one act, both ways": {
			outages: []network.Outage{{Region: east}},
			want: map[call]legs{
				{west, east, network.Table}: {"refuse", "refuse"}, {outside, east, network.Redis}: {"refuse", "refuse"},
				{outside, east, network.Compute}: {"refuse", "refuse"},
				{east, west, network.Queue}:      {"refuse", "refuse"},
				{east, east, network.Table}:      {"refuse", "refuse"}, {west, west, network.Table}: {},
				{outside, west, network.Compute}: {}},
		},
		"a part of a region is that service, whoever calls": {
			outages: []network.Outage{{Region: east, Parts: []network.Part{network.Table, network.Queue},
				How: inject.Busy}},
			want: map[call]legs{
				{west, east, network.Table}: {"503", "503"}, {east, east, network.Queue}: {"503", "503"},
				{west, east, network.Redis}: {}, {east, west, network.Table}: {}},
		},
		"one way: what goes there is lost, requests and answers alike": {
			outages: []network.Outage{{From: east, To: west, How: inject.Silent}},
			want: map[call]legs{
				{east, west, network.Table}: {request: "hang"}, {west, east, network.Table}: {answer: "hang"},
				{outside, west, network.Table}: {}, {east, east, network.Table}: {},
				{outside, east, network.Table}: {}},
		},
		"from one place only": {
			outages: []network.Outage{{From: outside, How: inject.Torn}},
			want: map[call]legs{
				{outside, east, network.Compute}: {request: "reset"},
				{outside, west, network.Compute}: {request: "reset"},
				{west, east, network.Compute}:    {}},
		},
		"to one place only": {
			outages: []network.Outage{{To: west, Parts: []network.Part{network.Redis}}},
			want: map[call]legs{
				{outside, west, network.Redis}: {request: "refuse"}, {west, west, network.Redis}: {"refuse", "refuse"},
				{west, east, network.Redis}: {answer: "refuse"}, {outside, west, network.Table}: {}},
		},
		"everything": {
			outages: []network.Outage{{How: inject.Silent}},
			want: map[call]legs{{outside, east, network.Table}: {"hang", "hang"},
				{west, west, network.Redis}: {"hang", "hang"}},
		},
		"the worst of several holds": {
			outages: []network.Outage{{Region: east, How: inject.Busy},
				{From: west, To: east, How: inject.Silent},
				{Region: east, How: inject.Torn}, {To: west, How: inject.Refuse}},
			want: map[call]legs{
				{west, east, network.Table}: {"hang", "refuse"}, {outside, east, network.Table}: {"reset", "reset"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := twoRegions(t, network.Options{})
			for _, o := range c.outages {
				begin(t, n, o)
			}
			for k, want := range c.want {
				p := n.Path(k.from, k.to, k.part)
				if got := (legs{p.Request.How, p.Answer.How}); got != want {
					t.Errorf("from %s to %s of %s: %+v, want %+v", k.from, k.part, k.to, got, want)
				}
				if (p.Request.Outage != "") != (want.request != "") || p.Open() != (want == legs{}) {
					t.Errorf("from %s to %s of %s: %+v", k.from, k.part, k.to, p)
				}
			}
		})
	}
}

func TestOutagesEndByTheirID(t *testing.T) {
	n := twoRegions(t, network.Options{})
	mine := begin(t, n, network.Outage{ID: "outage-1", Region: east, Note: "mine"})
	first := begin(t, n, network.Outage{Region: east, Parts: []network.Part{network.Redis}})
	if mine != "outage-1" || first != "outage-2" {
		t.Fatalf("the IDs are %s and %s", mine, first)
	}
	if got := n.Path(west, east, network.Redis).Request.Outage; got != mine {
		t.Errorf("of two equal outages %s holds, want the one begun first", got)
	}
	want := []network.Outage{{ID: "outage-1", Region: east, How: inject.Refuse, Note: "mine"},
		{ID: "outage-2", Region: east, Parts: []network.Part{network.Redis}, How: inject.Refuse}}
	got := n.Outages()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got[1].Parts[0] = network.Table // a copy
	end(t, n, mine)
	if n.Path(west, east, network.Table).Request.How != "" || n.Path(west, east, network.Redis).Request.How == "" {
		t.Error("ending the region's outage did not leave that of its Redis alone")
	}
	end(t, n, first)
	if !n.Path(west, east, network.Redis).Open() || len(n.Outages()) != 0 {
		t.Error("it does not heal")
	}
}

func TestErrorsNameThePlaceAndTheRemedy(t *testing.T) {
	n := twoRegions(t, network.Options{})
	taken := begin(t, n, network.Outage{From: west, Parts: []network.Part{network.Redis}})
	beginning := func(o network.Outage) error { _, err := n.Begin(o); return err }
	proxy := func(addr string, from, to network.Place, p network.Part, target string) error {
		x, err := n.Proxy(addr, from, to, p, target)
		if err == nil {
			_ = x.Close()
		}
		return err
	}
	made := func(o network.Options) error { _, err := network.New(o); return err }
	for _, c := range []struct {
		err  error
		want []string
	}{
		{beginning(network.Outage{Region: "mars"}), []string{`"mars"`, "east, west, outside"}},
		{beginning(network.Outage{From: "mars"}), []string{"from", `"mars"`, "east, west, outside"}},
		{beginning(network.Outage{Region: outside}), []string{"no region", "from or to"}},
		{beginning(network.Outage{Region: east, To: west}), []string{"region east", "leave one"}},
		{beginning(network.Outage{Parts: []network.Part{"blob"}}), []string{`"blob"`, "table, queue, redis, compute"}},
		{beginning(network.Outage{How: "slow"}), []string{`"slow"`, "refuse, hang, reset, 503"}},
		{beginning(network.Outage{ID: taken}), []string{taken, "another ID"}},
		{n.End("x"), []string{`"x"`, taken}},
		{n.SetDistance(east, "mars", 0), []string{`"mars"`, "east, west, outside"}},
		{n.SetDistance(east, west, -1), []string{"from east to west", "one way"}},
		{n.SetDistance(east, west, time.Hour), []string{"from east to west", "1m0s"}},
		{proxy("127.0.0.1:0", "mars", east, network.Redis, "h:1"), []string{"from", `"mars"`}},
		{proxy("127.0.0.1:0", west, "mars", network.Redis, "h:1"), []string{"to", `"mars"`}},
		{proxy("127.0.0.1:0", west, east, "blob", "h:1"), []string{`"blob"`, "redis"}},
		{proxy("127.0.0.1:0", west, east, network.Redis, "h"), []string{`"h"`, "host:port"}},
		{proxy("nowhere.invalid:0", west, east, network.Redis, "h:1"), []string{"redis of east", "port 0"}},
		{made(network.Options{}), []string{"no regions"}},
		{made(network.Options{Regions: []network.Place{east, east}}), []string{`"east"`, "of its own"}},
		{made(network.Options{Regions: []network.Place{outside}}), []string{`"outside"`}},
		{made(network.Options{Regions: []network.Place{""}}), []string{`""`}},
		{made(network.Options{Regions: []network.Place{east}, Jitter: math.NaN()}), []string{"jitter NaN"}},
		{made(network.Options{Regions: []network.Place{east}, Jitter: -0.1}), []string{"jitter -0.1"}},
		{made(network.Options{Regions: []network.Place{east},
			Distance: map[[2]network.Place]time.Duration{{east, west}: 0}}), []string{`"west"`}},
	} {
		if c.err == nil {
			t.Errorf("no error, want one with %q", c.want)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(c.err.Error(), w) {
				t.Errorf("%q lacks %q", c.err, w)
			}
		}
	}
	if got := n.Outages(); len(got) != 1 {
		t.Errorf("what was refused began: %v", got)
	}
	end(t, n, taken)
	if err := n.End(taken); err == nil || !strings.Contains(err.Error(), "none is") {
		t.Errorf("ending it again: %v", err)
	}
	if p := n.Path("mars", east, network.Table); p.Request.How != inject.Refuse ||
		!strings.Contains(p.Request.Outage, "mars") {
		t.Errorf("a path from mars: %+v", p)
	}
}

func TestOutagesPrintThemselves(t *testing.T) {
	for want, o := range map[string]network.Outage{
		"a: refuse to and from region east": {ID: "a", Region: east},
		"503 in region east, table, queue (why)": {Region: east, Parts: []network.Part{network.Table, network.Queue},
			How: inject.Busy, Note: "why"},
		"hang from east to any place": {From: east, How: inject.Silent},
		"b: reset from any place to outside, redis": {ID: "b", To: outside, Parts: []network.Part{network.Redis},
			How: inject.Torn},
	} {
		if got := o.String(); got != want {
			t.Errorf("%+v prints %q, want %q", o, got, want)
		}
	}
}

func TestChangedTellsOfEachChange(t *testing.T) {
	n := twoRegions(t, network.Options{})
	var id string
	for name, change := range map[string]func(){
		"distance": func() { _ = n.SetDistance(east, west, time.Second) },
		"begin":    func() { id = begin(t, n, network.Outage{Region: east}) },
	} {
		c := n.Changed()
		if c.IsSet() {
			t.Errorf("before the %s something has changed", name)
		}
		if change(); !c.IsSet() || c.Wait(t.Context()) != nil {
			t.Errorf("%s is no change", name)
		}
	}
	c := n.Changed()
	if err := n.End("not there"); err == nil {
		t.Error("an unknown outage ended")
	}
	if c.IsSet() {
		t.Error("a refused order is a change")
	}
	waited := make(chan error, 1)
	go func() { waited <- c.Wait(context.Background()) }()
	end(t, n, id)
	if err := <-waited; err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() { waited <- n.Changed().Wait(ctx) }()
	if cancel(); !errors.Is(<-waited, context.Canceled) {
		t.Error("who gives up waits on")
	}
	cancel()
	if c.Wait(ctx) != nil {
		t.Error("what is set is not seen by who has given up")
	}
}

// TestGround: a call of path is told the same as who asks for a path: how long it takes, how it fails, and why.
func TestGround(t *testing.T) {
	n := twoRegions(t, network.Options{Distance: map[[2]network.Place]time.Duration{{east, west}: time.Second}})
	id := begin(t, n, network.Outage{From: east, To: west, Parts: []network.Part{network.Queue}, How: inject.Torn})
	var g path.Ground = n
	request, answer := g.Legs("east", "west", "queue")
	want := path.Leg{Delay: time.Second, How: inject.Torn, Why: id + ": reset from east to west, queue"}
	if request != want || answer != (path.Leg{Delay: time.Second}) {
		t.Errorf("%+v and %+v, want %+v and an open one", request, answer, want)
	}
	if p := n.Path(east, west, network.Queue); p.Request.Leg != request || p.Answer.Leg != answer ||
		p.Request.Outage != id {
		t.Errorf("the path is %+v", p)
	}
}

// TestOutagesCompose begins and ends random outages and holds the laws that do not repeat the code.
func TestOutagesCompose(t *testing.T) {
	rank := map[inject.How]int{inject.Open: 0, inject.Busy: 1, inject.Torn: 2, inject.Refuse: 3, inject.Silent: 4}
	places := []network.Place{east, west, outside}
	all := []network.Part{network.Table, network.Queue, network.Redis, network.Compute}
	rapid.Check(t, func(t *rapid.T) {
		n, err := network.New(network.Options{Regions: []network.Place{east, west}})
		if err != nil {
			t.Fatal(err)
		}
		worst := map[string]network.Outage{}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			o := network.Outage{How: rapid.SampledFrom([]inject.How{"", "refuse", "hang", "reset", "503"}).
				Draw(t, "fault"),
				Parts: rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, 4, rapid.ID[network.Part]).Draw(t, "parts")}
			if rapid.Bool().Draw(t, "whole") {
				o.Region = rapid.SampledFrom(places[:2]).Draw(t, "region")
			} else {
				o.From = rapid.SampledFrom(append(places, "")).Draw(t, "from")
				o.To = rapid.SampledFrom(append(places, "")).Draw(t, "to")
			}
			from, to, part := rapid.SampledFrom(places).Draw(t, "a"), rapid.SampledFrom(places).Draw(t, "b"),
				rapid.SampledFrom(all).Draw(t, "part")
			before := n.Path(from, to, part)
			id, err := n.Begin(o)
			if err != nil {
				t.Fatal(err)
			}
			worst[id] = o
			after := n.Path(from, to, part)
			if rank[after.Request.How] < rank[before.Request.How] ||
				rank[after.Answer.How] < rank[before.Answer.How] {
				t.Fatalf("%v made %+v milder: %+v", o, before, after)
			}
			if o.Region == "" && len(worst) == 1 { // packets: an answer of b to a goes the way of a request of b to a
				if back := n.Path(to, from, part); back.Request.How != after.Answer.How ||
					back.Answer.How != after.Request.How {
					t.Fatalf("%v: from %s to %s %+v, back %+v", o, from, to, after, back)
				}
			}
		}
		for id := range worst {
			if err := n.End(id); err != nil {
				t.Fatal(err)
			}
		}
		for _, from := range places {
			for _, to := range places {
				for _, part := range all {
					if p := n.Path(from, to, part); !p.Open() {
						t.Fatalf("everything has ended, and from %s to %s of %s is %+v", from, part, to, p)
					}
				}
			}
		}
	})
}

func BenchmarkPath(b *testing.B) {
	n := twoRegions(b, network.Options{Distance: map[[2]network.Place]time.Duration{{east, west}: time.Second},
		Jitter: 0.1})
	begin(b, n, network.Outage{Region: east, Parts: []network.Part{network.Redis}})
	b.ReportAllocs()
	for b.Loop() {
		if p := n.Path(east, west, network.Table); !p.Open() {
			b.Fatal(p)
		}
	}
}
