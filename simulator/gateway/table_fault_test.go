package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/data/aztables"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// isAnswer says whether an error is an answer of the service.
func isAnswer(err error) bool {
	var answer *azcore.ResponseError
	return errors.As(err, &answer)
}

// TestLostAnswers: the write is done, its caller does not hear it. Tried again an insert is 409, an upsert succeeds,
// a batch is applied once.
func TestLostAnswers(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	r.fault("reset after commit if operation=insert times=1", "reset after commit if operation=upsert times=1",
		"status 500 OperationTimedOut after commit if operation=batch times=1")
	_, err := p.AddEntity(t.Context(), entity("a", "1", value(1)), nil)
	if err == nil || isAnswer(err) {
		t.Errorf("the answer of the insert was not lost: %v", err)
	}
	_, err = p.AddEntity(t.Context(), entity("a", "1", value(1)), nil)
	r.refused(err, "Conflict EntityAlreadyExists")
	// an upsert that merges has another name
	if _, err := p.UpsertEntity(t.Context(), entity("a", "2", value(1)), nil); err != nil {
		t.Fatal(err)
	}
	replace := &aztables.UpsertEntityOptions{UpdateMode: aztables.UpdateModeReplace}
	if _, err := p.UpsertEntity(t.Context(), entity("a", "3", value(1)), replace); err == nil || isAnswer(err) {
		t.Errorf("the answer of the upsert was not lost: %v", err)
	}
	if _, err := p.UpsertEntity(t.Context(), entity("a", "3", value(2)), replace); err != nil {
		t.Errorf("the upsert tried again: %v", err)
	}
	_, err = p.SubmitTransaction(t.Context(), inserts("b", "1", "2"), nil)
	r.refused(err, "Internal Server Error OperationTimedOut")
	if _, err = p.SubmitTransaction(t.Context(), inserts("b", "1", "2"), nil); err == nil {
		t.Error("a batch of inserts was applied twice")
	}
	r.drain()
	r.same(p, s)
	if n := len(r.rows(s)); n != 5 {
		t.Errorf("%d rows, want 5", n)
	}
	lost := r.told("lost-answer")
	if len(lost) != 3 {
		t.Fatalf("the truth stream tells of %d lost answers, want 3: %+v", len(lost), lost)
	}
	for i, operation := range []string{"insert", "upsert", "batch"} {
		if e := lost[i]; e.Call == nil || e.Call.Operation != operation || e.Entry == nil || e.Entry.Seq == 0 {
			t.Errorf("lost answer %d: %+v", i, e)
		}
	}
}

// TestFaultsBeforeTheStorage change nothing.
func TestFaultsBeforeTheStorage(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, _ := r.table("Orders")
	r.fault("reset if operation=insert times=1", "status 503 ServerBusy if operation=insert times=1",
		"hang if operation=insert times=1")
	if _, err := p.AddEntity(t.Context(), entity("a", "1", value(1)), nil); err == nil || isAnswer(err) {
		t.Errorf("not reset: %v", err)
	}
	_, err := p.AddEntity(t.Context(), entity("a", "1", value(1)), nil)
	r.refused(err, "Service Unavailable ServerBusy")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.AddEntity(ctx, entity("a", "1", value(1)), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("did not hang: %v", err)
	}
	if got := r.read(p, "a", "1"); got != "" {
		t.Errorf("the row is there: %q", got)
	}
	r.until("nothing is under way", func() bool { return r.a.Status().UnderWay == 0 })
	if _, err := p.AddEntity(t.Context(), entity("a", "1", value(1)), nil); err != nil {
		t.Error(err)
	}
}

