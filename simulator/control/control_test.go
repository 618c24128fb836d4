package control_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/simulator/control"
	"tidemark/simulator/topology"
)

// rig is a simulation with its control API.
type rig struct {
	sim    *topology.Simulation
	server *control.Server
}

var shared = sync.OnceValues(func() (*rig, error) {
	c := topology.Default()
	c.Distances, c.Control.Listen = nil, "127.0.0.1:0"
	c.Accounts[0].Lag, c.Accounts[0].Windows = "none", topology.Windows{}
	c.Edge = &topology.Edge{Origins: []topology.Origin{{Name: "one", Region: "east", Target: "127.0.0.1:9"}}}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	sim, err := topology.Start(ctx, c, nil)
	if err != nil {
		return nil, err
	}
	server, err := control.Start(sim)
	return &rig{sim, server}, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if started {
		r, err := shared()
		if err == nil {
			err = errors.Join(r.server.Close(), r.sim.Close())
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

var started bool

// simulation is the one that the tests share. They run one after the other, each leaves it as it was.
func simulation(t *testing.T) *rig {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		if slices.Contains(strings.Split(os.Getenv("TIDEMARK_REQUIRE"), ","), "azurite") {
			t.Fatal("TIDEMARK_REQUIRE names azurite and this machine has no Node.js")
		}
		t.Skip("Azurite needs Node.js, and this machine has none")
	}
	started = true
	r, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ask sends a request and gives the answer.
func (r *rig) ask(t *testing.T, method, path, body string) (*http.Response, string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), method, r.server.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/json")
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a, string(text)
}

// want sends a request that has to succeed.
func (r *rig) want(t *testing.T, status int, method, path, body string, out any) {
	t.Helper()
	a, text := r.ask(t, method, path, body)
	if a.StatusCode != status {
		t.Fatalf("%s %s: %d %s", method, path, a.StatusCode, text)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(text), out); err != nil {
			t.Fatalf("%s %s: %v: %s", method, path, err, text)
		}
	}
}

// TestRefusals gives orders that cannot be carried out. Each gets a problem with a code, and a detail that says what
// to do.
func TestRefusals(t *testing.T) {
	r := simulation(t)
	for _, x := range []struct {
		method, path, body string
		status             int
		code               string
		says               string // what the detail has to contain
	}{
		{"GET", "/regions/north", "", 404, "unknown-region", "east, west"},
		{"GET", "/accounts/nobody", "", 404, "unknown-account", "tidemark, tidemarkeast, tidemarkwest"},
		{"GET", "/accounts/nobody/missing", "", 404, "unknown-account", "tidemark"},
		{"GET", "/accounts/nobody/losses", "", 404, "unknown-account", "tidemark"},
		{"GET", "/accounts/nobody/replication", "", 404, "unknown-account", "tidemark"},
		{"PATCH", "/accounts/nobody/replication", `{"paused":true}`, 404, "unknown-account", "tidemark"},
		{"PATCH", "/accounts/tidemark/replication", `{"lag":"constant -1s"}`, 422, "bad-lag",
			`write it as "constant 5s"`},
		{"PATCH", "/accounts/tidemark/replication", `{"lag":"now and then"}`, 422, "bad-lag",
			"write none, constant 5s"},
		{"PATCH", "/accounts/tidemark/replication", `{}`, 422, "invalid", "give lag, paused or unavailable"},
		{"PATCH", "/accounts/tidemark/replication", `{"lagg":"none"}`, 422, "invalid", "lagg"},
		{"PATCH", "/accounts/tidemark/replication", `{"scope":{"partition":"A"},"lag":"none"}`, 422, "invalid",
			"name the table too"},
		{"PATCH", "/accounts/tidemark/replication", `{"scope":{"table":"t"},"unavailable":true}`, 422, "invalid",
			"leave the scope out"},
		{"PATCH", "/accounts/tidemarkeast/replication", `{"lag":"none"}`, 409, "no-secondary",
			"order it of a geo-redundant account"},
		{"POST", "/accounts/nobody/failover", `{"type":"planned"}`, 404, "unknown-account", "tidemark"},
		{"POST", "/accounts/tidemark/failover", `{"type":"sudden"}`, 422, "invalid", "planned, unplanned"},
		{"POST", "/accounts/tidemarkeast/failover", `{"type":"planned"}`, 409, "no-secondary", "never replicates"},
		{"POST", "/accounts/tidemark/georedundancy", ``, 409, "geo-redundant-already", "replicates to west"},
		{"POST", "/accounts/tidemark/georedundancy", `{"secondary":"north"}`, 404, "unknown-region", "east, west"},
		{"POST", "/accounts/tidemark/georedundancy", `{"secondary":"east"}`, 422, "invalid", "name another region"},
		{"POST", "/outages", `{"region":"north"}`, 404, "unknown-region", "east, west"},
		{"POST", "/outages", `{"from":"moon"}`, 404, "unknown-place", "east, west, outside"},
		{"POST", "/outages", `{}`, 422, "invalid", "Give region, or from and to"},
		{"POST", "/outages", `{"region":"east","from":"west"}`, 422, "invalid", "leave one or the other out"},
		{"POST", "/outages", `{"region":"east","fault":"fire"}`, 422, "invalid", "refuse, hang, reset, 503"},
		{"POST", "/outages", `{"region":"east","parts":["disk"]}`, 422, "invalid", "table, queue, redis, compute"},
		{"POST", "/outages", `{"region":"east","for":"long"}`, 422, "invalid", "as 30s"},
		{"POST", "/outages", `{"region":"east","for":"-1s"}`, 422, "invalid", "as 30s"},
		{"DELETE", "/outages/none", "", 404, "unknown-outage", "has none"},
		{"POST", "/faults", `{"rule":"explode"}`, 422, "bad-rule",
			"write delay, hold, status, reset, hang or throttle"},
		{"PUT", "/faults", `{"rules":["hang if to=west","x"]}`, 422, "bad-rule", "body.rules[1]"},
		{"DELETE", "/faults/7", "", 404, "unknown-fault", "has none"},
		{"PUT", "/distances", `{"items":[{"from":"east","to":"west","oneWay":"far"}]}`, 422, "invalid", "as 30ms"},
		{"PUT", "/distances", `{"items":[{"from":"east","to":"north","oneWay":"1s"}]}`, 404, "unknown-place",
			"outside"},
		{"POST", "/processes/north/azurite/pause", "", 404, "unknown-region", "east, west"},
		{"POST", "/processes/east/kafka/pause", "", 422, "invalid", "azurite, redis"},
		{"POST", "/processes/east/azurite/scold", "", 422, "invalid", "pause, resume, kill, restart"},
		{"PATCH", "/edge/origins/two", `{"enabled":false}`, 404, "unknown-origin", "one"},
		{"PATCH", "/edge/origins/one", `{"weight":5000}`, 422, "invalid", "1000"},
		{"GET", "/events?after=x", "", 422, "invalid", "write the ID of an event"},
		{"GET", "/events.jsonl?follow=x", "", 422, "invalid", "true or false"},
		{"GET", "/accounts/tidemark/missing?limit=-1", "", 422, "invalid", "limit"},
		{"GET", "/regions?colour=red", "", 422, "invalid", "colour"},
		{"GET", "/nothing", "", 404, "not-found", "GET / lists"},
		{"DELETE", "/regions", "", 405, "method-not-allowed", "GET"},
		{"POST", "/outages", `{"region":`, 400, "invalid", ""},
	} {
		a, text := r.ask(t, x.method, x.path, x.body)
		var p control.Problem
		if err := json.Unmarshal([]byte(text), &p); err != nil ||
			a.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: no problem: %d %s", x.method, x.path, a.StatusCode, text)
			continue
		}
		if a.StatusCode != x.status || p.Status != x.status || p.Code != x.code ||
			!strings.HasSuffix(p.Type, "/"+x.code) || !strings.Contains(p.Detail, x.says) {
			t.Errorf("%s %s %s: %d %+v, want %d %s, saying %q", x.method, x.path, x.body, a.StatusCode, p, x.status,
				x.code, x.says)
		}
	}
	if n := len(r.sim.Network().Outages()); n != 0 {
		t.Errorf("%d outages were begun by orders that were refused", n)
	}
}

// TestEverythingIsReadableAndChangeable goes through the objects of the topology.
func TestEverythingIsReadableAndChangeable(t *testing.T) {
	r := simulation(t)
	c := &control.Client{URL: r.server.URL()}
	ctx := t.Context()
	regions, err := c.Regions(ctx)
	if err != nil || len(regions) != 2 || !regions[0].Up {
		t.Fatalf("%+v, %v", regions, err)
	}
	r.want(t, 200, "PUT", "/distances", `{"items":[{"from":"east","to":"west","oneWay":"7ms"}]}`, nil)
	distances, err := c.Distances(ctx)
	if err != nil || !slices.Contains(distances, control.Distance{From: "east", To: "west", OneWay: "7ms"}) {
		t.Errorf("%+v, %v", distances, err)
	}
	r.want(t, 200, "PUT", "/distances", `{"items":[{"from":"east","to":"west","oneWay":"0s"}]}`, nil)

	var begun control.Outage
	r.want(t, 201, "POST", "/outages", `{"region":"west","fault":"hang","note":"a test"}`, &begun)
	if regions, _ = c.Regions(ctx); regions[1].Up || !slices.Equal(regions[1].Outages, []string{begun.ID}) {
		t.Errorf("west is out: %+v", regions[1])
	}
	a, text := r.ask(t, "POST", "/outages", `{"id":"`+begun.ID+`","region":"east"}`)
	if a.StatusCode != 409 || !strings.Contains(text, "outage-under-way") {
		t.Errorf("an outage of the same ID: %d %s", a.StatusCode, text)
	}
	var p *control.Problem
	if err := c.Do(ctx, "POST", "/accounts/tidemark/failover", control.Failover{Type: "unplanned"},
		nil); !errors.As(err, &p) || p.Code != "secondary-down" {
		t.Errorf("a failover to a region that is out: %v", err)
	}
	r.want(t, 204, "DELETE", "/outages/"+begun.ID, "", nil)
	r.want(t, 201, "POST", "/outages", `{"from":"east","to":"west","for":"10ms"}`, nil)
	eventually(t, "the outage is over by itself", func() bool { o, _ := c.Outages(ctx); return len(o) == 0 })

	r.want(t, 201, "POST", "/faults", `{"rule":"hang if to=west name=first"}`, nil)
	r.want(t, 201, "POST", "/faults", `{"rule":"reset if to=east"}`, nil)
	faults, err := c.Faults(ctx)
	if err != nil || len(faults) != 2 || faults[0].Name != "first" || faults[1].Rule != "reset if to=east" {
		t.Errorf("%+v, %v", faults, err)
	}
	r.want(t, 204, "DELETE", "/faults/first", "", nil)
	r.want(t, 204, "DELETE", "/faults/0", "", nil)
	r.want(t, 200, "PUT", "/faults", `{"rules":["delay constant 1ms if service=queue"]}`, nil)
	r.want(t, 204, "DELETE", "/faults", "", nil)
	if faults, _ = c.Faults(ctx); len(faults) != 0 {
		t.Errorf("%+v", faults)
	}

	var edge control.Edge
	r.want(t, 200, "PATCH", "/edge/origins/one", `{"enabled":false,"weight":7}`, &edge)
	if o := edge.Origins[0]; o.Enabled || o.Weight != 7 || o.Region != "east" {
		t.Errorf("%+v", edge)
	}
	r.want(t, 200, "PATCH", "/edge/origins/one", `{"enabled":true}`, &edge)
	if o := edge.Origins[0]; !o.Enabled || o.Weight != 7 {
		t.Errorf("%+v", edge)
	}
	for _, order := range []string{"pause", "resume", "kill", "restart"} {
		r.want(t, 204, "POST", "/processes/west/redis/"+order, "", nil)
	}
	for _, order := range []string{"pause", "resume"} {
		r.want(t, 204, "POST", "/processes/west/azurite/"+order, "", nil)
	}
}

// TestReplicationOrders changes lags, pauses, fails over and makes the account geo-redundant again.
func TestReplicationOrders(t *testing.T) {
	r := simulation(t)
	var rep control.Replication
	r.want(t, 200, "PATCH", "/accounts/tidemark/replication",
		`{"scope":{"table":"orders"},"lag":"constant 1h","paused":true}`, &rep)
	if len(rep.Lags) != 2 || rep.Lags[1].Scope.Table != "orders" || rep.Lags[1].Lag != "constant 1h" ||
		len(rep.Paused) != 1 {
		t.Errorf("%+v", rep)
	}
	a, text := r.ask(t, "POST", "/accounts/tidemark/failover", `{"type":"planned"}`)
	if a.StatusCode != 409 || !strings.Contains(text, `"paused"`) {
		t.Errorf("a planned failover while paused: %d %s", a.StatusCode, text)
	}
	r.want(t, 200, "PATCH", "/accounts/tidemark/replication",
		`{"scope":{"table":"orders"},"lag":"inherit","paused":false}`, &rep)
	if len(rep.Lags) != 1 || len(rep.Paused) != 0 {
		t.Errorf("%+v", rep)
	}
	r.want(t, 200, "PATCH", "/accounts/tidemark/replication", `{"unavailable":true}`, &rep)
	if !rep.Unavailable {
		t.Errorf("%+v", rep)
	}
	a, text = r.ask(t, "POST", "/accounts/tidemark/failover", `{"type":"unplanned"}`)
	if a.StatusCode != 409 || !strings.Contains(text, `"not-live"`) {
		t.Errorf("a failover while unavailable: %d %s", a.StatusCode, text)
	}
	r.want(t, 200, "PATCH", "/accounts/tidemark/replication", `{"unavailable":false}`, nil)

	r.want(t, 202, "POST", "/accounts/tidemark/failover", `{"type":"unplanned"}`, nil)
	now := r.until(t, "failed over", func(a control.Account) bool { return a.Primary == "west" && a.Phase == "steady" })
	if now.Secondary != "" || now.State != "none" || now.Stats["table"].LastSync != nil {
		t.Errorf("%+v", now)
	}
	var losses struct{ Items []control.Loss }
	r.want(t, 200, "GET", "/accounts/tidemark/losses", "", &losses)
	if len(losses.Items) != 1 || losses.Items[0].From != "east" || losses.Items[0].To != "west" ||
		losses.Items[0].Total != 0 {
		t.Errorf("%+v", losses)
	}
	r.want(t, 202, "POST", "/accounts/tidemark/georedundancy", `{"secondary":"east"}`, nil)
	r.until(t, "live", func(a control.Account) bool { return a.State == "live" })
	r.want(t, 202, "POST", "/accounts/tidemark/failover", `{"type":"planned"}`, nil)
	r.until(t, "failed back", func(a control.Account) bool {
		return a.Primary == "east" && a.Secondary == "west" && a.Phase == "steady"
	})
}

func (r *rig) until(t *testing.T, what string, is func(control.Account) bool) (now control.Account) {
	t.Helper()
	eventually(t, what, func() bool {
		now = control.Account{}
		r.want(t, 200, "GET", "/accounts/tidemark", "", &now)
		return is(now)
	})
	return now
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}

// TestResourceProvider asks and orders as Azure's resource provider is asked.
func TestResourceProvider(t *testing.T) {
	r := simulation(t)
	const path = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/"
	const version = "?api-version=2023-01-01"
	var got control.StorageAccount
	r.want(t, 200, "GET", path+"tidemark"+version+"&$expand=geoReplicationStats", "", &got)
	stats := got.Properties.GeoReplicationStats
	if got.SKU.Name != "Standard_RAGRS" || got.Properties.PrimaryLocation != "east" ||
		got.Properties.SecondaryLocation != "west" || stats == nil ||
		stats.Status != "Live" || !stats.CanFailover || !stats.CanPlannedFailover || stats.LastSyncTime == nil {
		t.Errorf("%+v %+v", got, stats)
	}
	got = control.StorageAccount{}
	r.want(t, 200, "GET", path+"tidemarkwest"+version, "", &got)
	if got.SKU.Name != "Standard_LRS" || got.Properties.GeoReplicationStats != nil ||
		got.Properties.SecondaryEndpoints != nil {
		t.Errorf("%+v", got)
	}
	for _, x := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"GET", path + "tidemark", "", 400, "MissingApiVersionParameter"},
		{"GET", path + "nobody" + version, "", 404, "ResourceNotFound"},
		{"POST", path + "tidemark/failover" + version + "&failoverType=Sudden", "", 400,
			"InvalidValuesForRequestParameters"},
		{"POST", path + "tidemarkwest/failover" + version, "", 409, "NoSecondary"},
		{"PATCH", path + "tidemark" + version, `{"sku":{"name":"Standard_LRS"}}`, 409, "SkuChangeNotSupported"},
	} {
		a, text := r.ask(t, x.method, x.path, x.body)
		var e control.ProviderError
		if json.Unmarshal([]byte(text), &e) != nil || a.StatusCode != x.status || e.Err.Code != x.code ||
			e.Err.Message == "" {
			t.Errorf("%s %s: %d %s, want %d %s", x.method, x.path, a.StatusCode, text, x.status, x.code)
		}
	}
	order := func(query, primary string) {
		a, text := r.ask(t, "POST", path+"tidemark/failover"+version+query, "")
		location := a.Header.Get("Location")
		if a.StatusCode != 202 || location == "" {
			t.Fatalf("%d %s %v", a.StatusCode, text, a.Header)
		}
		eventually(t, "the operation is done", func() bool {
			a, err := http.Get(location)
			if err != nil {
				t.Fatal(err)
			}
			a.Body.Close()
			return a.StatusCode == 200
		})
		got = control.StorageAccount{}
		r.want(t, 200, "GET", path+"tidemark"+version, "", &got)
		if got.Properties.PrimaryLocation != primary || got.Location != "east" {
			t.Errorf("after the failover: %+v", got)
		}
	}
	order("&failoverType=Planned", "west")
	planned := got.Properties.LastGeoFailoverTime
	if planned == nil {
		t.Fatalf("after a planned failover: %+v", got)
	}
	order("", "east")
	if last := got.Properties.LastGeoFailoverTime; last == nil || !last.After(*planned) {
		t.Errorf("after the second failover the last was at %v, the first at %s", last, planned)
	}
	if got.SKU.Name != "Standard_LRS" || got.Properties.LastGeoFailoverTime == nil {
		t.Errorf("after an unplanned failover: %+v", got)
	}
	r.want(t, 200, "PATCH", path+"tidemark"+version, `{"sku":{"name":"Standard_RAGRS"}}`, nil)
	r.until(t, "live", func(a control.Account) bool { return a.State == "live" && a.Secondary == "west" })
}

