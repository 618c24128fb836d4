package gateway

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// TestSecondaryIsAsItWasUntilTheWriteArrives: the previous version, deleted rows, batches whole, and the order of a
// partition.
func TestSecondaryIsAsItWasUntilTheWriteArrives(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	r.upsert(p, "a", "1", 1)
	r.upsert(p, "a", "2", 1)
	r.drain()
	r.pause()
	r.upsert(p, "a", "1", 2)
	if _, err := p.DeleteEntity(t.Context(), "a", "2", nil); err != nil {
		t.Fatal(err)
	}
	r.batch(p, "b", "x", "y", "z")
	if got := r.read(s, "a", "1") + r.read(s, "a", "2") + r.read(s, "b", "x"); got != "11" {
		t.Errorf("before the writes arrive the secondary shows %q, want the version before, the deleted row, and no "+
			"batch", got)
	}
	if got := r.read(p, "a", "1") + r.read(p, "a", "2") + r.read(p, "b", "x"); got != "27" {
		t.Errorf("the primary shows %q", got)
	}
	if n := r.a.Status().Backlog; n != 3 {
		t.Errorf("backlog of %d entries, want 3: the batch is one", n)
	}
	r.resume()
	r.drain()
	if got := r.read(s, "a", "1") + r.read(s, "a", "2") + r.read(s, "b", "x"); got != "27" {
		t.Errorf("after they arrived the secondary shows %q", got)
	}
	r.same(p, s)
}

// batch inserts rows in one transaction.
func (r *rig) batch(c *aztables.Client, pk string, keys ...string) {
	r.t.Helper()
	if _, err := c.SubmitTransaction(r.t.Context(), inserts(pk, keys...), nil); err != nil {
		r.t.Fatalf("batch: %v", err)
	}
}

func inserts(pk string, keys ...string) (actions []aztables.TransactionAction) {
	for _, key := range keys {
		actions = append(actions, aztables.TransactionAction{ActionType: aztables.TransactionTypeAdd,
			Entity: entity(pk, key, value(7))})
	}
	return actions
}

// TestPartitionsOvertakeOneAnother is Microsoft's own example, as far as it can be seen from outside: the later write
// of another partition is there before the earlier one, and the Last Sync Time stays before the earlier one.
func TestPartitionsOvertakeOneAnother(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Staff")
	// a name in the case of the client
	r.a.Pause(georep.Scope{Service: georep.Table, Container: "Staff", Key: "employee"})
	r.upsert(p, "employee", "1", 1)
	at := r.a.Missing()[0].At
	r.upsert(p, "role", "1", 1)
	r.until("the later write is on the secondary", func() bool { return r.read(s, "role", "1") == "1" })
	if got := r.read(s, "employee", "1"); got != "" {
		t.Errorf("the secondary shows %q of a partition that is paused", got)
	}
	if stats := r.stats(); stats.State != georep.Live || stats.LastSync.After(at) {
		t.Errorf("the statistics say %+v while a write of %v is missing", stats, at)
	}
	r.a.Resume(georep.Scope{Service: georep.Table, Container: "Staff", Key: "employee"})
	r.drain()
	r.until("the Last Sync Time has passed the write", func() bool { return r.stats().LastSync.After(at) })
	r.same(p, s)
}