// TestNetworkFaults: a request that does not arrive does nothing; one whose answer does not arrive does.
func TestNetworkFaults(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	for i, f := range []inject.How{inject.Refuse, inject.Torn, inject.Busy} {
		id := r.begin(network.Outage{To: "east", Parts: []network.Part{network.Table}, How: f})
		_, err := p.AddEntity(t.Context(), entity("a", fmt.Sprint(f), value(1)), nil)
		if err == nil || isAnswer(err) != (f == inject.Busy) {
			t.Errorf("%s on the way there: %v", f, err)
		}
		r.end(id)
		id = r.begin(network.Outage{From: "east", To: network.Outside, How: f})
		_, err = p.AddEntity(t.Context(), entity("b", fmt.Sprint(f), value(1)), nil)
		if err == nil || isAnswer(err) != (f == inject.Busy) {
			t.Errorf("%s on the way back: %v", f, err)
		}
		r.end(id)
		if there, back := r.read(p, "a", fmt.Sprint(f)), r.read(p, "b", fmt.Sprint(f)); there != "" || back != "1" {
			t.Errorf("%s: on the way there wrote %q, on the way back %q", f, there, back)
		}
		if n := len(r.told("lost-answer")); n != i+1 {
			t.Errorf("%d lost answers are told, want %d", n, i+1)
		}
	}
	r.drain()
	r.same(p, s)
}

func (r *rig) begin(o network.Outage) string {
	r.t.Helper()
	id, err := r.net.Begin(o)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *rig) end(id string) {
	r.t.Helper()
	if err := r.net.End(id); err != nil {
		r.t.Fatal(err)
	}
}

// TestHangingPathHeals: who waited gets its answer when the path has healed, in both directions.
func TestHangingPathHeals(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, _ := r.table("Orders")
	for i, o := range []network.Outage{{To: "east", How: inject.Silent},
		{From: "east", To: network.Outside, How: inject.Silent}} {
		id := r.begin(o)
		done := make(chan error, 1)
		go func() {
			_, err := p.AddEntity(t.Context(), entity("a", fmt.Sprint(i), value(1)), nil)
			done <- err
		}()
		select {
		case err := <-done:
			t.Errorf("answered over a path that hangs: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
		r.end(id)
		if err := <-done; err != nil {
			t.Errorf("after healing: %v", err)
		}
	}
}

// TestClientThatLeaves in the middle of a write leaves no doubt in the log: whatever the primary has comes to the
// secondary.
func TestClientThatLeaves(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() {
			for i := range 25 {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%10)*200*time.Microsecond)
				// whether it did is what the stores say
				_, _ = p.UpsertEntity(ctx, entity(fmt.Sprint("p", w%2), fmt.Sprint(i), value(w)), nil)
				cancel()
			}
		})
	}
	writers.Wait()
	r.until("nothing is under way", func() bool { return r.a.Status().UnderWay == 0 })
	r.drain()
	r.same(p, s)
}

// TestHalfABody holds nothing for ever: the write is given up when its caller goes away.
func TestHalfABody(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	r.table("Orders")
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.front[network.Outside].URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(conn, "POST /%s/Orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nContent-Type: "+
		"application/json\r\n\r\n{", r.a.Name())
	r.until("it has arrived", func() bool { return r.a.Status().UnderWay == 1 })
	_ = conn.Close()
	r.until("it is given up", func() bool { return r.a.Status().UnderWay == 0 })
}

// ownEast is a rig whose primary is an Azurite of its own, which a test may hurt.
func ownEast(t *testing.T) *rig {
	t.Helper()
	return newRig(t, plan{own: map[georep.Region]*azurite.Server{"east": azuritetest.Require(t, azurite.Options{})}})
}

