package gateway

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"
	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

func replaceIf(tag azcore.ETag) *aztables.UpdateEntityOptions {
	return &aztables.UpdateEntityOptions{IfMatch: &tag, UpdateMode: aztables.UpdateModeReplace}
}

// TestPlannedFailover loses nothing, changes the roles, and conditions go by the ETags from before.
func TestPlannedFailover(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{geo: georep.Options{Lag: lag(t, "constant 50ms")}})
	p, s := r.table("Orders")
	tags := map[string]azcore.ETag{}
	for i := range 10 {
		tags[fmt.Sprint(i)] = r.upsert(p, "a", fmt.Sprint(i), i)
	}
	before := r.rows(p)
	r.failover(georep.Planned)
	if got := r.a.Status(); got.Primary != "west" || got.Secondary != "east" || got.State != georep.Live {
		t.Errorf("after a planned failover: %+v", got)
	}
	if diff := cmp.Diff(before, r.rows(p)); diff != "" {
		t.Errorf("the rows at the new primary differ (- before):\n%s", diff)
	}
	if _, err := p.UpdateEntity(t.Context(), entity("a", "1", value(11)), replaceIf(tags["1"])); err != nil {
		t.Errorf("with an ETag from before the failover: %v", err)
	}
	_, err := p.UpdateEntity(t.Context(), entity("a", "1", value(12)), replaceIf(tags["1"]))
	r.refused(err, "Precondition Failed UpdateConditionNotSatisfied")
	if tag := r.upsert(p, "a", "2", 12); tag == tags["2"] {
		t.Error("a write after the failover gave the ETag from before")
	}
	condition := tags["3"]
	if _, err := p.DeleteEntity(t.Context(), "a", "3", &aztables.DeleteEntityOptions{IfMatch: &condition}); err != nil {
		t.Errorf("a conditional delete: %v", err)
	}
	r.drain()
	r.same(p, s)
	if len(r.a.Discarded()) != 0 {
		t.Errorf("a planned failover lost %+v", r.a.Discarded())
	}
}

// TestPlannedFailoverThatLetsReadsThrough: rows are read at both endpoints while the last writes are brought over, and
// none is written.
func TestPlannedFailoverThatLetsReadsThrough(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{reads: true, geo: georep.Options{Windows: georep.Windows{Down: 2 * time.Second}}})
	p, s := r.table("Orders")
	r.upsert(p, "a", "1", 1)
	r.drain()
	if err := r.a.Failover(georep.Planned); err != nil {
		t.Fatal(err)
	}
	r.until("it drains", func() bool { return r.a.Endpoints().Primary.Availability == account.Reads })
	if got := r.read(p, "a", "1") + r.read(s, "a", "1"); got != "11" {
		t.Errorf("the endpoints show %q", got)
	}
	if _, err := p.AddEntity(t.Context(), entity("a", "2", value(2)), nil); err == nil || isAnswer(err) {
		t.Errorf("a write while the roles are about to change: %v", err)
	}
	if r.a.Endpoints().Primary.Availability != account.Reads {
		t.Fatal("it was over before anybody had looked")
	}
	r.until("it is over", func() bool { return r.a.Status().Primary == "west" && r.a.Status().Phase == georep.Steady })
	r.upsert(p, "a", "2", 2)
	r.drain()
	r.same(p, s)
}

// TestUnplannedFailover loses exactly what it lists; the account is LRS; re-enabled it is copied, live, and fails
// back.
func TestUnplannedFailover(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	kept := r.upsert(p, "a", "kept", 1)
	r.upsert(p, "a", "changed", 1)
	r.drain()
	r.pause()
	r.upsert(p, "a", "changed", 2)
	r.upsert(p, "b", "new", 1)
	missing := r.a.Missing()
	r.failover(georep.Unplanned)
	losses := r.a.Discarded()
	if len(losses) != 1 || losses[0].From != "east" || losses[0].To != "west" {
		t.Fatalf("losses: %+v", losses)
	}
	if diff := cmp.Diff(missing, losses[0].Entries); diff != "" {
		t.Errorf("discarded is not what was missing (-):\n%s", diff)
	}
	last := losses[0].LastSync[georep.Table]
	for _, e := range losses[0].Entries {
		if e.At.Before(last) {
			t.Errorf("lost a write of %v, before the Last Sync Time %v", e.At, last)
		}
	}
	if diff := cmp.Diff(map[uint64][]string{missing[0].Seq: {"changed"}, missing[1].Seq: {"new"}},
		losses[0].Keys); diff != "" {
		t.Errorf("keys (- want):\n%s", diff)
	}
	if got := r.read(p, "a", "kept") + r.read(p, "a", "changed") + r.read(p, "b", "new"); got != "11" {
		t.Errorf("the new primary shows %q", got)
	}
	_, err := s.GetEntity(t.Context(), "a", "kept", nil)
	r.refused(err, "Forbidden InsufficientAccountPermissions")
	if _, err := p.UpdateEntity(t.Context(), entity("a", "kept", value(2)), replaceIf(kept)); err != nil {
		t.Errorf("with an ETag from before the failover: %v", err)
	}
	if err := r.a.Failover(georep.Unplanned); !errors.Is(err, georep.ErrNoSecondary) {
		t.Errorf("a failover without a secondary: %v", err)
	}
	r.resume()
	r.until("the old copy is deleted", func() bool { return len(r.told("wiped")) > 0 })
	if err := r.a.Reenable("east"); err != nil {
		t.Fatal(err)
	}
	if err := r.a.Reenable("east"); !errors.Is(err, georep.ErrHasSecondary) {
		t.Errorf("re-enabled twice: %v", err)
	}
	r.drain()
	if got := r.stats(); got.State != georep.Live {
		t.Errorf("after the copy: %+v", got)
	}
	r.same(p, s)
	r.failover(georep.Planned)
	r.drain()
	r.same(p, s)
	if got := r.a.Status(); got.Primary != "east" {
		t.Errorf("after failing back: %+v", got)
	}
}