// stats are the statistics of the secondary endpoint.
func (r *rig) stats() georep.Stats {
	r.t.Helper()
	resp, err := r.secondary().GetStatistics(r.t.Context(), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return georep.Stats{State: georep.State(*resp.GeoReplication.Status), LastSync: *resp.GeoReplication.LastSyncTime}
}

// TestStatistics: on the secondary only; empty unless live.
func TestStatistics(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	_, err := r.primary().GetStatistics(t.Context(), nil)
	r.refused(err, "Bad Request InvalidQueryParameterValue")
	if got := r.stats(); got.State != georep.Live || got.LastSync.Nanosecond() != 0 ||
		time.Since(got.LastSync) > guard {
		t.Errorf("statistics of an idle account: %+v", got)
	}
	r.a.SetUnavailable(true)
	req, _ := http.NewRequest(http.MethodGet, r.url(network.Outside)+"-secondary/?restype=service&comp=stats", nil)
	body, err := io.ReadAll(r.send(req).Body)
	want := `<?xml version="1.0" ` +
		`encoding="UTF-8"?><StorageServiceStats><GeoReplication><Status>unavailable</Status><LastSyncTime></LastSyncTime></GeoReplication></StorageServiceStats>`
	if err != nil || string(body) != want {
		t.Errorf("statistics that are unavailable: %s (%v)", body, err)
	}
	req, _ = http.NewRequest(http.MethodGet, r.url(network.Outside)+"-secondary/?restype=service&comp=stats", nil)
	if resp, err := http.DefaultClient.Do(req); err != nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("statistics for nobody: %v, %v", resp, err)
	}
}

// TestSecondaryTakesNoWrites of any kind, and says so as the service does.
func TestSecondaryTakesNoWrites(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	r.upsert(p, "a", "1", 1)
	r.drain()
	const want = "Forbidden InsufficientAccountPermissions"
	_, err := s.AddEntity(t.Context(), entity("a", "2", nil), nil)
	r.refused(err, want)
	if !strings.Contains(err.Error(), "Write operations to the secondary location are not allowed.") {
		t.Errorf("not in the service's words: %v", err)
	}
	_, err = s.UpsertEntity(t.Context(), entity("a", "1", nil), nil)
	r.refused(err, want)
	_, err = s.UpdateEntity(t.Context(), entity("a", "1", nil),
		&aztables.UpdateEntityOptions{UpdateMode: aztables.UpdateModeMerge})
	r.refused(err, want)
	_, err = s.DeleteEntity(t.Context(), "a", "1", nil)
	r.refused(err, want)
	_, err = s.SubmitTransaction(t.Context(), inserts("a", "3"), nil)
	r.refused(err, want)
	_, err = s.CreateTable(t.Context(), nil)
	r.refused(err, want)
	_, err = s.Delete(t.Context(), nil)
	r.refused(err, want)
	r.same(p, s)
}

// TestETagsAndTimestampsAreTheSame in both regions, through every kind of write, and a condition goes by them.
func TestETagsAndTimestampsAreTheSame(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	add, err := p.AddEntity(t.Context(), entity("a", "1",
		map[string]any{"s": "x", "f": 1.5, "i": 3, "b": true, "big": "9007199254740993",
			"big@odata.type": "Edm.Int64"}), nil)
	if err != nil {
		t.Fatal(err)
	}
	merged, err := p.UpdateEntity(t.Context(), entity("a", "1", map[string]any{"s": "y"}),
		&aztables.UpdateEntityOptions{IfMatch: &add.ETag, UpdateMode: aztables.UpdateModeMerge})
	if err != nil {
		t.Fatalf("a merge with the ETag of the insert: %v", err)
	}
	_, err = p.UpdateEntity(t.Context(), entity("a", "1", value(9)),
		&aztables.UpdateEntityOptions{IfMatch: &add.ETag, UpdateMode: aztables.UpdateModeReplace})
	r.refused(err, "Precondition Failed UpdateConditionNotSatisfied")
	r.upsert(p, "a", "2", 1)
	r.batch(p, "b", "1", "2")
	r.drain()
	r.same(p, s)
	for _, c := range []*aztables.Client{p, s} {
		got, err := c.GetEntity(t.Context(), "a", "1", nil)
		if err != nil || got.ETag != merged.ETag || strings.Contains(string(got.Value), "Tidemark") {
			t.Errorf("ETag %s of %s, want the merge's %s (%v)", got.ETag, got.Value, merged.ETag, err)
		}
	}
	filter := fmt.Sprintf("Timestamp gt datetime'%s'", timestamp(r.rows(p)["a/1"]))
	for _, c := range []*aztables.Client{p, s} {
		page, err := c.NewListEntitiesPager(&aztables.ListEntitiesOptions{Filter: &filter}).NextPage(t.Context())
		if err != nil || len(page.Entities) != 3 {
			t.Errorf("%d rows are later than the first, want 3: %v", len(page.Entities), err)
		}
	}
}