// TestUnknownBatchOfDeletes: a batch of which nothing came because one of its rows was not there, and whose answer
// was lost, has deleted nothing; one that was done has deleted all.
func TestUnknownBatchOfDeletes(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	store := queueStore(r.servers["east"])
	var after *atomic.Int32
	store.Table, _, after = dropAnswers(t, store.Table)
	if err := r.g.SetStore("east", store); err != nil {
		t.Fatal(err)
	}
	lose := func(keys ...string) {
		t.Helper()
		var actions []aztables.TransactionAction
		for _, key := range keys {
			actions = append(actions, aztables.TransactionAction{ActionType: aztables.TransactionTypeDelete,
				Entity: entity("a", key, nil)})
		}
		after.Store(1)
		if _, err := p.SubmitTransaction(t.Context(), actions, nil); err == nil || isAnswer(err) {
			t.Errorf("the answer was not lost: %v", err)
		}
		r.until("it is known", func() bool { return r.a.Status().UnderWay == 0 })
		r.drain()
	}
	r.batch(p, "a", "1", "2")
	lose("0", "1", "2")
	if got := r.read(p, "a", "1") + r.read(p, "a", "2"); got != "77" {
		t.Fatalf("the primary has %q of a batch that it refused", got)
	}
	r.same(p, s)
	lose("1", "2")
	if n := len(r.rows(p)); n != 0 {
		t.Errorf("the primary has %d rows", n)
	}
	r.same(p, s)
}