// TestBothEndpointsAreDown while a failover changes the roles, and callers that wait are cut off.
func TestBothEndpointsAreDown(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{geo: georep.Options{Windows: georep.Windows{Down: 300 * time.Millisecond}}})
	p, s := r.table("Orders")
	r.upsert(p, "a", "1", 1)
	r.drain()
	r.fault("hang if operation=insert", "delay constant 10s if operation=upsert")
	cut := make(chan error, 2)
	go func() {
		_, err := p.AddEntity(t.Context(), entity("a", "2", nil), nil)
		cut <- err
	}()
	go func() {
		_, err := p.UpsertEntity(t.Context(), entity("a", "1", nil),
			&aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace})
		cut <- err
	}()
	r.until("the delayed write holds its ticket", func() bool { return r.a.Status().UnderWay == 1 })
	if err := r.a.Failover(georep.Planned); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-cut; err == nil || isAnswer(err) {
			t.Errorf("who waited was not cut off: %v", err)
		}
	}
	for _, c := range []*aztables.Client{p, s} {
		if _, err := c.GetEntity(t.Context(), "a", "1", nil); err == nil || isAnswer(err) {
			t.Errorf("an endpoint answers while both are down: %v", err)
		}
	}
	r.until("the failover has ended", func() bool {
		return r.a.Status().Primary == "west" && r.a.Endpoints().Primary.Availability == account.Serving
	})
	if got := r.read(p, "a", "1"); got != "1" {
		t.Errorf("read %q", got)
	}
}

// TestBootstrap copies every type as it is while writes go on, tables that are deleted and made meanwhile, and what
// was there before.
func TestBootstrap(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	doomed, doomedThere := r.table("Doomed")
	empty, emptyThere := r.table("Empty")
	r.drain()
	r.failover(georep.Unplanned)
	types := map[string]any{"s": "ü '\"\n", "whole": 5.5, "b": true, "i": 7,
		"d": 5, "d@odata.type": "Edm.Double", "nan": "NaN", "nan@odata.type": "Edm.Double", "huge": 1e300,
		"huge@odata.type": "Edm.Double",
		"l":               "9007199254740993", "l@odata.type": "Edm.Int64", "at": "2026-01-02T03:04:05.1234567Z",
		"at@odata.type": "Edm.DateTime",
		"bin":           "AAEC", "bin@odata.type": "Edm.Binary", "g": "11111111-2222-3333-4444-555555555555",
		"g@odata.type": "Edm.Guid"}
	if _, err := p.AddEntity(t.Context(), entity("types' own", "it's %/1"[:6], types), nil); err != nil {
		t.Fatal(err)
	}
	for part := range 3 {
		for from := 0; from < 250; from += 50 {
			keys := make([]string, 50)
			for i := range keys {
				keys[i] = fmt.Sprintf("%04d", from+i)
			}
			r.batch(p, fmt.Sprint("p", part), keys...)
		}
	}
	r.upsert(doomed, "a", "1", 1)
	direct := tableService(t, r.account, r.servers["west"].TableURL(r.account.Name)).NewClient("Orders")
	old, err := direct.AddEntity(t.Context(), entity("older", "1", value(1)), nil) // without a stamp
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 3 {
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				key := fmt.Sprintf("%04d", i*7%300)
				if i%5 == 4 {
					_, _ = p.DeleteEntity(t.Context(), fmt.Sprint("p", w), key, nil) // it may not be there
				} else if _, err := p.UpsertEntity(t.Context(), entity(fmt.Sprint("p", w), key, value(i)),
					nil); err != nil {
					t.Errorf("a write during the bootstrap: %v", err)
					return
				}
			}
		})
	}
	if err := r.a.Reenable("east"); err != nil {
		t.Fatal(err)
	}
	if err := r.a.Failover(georep.Unplanned); !errors.Is(err, georep.ErrNotLive) &&
		r.a.Status().State == georep.Bootstrap {
		t.Errorf("a failover during the bootstrap: %v", err)
	}
	if _, err := doomed.Delete(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if _, err := doomed.CreateTable(t.Context(), nil); err != nil {
		t.Error(err)
	}
	r.upsert(doomed, "a", "2", 2)
	r.until("the account is live", func() bool { return r.a.Status().State == georep.Live })
	close(stop)
	writers.Wait()
	r.drain()
	r.same(p, s)
	r.same(doomed, doomedThere)
	r.same(empty, emptyThere)
	if _, err := p.UpdateEntity(t.Context(), entity("older", "1", value(2)), replaceIf(old.ETag)); err != nil {
		t.Errorf("with the ETag of a row from before the gateway: %v", err)
	}
}