func timestamp(row map[string]any) string { return row["Timestamp"].(string) }

func lag(t *testing.T, text string) georep.Lag {
	t.Helper()
	l, err := georep.ParseLag(text)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// TestLag: a write is on the secondary when its lag has passed, not before.
func TestLag(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	r.a.SetLag(georep.Scope{Service: georep.Table, Container: "ORDERS"}, lag(t, "constant 300ms"))
	before := time.Now()
	r.upsert(p, "a", "1", 1)
	after := time.Now()
	for {
		asked := time.Now()
		if r.read(s, "a", "1") == "1" {
			if seen := time.Now(); seen.Before(before.Add(300 * time.Millisecond)) {
				t.Errorf("seen %v after the write began", seen.Sub(before))
			}
			break
		}
		if asked.Sub(after) > guard {
			t.Fatal("it never arrived")
		}
	}
	if diff := cmp.Diff(1, len(r.a.Lags())); diff != "" {
		t.Error(diff)
	}
}

// TestOthersDoNotWaitForAnUnreachableSecondary: while the link is cut the primary goes on, and afterwards all of it
// arrives.
func TestOthersDoNotWaitForAnUnreachableSecondary(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	id, err := r.net.Begin(network.Outage{Region: "west", How: inject.Refuse})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		r.upsert(p, fmt.Sprint("p", i%3), fmt.Sprint(i), i)
	}
	if _, err := s.GetEntity(t.Context(), "p0", "0", nil); err == nil {
		t.Error("the secondary answers from a region that is out")
	}
	if n := r.a.Status().Backlog; n != 20 {
		t.Errorf("%d entries wait, want 20", n)
	}
	if err := r.net.End(id); err != nil {
		t.Fatal(err)
	}
	r.drain()
	r.same(p, s)
}