// TestEvents reads the truth stream as server-sent events, comes back with Last-Event-ID, and as lines.
func TestEvents(t *testing.T) {
	r := simulation(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	q, _ := http.NewRequestWithContext(ctx, "GET", r.server.URL()+"/events", nil)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if got := a.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
	r.want(t, 200, "PUT", "/distances", `{"items":[{"from":"west","to":"east","oneWay":"0s"}]}`, nil)
	first := sse(t, bufio.NewScanner(a.Body))
	if first["event"] != "distance" || first["id"] == "" || !strings.Contains(first["data"], "west to east: 0s") {
		t.Errorf("%v", first)
	}
	cancel()
	r.want(t, 204, "DELETE", "/faults", "", nil)
	q, _ = http.NewRequestWithContext(t.Context(), "GET", r.server.URL()+"/events", nil)
	q.Header.Set("Last-Event-ID", first["id"])
	b, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	second := sse(t, bufio.NewScanner(b.Body))
	b.Body.Close()
	if second["event"] != "faults" || len(second["id"]) < len(first["id"]) {
		t.Errorf("after %s: %v", first["id"], second)
	}
	_, text := r.ask(t, "GET", "/events.jsonl?kind=distance,faults", "")
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) < 2 {
		t.Fatalf("%q", text)
	}
	for _, line := range lines {
		var e topology.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Kind != "distance" && e.Kind != "faults" {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestQuietStream: a stream that had an event and then none lasts longer than a client may take nothing.
func TestQuietStream(t *testing.T) {
	r := simulation(t)
	q, _ := http.NewRequestWithContext(t.Context(), "GET", r.server.URL()+"/events?kind=distance", nil)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	r.want(t, 200, "PUT", "/distances", `{"items":[{"from":"west","to":"east","oneWay":"0s"}]}`, nil)
	lines := bufio.NewScanner(a.Body)
	sse(t, lines)
	for began := time.Now(); time.Since(began) < 3*control.Patience; {
		if !lines.Scan() {
			t.Fatalf("the stream ended after %v: %v", time.Since(began), lines.Err())
		}
	}
}

// sse reads one event.
func sse(t *testing.T, lines *bufio.Scanner) map[string]string {
	t.Helper()
	event := map[string]string{}
	for lines.Scan() {
		if lines.Text() == "" && len(event) > 0 {
			return event
		}
		if name, value, ok := strings.Cut(lines.Text(), ": "); ok && name != "" {
			event[name] = value
		}
	}
	t.Fatalf("the stream ended: %v", lines.Err())
	return nil
}

// TestAnotherServerIsNoSimulator tells people so.
func TestAnotherServerIsNoSimulator(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.NotFoundHandler()}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	for _, address := range []string{l.Addr().String(), "127.0.0.1:1"} {
		if _, err := (&control.Client{URL: address}).Accounts(t.Context()); !errors.Is(err, control.ErrUnreachable) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// TestTakenPortIsTold names the setting and the address.
func TestTakenPortIsTold(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = control.Listen(l.Addr().String())
	if err == nil || !strings.Contains(err.Error(), "control.listen") ||
		!strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("%v", err)
	}
}