// TestReenableWhileARegionIsOut: the order is refused, and says what to do, for its copy could not begin. What was
// refused changes nothing.
func TestReenableWhileARegionIsOut(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	r.upsert(p, "a", "1", 1)
	r.drain()
	r.failover(georep.Unplanned)
	before := r.a.Status()
	for _, c := range []struct {
		out    network.Outage
		want   error
		remedy string
	}{
		{network.Outage{Region: "east", How: inject.Refuse}, georep.ErrSecondaryDown,
			"end the outage of east first"},
		{network.Outage{Region: "east", How: inject.Silent, Parts: []network.Part{network.Queue}},
			georep.ErrSecondaryDown, "end the outage of east first"},
		{network.Outage{Region: "west", How: inject.Refuse}, georep.ErrPrimaryDown, "end the outage of west first"},
		{network.Outage{From: "west", To: "east", How: inject.Refuse}, georep.ErrLinkDown,
			"heal the path between west and east first"},
	} {
		id := r.begin(c.out)
		err := r.a.Reenable("east")
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.remedy) {
			t.Errorf("while %+v is on: %v, want %q", c.out, err, c.remedy)
		}
		r.end(id)
	}
	r.g.Distrust("east")
	if err := r.a.Reenable("east"); !errors.Is(err, georep.ErrSecondaryDown) ||
		!strings.Contains(err.Error(), "was killed; restart it first") {
		t.Errorf("while the storage of the secondary is dead: %v", err)
	}
	restart := func() (Store, bool, error) { return queueStore(r.servers["east"]), false, nil }
	if err := r.g.Renew("east", restart); err != nil {
		t.Fatal(err)
	}
	if now := r.a.Status(); now.Secondary != before.Secondary || now.State != before.State {
		t.Errorf("refused orders made %+v of %+v", now, before)
	}
	if err := r.a.Reenable("east"); err != nil {
		t.Fatal(err)
	}
	r.drain()
	r.same(p, s)
}

// TestCopyRate bounds how fast a partition is copied, not what is written to it meanwhile.
func TestCopyRate(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{copyRate: 200})
	p, s := r.table("Orders")
	r.failover(georep.Unplanned)
	keys := make([]string, 100)
	for i := range keys {
		keys[i] = fmt.Sprintf("%03d", i)
	}
	r.batch(p, "a", keys...)
	began := time.Now()
	if err := r.a.Reenable("east"); err != nil {
		t.Fatal(err)
	}
	r.upsert(p, "a", "050", 1)
	if took := time.Since(began); took > 400*time.Millisecond && r.a.Status().State == georep.Live {
		t.Errorf("a write waited %v for the copy", took)
	}
	r.drain()
	if took := time.Since(began); took < 500*time.Millisecond {
		t.Errorf("100 rows at 200 a second took %v", took)
	}
	r.same(p, s)
}

// TestKeptFolder: an account that begins in bootstrap copies what its primary has.
func TestKeptFolder(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	r.upsert(p, "a", "1", 1)
	r.drain()
	r.pause()
	r.upsert(p, "a", "1", 2) // ends with the first gateway: only the primary has it
	if err := r.g.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := New(r.g.o)
	if err != nil {
		t.Fatal(err)
	}
	r.g = again
	if r.a, err = again.AddAccount(AccountOptions{Name: r.account.Name, Key: r.account.Key,
		Geo: georep.Options{Primary: "east", Secondary: "west", Bootstrap: true}}); err != nil {
		t.Fatal(err)
	}
	r.front[network.Outside].Config.Handler = again.Handler(network.Outside, georep.Table)
	r.drain()
	if got := r.read(s, "a", "1"); got != "2" {
		t.Errorf("the secondary has %q", got)
	}
	r.same(p, s)
}