// TestPausedStore: a write that the store does not answer is done when the store goes on; its caller may have left,
// the log has it.
func TestPausedStore(t *testing.T) {
	t.Parallel()
	r := ownEast(t)
	p, s := r.table("Orders")
	if err := r.servers["east"].Pause(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := p.AddEntity(ctx, entity("a", "1", value(1)), nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a store that is paused answered: %v", err)
	}
	if n := r.a.Status().UnderWay; n != 1 {
		t.Errorf("%d writes are under way, want the one whose outcome is open", n)
	}
	if err := r.servers["east"].Resume(); err != nil {
		t.Fatal(err)
	}
	r.drain()
	if got := r.read(s, "a", "1"); got != "1" {
		t.Errorf("the secondary has %q", got)
	}
	r.same(p, s)
	// whether the gateway has heard that its caller left when the store goes on is a matter of microseconds
	told := slices.DeleteFunc(append(r.told("lost-answer"), r.told("answered")...), func(e Event) bool {
		return e.Entry == nil || e.Call == nil || e.Call.Operation != "insert"
	})
	if len(told) != 1 {
		t.Errorf("of the answer is told: %+v", told)
	}
}

// TestKilledStore: a write whose store was killed before it answered is looked for when there is a store again, and
// is not in the log when it is not there.
func TestKilledStore(t *testing.T) {
	t.Parallel()
	r := ownEast(t)
	p, s := r.table("Orders")
	r.upsert(p, "a", "0", 0)
	r.drain()
	if err := r.servers["east"].Pause(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := p.AddEntity(t.Context(), entity("a", "1", value(1)), nil)
		done <- err
	}()
	r.until("the write is under way", func() bool { return r.a.Status().UnderWay == 1 })
	// until it is with the store; if it is not yet, it was not sent, and that is right too
	time.Sleep(50 * time.Millisecond)
	r.servers["east"].Kill()
	if err := <-done; err == nil || isAnswer(err) {
		t.Errorf("a write to a store that was killed: %v", err)
	}
	if err := r.servers["east"].Restart(t.Context()); err != nil { // it kept nothing: it was in memory
		t.Fatal(err)
	}
	r.until("the write is known not to be there", func() bool { return r.a.Status().UnderWay == 0 })
	r.drain()
	if got := r.read(s, "a", "1") + r.read(s, "a", "0"); got != "0" {
		t.Errorf("the secondary has %q, want the row before only", got)
	}
}

// TestUnplannedFailoverOfAStoreThatHangs does not wait for it: the write it never answered is not in the log, and
// nobody was promised anything.
func TestUnplannedFailoverOfAStoreThatHangs(t *testing.T) {
	t.Parallel()
	r := ownEast(t)
	p, _ := r.table("Orders")
	r.upsert(p, "a", "0", 0)
	r.drain()
	if err := r.servers["east"].Pause(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := p.AddEntity(t.Context(), entity("a", "1", value(1)), nil)
		done <- err
	}()
	r.until("the write is under way", func() bool { return r.a.Status().UnderWay == 1 })
	r.failover(georep.Unplanned)
	if err := <-done; err == nil || isAnswer(err) {
		t.Errorf("the write that was cut off: %v", err)
	}
	if got := r.read(p, "a", "0") + r.read(p, "a", "1"); got != "0" {
		t.Errorf("the new primary has %q", got)
	}
	if err := r.servers["east"].Resume(); err != nil {
		t.Fatal(err)
	}
	r.until("the old copy is deleted", func() bool { return len(r.told("wiped")) == 1 })
	direct := tableService(t, r.account, r.servers["east"].TableURL(r.account.Name))
	page, err := direct.NewListTablesPager(nil).NextPage(t.Context())
	if err != nil || len(page.Tables) != 0 {
		t.Errorf("the old primary still has %d tables (%v)", len(page.Tables), err)
	}
}

// TestCloseDoesNotWaitForAStoreThatHangs.
func TestCloseDoesNotWaitForAStoreThatHangs(t *testing.T) {
	t.Parallel()
	r := ownEast(t)
	p, _ := r.table("Orders")
	if err := r.servers["east"].Pause(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := p.AddEntity(t.Context(), entity("a", "1", value(1)), nil)
		done <- err
	}()
	r.until("the write is under way", func() bool { return r.a.Status().UnderWay == 1 })
	closed := make(chan error, 1)
	go func() { closed <- r.g.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(guard):
		t.Fatal("Close waits for a store that hangs")
	}
	if err := <-done; err == nil {
		t.Error("a write to a store that hangs succeeded")
	}
}

// TestPrimaryDate: the Date header is the gateway's.
func TestDateHeader(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	req, _ := http.NewRequest(http.MethodGet, r.url(network.Outside)+"/Tables", nil)
	resp := r.send(req)
	_, _ = io.Copy(io.Discard, resp.Body)
	if at, err := http.ParseTime(resp.Header.Get("Date")); err != nil || time.Since(at) > guard {
		t.Errorf("Date: %v (%v)", at, err)
	}
}

// TestUnknownSettings: access policies whose request never reached the store are set by the time that the secondary
// has everything; such as the store refuses are nowhere, and do not keep the others from the secondary.
func TestUnknownSettings(t *testing.T) {
	t.Parallel()
	r := newRig(t, plan{})
	p, s := r.table("Orders")
	store := queueStore(r.servers["east"])
	var before *atomic.Int32
	store.Table, before, _ = dropAnswers(t, store.Table)
	if err := r.g.SetStore("east", store); err != nil {
		t.Fatal(err)
	}
	set := func(id, permission string) {
		t.Helper()
		before.Store(1)
		expires := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		_, err := p.SetAccessPolicy(t.Context(), &aztables.SetAccessPolicyOptions{
			TableACL: []*aztables.SignedIdentifier{{
				ID: to.Ptr(id),
				AccessPolicy: &aztables.AccessPolicy{Start: &expires, Expiry: &expires,
					Permission: to.Ptr(permission)}}}})
		if err == nil || isAnswer(err) {
			t.Fatalf("the request was not lost: %v", err)
		}
		r.until("it is known", func() bool { return r.a.Status().UnderWay == 0 })
	}
	policies := func(c *aztables.Client) (ids []string) {
		t.Helper()
		got, err := c.GetAccessPolicy(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, policy := range got.SignedIdentifiers {
			ids = append(ids, *policy.ID)
		}
		return ids
	}
	set("readers", "r")
	r.drain()
	if got, want := policies(s), []string{"readers"}; !slices.Equal(got, want) || !slices.Equal(policies(p), want) {
		t.Errorf("policies %q at the secondary, %q at the primary, want %q", got, policies(p), want)
	}
	set("wrong", "no permission")
	r.upsert(p, "a", "1", 1)
	r.drain()
	if got := r.read(s, "a", "1"); got != "1" {
		t.Errorf("the secondary has %q of what was written after it", got)
	}
	if got, want := policies(s), []string{"readers"}; !slices.Equal(got, want) {
		t.Errorf("policies %q at the secondary, want %q", got, want)
	}
}