// TestTablesAreReplicatedToo: made and deleted in the order of their rows' writes.
func TestTablesAreReplicatedToo(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	r.upsert(p, "a", "1", 1)
	r.drain()
	r.pause()
	if _, err := p.Delete(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := p.CreateTable(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	r.upsert(p, "a", "2", 2)
	if got := r.read(s, "a", "1"); got != "1" {
		t.Errorf("the secondary shows %q of a table whose deletion has not arrived", got)
	}
	r.resume()
	r.drain()
	r.same(p, s)
	if rows := r.rows(s); len(rows) != 1 {
		t.Errorf("the secondary has %d rows, want the one of the second life", len(rows))
	}
}

// TestBacklogPushesBack with 503, and goes on when there is room.
func TestBacklogPushesBack(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{geo: georep.Options{MaxBacklog: 2}})
	p, _ := r.table("Orders")
	r.pause()
	r.upsert(p, "a", "1", 1)
	r.upsert(p, "a", "2", 1)
	_, err := p.AddEntity(t.Context(), entity("a", "3", nil), nil)
	r.refused(err, "Service Unavailable ServerBusy")
	r.resume()
	r.drain()
	r.upsert(p, "a", "3", 1)
}

// TestLocalAccount: no secondary, no stamps, the service's limits.
func TestLocalAccount(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{local: true})
	c := r.primary().NewClient("Orders")
	if _, err := c.CreateTable(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	tag := r.upsert(c, "a", "1", 1)
	direct := tableService(t, r.account, r.servers["east"].TableURL(r.account.Name)).NewClient("Orders")
	if got, err := direct.GetEntity(t.Context(), "a", "1", nil); err != nil || got.ETag != tag ||
		strings.Contains(string(got.Value), "TidemarkStamp") {
		t.Errorf("Azurite has %s, ETag %s (%v); want no stamp and the ETag %s", got.Value, got.ETag, err, tag)
	}
	_, err := r.secondary().NewClient("Orders").GetEntity(t.Context(), "a", "1", nil)
	r.refused(err, "Forbidden InsufficientAccountPermissions")
	if !strings.Contains(err.Error(), "Read-access geo-redundant replication is not enabled for the account.") {
		t.Errorf("not in the service's words: %v", err)
	}
	two := append(inserts("a", "2"), inserts("b", "2")...)
	_, err = c.SubmitTransaction(t.Context(), two, nil)
	if err == nil {
		t.Error("a batch over two partitions went through")
	}
	if err := r.a.Reenable("west"); err == nil || !strings.Contains(err.Error(), "local account") {
		t.Errorf("re-enabled: %v", err)
	}
	if err := r.a.Failover(georep.Unplanned); err == nil {
		t.Error("a local account failed over")
	}
	if _, err := r.net.Begin(network.Outage{Region: "east", How: inject.Refuse}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.GetEntity(t.Context(), "a", "1", nil); err == nil {
		t.Error("a local account answers from a region that is out")
	}
}

// TestRefusals of accounts and stores name the place and the remedy.
func TestRefusals(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	for want, o := range map[string]AccountOptions{
		"no primary region: name one": {Name: "other", Key: r.a.Key()},
		`region "mars" has no store: use one of`: {Name: "other", Key: r.a.Key(),
			Geo: georep.Options{Primary: "mars"}},
		"is served already: give another name": {Name: r.a.Name(), Key: r.a.Key(),
			Geo: georep.Options{Primary: "east"}},
		"copy rate -1: use rows a second, or 0": {Name: "other", Key: r.a.Key(), Geo: georep.Options{Primary: "east"},
			CopyRate: -1},
		"primary and secondary are both \"east\"": {Name: "other", Key: r.a.Key(),
			Geo: georep.Options{Primary: "east", Secondary: "east"}},
	} {
		if _, err := r.g.AddAccount(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q in it", err, want)
		}
	}
	if err := r.g.SetStore("east", Store{Table: "127.0.0.1:1", Queue: "http://127.0.0.1:1"}); err == nil ||
		!strings.Contains(err.Error(), "as http://127.0.0.1:10002") {
		t.Errorf("a store without a scheme: %v", err)
	}
	req, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, r.front[network.Outside].URL+
		"/nobody/Tables", nil)
	resp := r.send(req)
	var body struct {
		Error struct{ Code string } `json:"odata.error"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || resp.StatusCode != http.StatusNotFound ||
		body.Error.Code != "ResourceNotFound" {
		t.Errorf("an account that there is not: %d %+v (%v)", resp.StatusCode, body, err)
	}
	wrong := r.account
	wrong.Key = "d3Jvbmc="
	_, err := tableService(t, wrong, r.url(network.Outside)).NewClient("Orders").GetEntity(t.Context(), "a", "1", nil)
	if code(err) != "Forbidden AuthorizationFailure" && code(err) != "Forbidden AuthenticationFailed" {
		t.Errorf("a wrong key: %v", err)
	}
	_, err = tableService(t, wrong, r.url(network.Outside)+"-secondary").NewClient("Orders").
		AddEntity(t.Context(), entity("a", "1", nil), nil)
	r.refused(err, "Forbidden AuthenticationFailed")
}

// TestDistance: a call takes the way there and the way back.
func TestDistance(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{distance: map[[2]network.Place]time.Duration{{"west", "east"}: 50 * time.Millisecond}})
	p, _ := r.table("Orders")
	r.upsert(p, "a", "1", 1)
	far := r.service(r.url("west")).NewClient("Orders")
	began := time.Now()
	if got := r.read(far, "a", "1"); got != "1" {
		t.Errorf("read %q", got)
	}
	if took := time.Since(began); took < 100*time.Millisecond {
		t.Errorf("a call over 50 ms each way took %v", took)
	}
}

// TestScaleTargets answer 503 to who is over them.
func TestScaleTargets(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{targets: Targets{Partition: 5}})
	p, _ := r.table("Orders")
	r.batch(p, "a", "1", "2", "3", "4", "5")
	_, err := p.AddEntity(t.Context(), entity("a", "6", nil), nil)
	r.refused(err, "Service Unavailable ServerBusy")
	r.upsert(p, "b", "1", 1)
}