// TestUnplannedFailoverUnderLoad at a random moment: of what was acknowledged, exactly what is listed is gone.
func TestUnplannedFailoverUnderLoad(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("TIDEMARK_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("TIDEMARK_SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for range rounds() {
		underLoad(t, random)
	}
}

func rounds() int {
	if os.Getenv("TIDEMARK_CAMPAIGN") == "1" {
		return 50
	}
	return 3
}

func underLoad(t *testing.T, random *rand.Rand) {
	r := newRig(t, plan{geo: georep.Options{Seed: random.Uint64(), Lag: lag(t, "uniform 1ms 60ms"),
		Windows: georep.Windows{Down: 20 * time.Millisecond}}})
	p, _ := r.table("Orders")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	acknowledged := map[string]int{} // writes of a row that were: each row is written once
	var writers sync.WaitGroup
	for w := range 8 {
		writers.Go(func() {
			for i := 0; ctx.Err() == nil; i++ {
				key := fmt.Sprintf("%d-%d", w, i)
				if _, err := p.AddEntity(ctx, entity(fmt.Sprint("p", i%3), key, value(i)), nil); err == nil {
					mu.Lock()
					acknowledged[key]++
					mu.Unlock()
				}
			}
		})
	}
	time.Sleep(time.Duration(100+random.IntN(200)) * time.Millisecond)
	r.failover(georep.Unplanned)
	time.Sleep(50 * time.Millisecond)
	cancel()
	writers.Wait()
	r.until("nothing is under way", func() bool { return r.a.Status().UnderWay == 0 })
	there := map[string]bool{}
	for key := range r.rows(p) {
		_, key, _ = strings.Cut(key, "/")
		there[key] = true
	}
	listed := map[string]bool{}
	for _, keys := range r.a.Discarded()[0].Keys {
		for _, key := range keys {
			listed[key] = true
			if there[key] {
				t.Errorf("row %s is listed as lost and is there", key)
			}
		}
	}
	for key := range acknowledged {
		if there[key] == listed[key] {
			t.Errorf("row %s was acknowledged: there %t, listed as lost %t", key, there[key], listed[key])
		}
	}
	t.Logf("%d acknowledged, %d lost", len(acknowledged), len(listed))
}

// TestReplicationUnderLoad: writers on overlapping partitions, with every kind of write; both stores are equal
// afterwards, and no reader of the secondary sees a partition go back.
func TestReplicationUnderLoad(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"none", "uniform 1ms 30ms", "pareto min 1ms alpha 1.5 max 100ms"} {
		r := newRig(t, plan{geo: georep.Options{Seed: 7, Lag: lag(t, text)}})
		p, s := r.table("Orders")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		var writers sync.WaitGroup
		for w := range 8 {
			writers.Go(func() { r.writeMuch(ctx, p, w) })
		}
		writers.Go(func() {
			seen := map[string]string{}
			for ctx.Err() == nil {
				for key, row := range r.rows(s) {
					if at := timestamp(row); at < seen[key] {
						t.Errorf("%s: row %s went back from %s to %s", text, key, seen[key], at)
					} else {
						seen[key] = at
					}
				}
			}
		})
		writers.Wait()
		cancel()
		r.drain()
		r.same(p, s)
	}
}

func (r *rig) writeMuch(ctx context.Context, c *aztables.Client, w int) {
	kinds := []string{"replace", "merge", "delete", "batch", "insert"}
	for i := 0; ctx.Err() == nil; i++ {
		pk, rk := fmt.Sprint("p", (w+i)%3), fmt.Sprint(i*w%5)
		var err error
		switch kinds[(i+w)%len(kinds)] {
		case "replace":
			_, err = c.UpsertEntity(r.t.Context(), entity(pk, rk, map[string]any{fmt.Sprint("r", w): i}),
				&aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace})
		case "merge":
			_, err = c.UpsertEntity(r.t.Context(), entity(pk, rk, map[string]any{fmt.Sprint("m", w): i}), nil)
		case "delete":
			_, err = c.DeleteEntity(r.t.Context(), pk, rk, nil)
		case "batch":
			_, err = c.SubmitTransaction(r.t.Context(), []aztables.TransactionAction{
				{ActionType: aztables.TransactionTypeInsertReplace, Entity: entity(pk, rk, value(i))},
				{ActionType: aztables.TransactionTypeInsertMerge,
					Entity: entity(pk, "in batches", map[string]any{fmt.Sprint("b", w): i})},
			}, nil)
		case "insert":
			_, err = c.AddEntity(r.t.Context(), entity(pk, rk, value(i)), nil)
		}
		if err != nil && !slices.Contains([]string{"Not Found ResourceNotFound", "Conflict EntityAlreadyExists"},
			code(err)) {
			r.t.Errorf("write %d of writer %d: %v", i, w, err)
			return
		}
	}
}
