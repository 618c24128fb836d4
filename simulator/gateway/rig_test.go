package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/account"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// rig is a geo-redundant account of its own, in front of two Azurites, with its primary in east.
type rig struct {
	t       *testing.T
	g       *Gateway
	a       *Account
	account azurite.Account
	net     *network.Network
	faults  *inject.Engine
	servers map[georep.Region]*azurite.Server
	front   map[network.Place]*httptest.Server

	mu     sync.Mutex
	events []Event
	tap    func(Event) // gets them too, in their order
}

// plan says what a rig is to be; the zero value is an account without lag.
type plan struct {
	geo      georep.Options
	local    bool
	copyRate float64
	reads    bool // planned failovers let them through
	targets  Targets
	plant    func(account.Store) account.Store

	clock func(georep.Region) time.Time

	comparisons int
	pages       Pages
	own         map[georep.Region]*azurite.Server // instead of the shared ones
	distance    map[[2]network.Place]time.Duration
}

func newRig(t *testing.T, p plan) *rig {
	t.Helper()
	east, account := azuritetest.Account(t)
	west, err := queueWest()
	if err != nil {
		t.Fatalf("start the second Azurite: %v", err)
	}
	r := &rig{t: t, account: account, faults: inject.New(1),
		servers: map[georep.Region]*azurite.Server{"east": east, "west": west},
		front:   map[network.Place]*httptest.Server{}}
	for region, s := range p.own {
		r.servers[region] = s
	}
	stores := map[georep.Region]Store{}
	for region, s := range r.servers {
		if _, err := s.AddAccount(t.Context(), account); err != nil {
			t.Fatal(err)
		}
		stores[region] = queueStore(s)
	}
	if r.net, err = network.New(network.Options{Regions: []network.Place{"east", "west"},
		Distance: p.distance}); err != nil {
		t.Fatal(err)
	}
	if r.g, err = New(Options{Stores: stores, Network: r.net, Faults: r.faults, Observe: r.observe, Targets: p.targets,
		Comparisons: p.comparisons, Pages: p.pages, Seed: 1, plant: p.plant, Clock: p.clock}); err != nil {
		t.Fatal(err)
	}
	p.geo.Primary = "east"
	if !p.local {
		p.geo.Secondary = "west"
	}
	if r.a, err = r.g.AddAccount(AccountOptions{Name: account.Name, Key: account.Key, Geo: p.geo,
		CopyRate: p.copyRate, PlannedReads: p.reads}); err != nil {
		t.Fatal(err)
	}
	for _, place := range []network.Place{"east", "west", network.Outside} {
		r.front[place] = httptest.NewServer(r.g.Handler(place, georep.Table))
	}
	t.Cleanup(r.close)
	return r
}

func (r *rig) close() {
	for _, s := range r.front {
		s.CloseClientConnections()
		s.Close()
	}
	if err := r.g.Close(); err != nil {
		r.t.Errorf("close the gateway: %v", err)
	}
}

func (r *rig) observe(e Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, e)
	if r.tap != nil {
		r.tap(e)
	}
}

// told lists the events of a kind.
func (r *rig) told(kind string) []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.events), func(e Event) bool { return e.Kind != kind })
}

func (r *rig) service(endpoint string) *aztables.ServiceClient {
	r.t.Helper()
	return tableService(r.t, r.account, endpoint)
}

func tableService(t *testing.T, a azurite.Account, endpoint string) *aztables.ServiceClient {
	t.Helper()
	cred, err := aztables.NewSharedKeyCredential(a.Name, a.Key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := aztables.NewServiceClientWithSharedKey(endpoint, cred,
		&aztables.ClientOptions{ClientOptions: policy.ClientOptions{Retry: once}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *rig) url(from network.Place) string { return r.front[from].URL + "/" + r.a.Name() }

func (r *rig) primary() *aztables.ServiceClient { return r.service(r.url(network.Outside)) }

func (r *rig) secondary() *aztables.ServiceClient {
	return r.service(r.url(network.Outside) + "-secondary")
}

// table makes a table and waits until it is on both sides.
func (r *rig) table(name string) (primary, secondary *aztables.Client) {
	r.t.Helper()
	p := r.primary().NewClient(name)
	if _, err := p.CreateTable(r.t.Context(), nil); err != nil {
		r.t.Fatalf("make table %s: %v", name, err)
	}
	r.drain()
	return p, r.secondary().NewClient(name)
}

func (r *rig) drain() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), guard)
	defer cancel()
	if err := r.a.Drained(ctx); err != nil {
		r.t.Fatalf("not drained: %v; %+v", err, r.a.Status())
	}
}

func (r *rig) until(what string, done func() bool) {
	r.t.Helper()
	for end := time.Now().Add(guard); !done(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("not within %v: %s; %+v", guard, what, r.a.Status())
		}
	}
}

func (r *rig) failover(k georep.Kind) {
	r.t.Helper()
	before := r.a.Status().Failovers
	if err := r.a.Failover(k); err != nil {
		r.t.Fatal(err)
	}
	r.until("the failover has ended", func() bool {
		s := r.a.Status()
		return s.Failovers == before+1 && s.Phase == georep.Steady &&
			r.a.Endpoints().Primary.Availability == account.Serving &&
			r.a.Endpoints().Primary.Region == s.Primary
	})
}

func (r *rig) pause()  { r.a.Pause(georep.Scope{}) }
func (r *rig) resume() { r.a.Resume(georep.Scope{}) }

// fault sets the rules.
func (r *rig) fault(rules ...string) {
	r.t.Helper()
	setRules(r.t, r.faults, rules...)
}

func setRules(t *testing.T, e *inject.Engine, rules ...string) {
	t.Helper()
	parsed := make([]inject.Rule, len(rules))
	for i, text := range rules {
		var err error
		if parsed[i], err = inject.ParseRule(text); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Set(parsed); err != nil {
		t.Fatal(err)
	}
}

// entity is a row as JSON.
func entity(pk, rk string, props map[string]any) []byte {
	m := map[string]any{"PartitionKey": pk, "RowKey": rk}
	for k, v := range props {
		m[k] = v
	}
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return b
}

func value(n int) map[string]any { return map[string]any{"n": n} }

func (r *rig) upsert(c *aztables.Client, pk, rk string, n int) azcore.ETag {
	r.t.Helper()
	resp, err := c.UpsertEntity(r.t.Context(), entity(pk, rk, value(n)),
		&aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace})
	if err != nil {
		r.t.Fatalf("upsert %s/%s: %v", pk, rk, err)
	}
	return resp.ETag
}

// read is a row's n; "" stands for none.
func (r *rig) read(c *aztables.Client, pk, rk string) string {
	r.t.Helper()
	resp, err := c.GetEntity(r.t.Context(), pk, rk, nil)
	if code(err) == "Not Found ResourceNotFound" {
		return ""
	}
	if err != nil {
		r.t.Fatalf("read %s/%s: %v", pk, rk, err)
	}
	var row struct{ N json.Number }
	if err := json.Unmarshal(resp.Value, &row); err != nil {
		r.t.Fatal(err)
	}
	return row.N.String()
}

// rows are all rows of a table, as the client sees them, by keys.
func (r *rig) rows(c *aztables.Client) map[string]map[string]any {
	r.t.Helper()
	rows := map[string]map[string]any{}
	for pager := c.NewListEntitiesPager(nil); pager.More(); {
		page, err := pager.NextPage(r.t.Context())
		if err != nil {
			r.t.Fatalf("read the rows: %v", err)
		}
		for _, raw := range page.Entities {
			var row map[string]any
			if err := json.Unmarshal(raw, &row); err != nil {
				r.t.Fatal(err)
			}
			for name := range row {
				if name == "odata.metadata" || name == "odata.id" || name == "odata.editLink" {
					delete(row, name)
				}
			}
			rows[fmt.Sprintf("%v/%v", row["PartitionKey"], row["RowKey"])] = row
		}
	}
	return rows
}

// same holds that both endpoints show the same rows, Timestamp and ETag too.
func (r *rig) same(primary, secondary *aztables.Client) {
	r.t.Helper()
	p, s := r.rows(primary), r.rows(secondary)
	if diff := cmp.Diff(p, s); diff != "" {
		r.t.Errorf("the secondary differs (- primary, + secondary):\n%s", diff)
	}
}

// refused holds that an error is the service's answer of that status and code.
func (r *rig) refused(err error, want string) {
	r.t.Helper()
	if got := code(err); got != want {
		r.t.Errorf("refused with %q, want %q", got, want)
	}
}

// send sends a signed request of our own.
func (r *rig) send(req *http.Request) *http.Response {
	r.t.Helper()
	req.Header.Set("X-Ms-Version", "2019-02-02")
	r.a.sign.SignTable(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// pause waits, and says whether to go on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
