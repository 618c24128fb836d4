package gateway

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2/sas"
	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/georep"
	"tidemark/simulator/wire/sharedkey"
)

// TestQueueKeepsItsMessagesThroughFailovers: ids, times, counts and texts are those of the first primary, in both
// regions and after each promotion; receipts are not.
func TestQueueKeepsItsMessagesThroughFailovers(t *testing.T) {
	t.Parallel()
	r := newQueueRig(t, false)
	jobs := r.makeQueue("jobs")
	first, _ := r.put("jobs", "first")
	second, _ := r.put("jobs", "second")
	_, stale, _ := r.get("jobs", 1) // the first
	r.drain()
	for turn, region := range []georep.Region{"west", "east"} {
		r.failover(georep.Planned)
		if got := r.a.Status().Primary; got != region {
			t.Fatalf("turn %d: primary %s, want %s", turn, got, region)
		}
		_, err := jobs.DeleteMessage(t.Context(), first, stale, nil)
		if got := code(err); got != "Bad Request PopReceiptMismatch" {
			t.Errorf("turn %d: delete with a receipt of the other region: %q", turn, got)
		}
		r.until("both show again", func() bool { return len(r.peek(r.primary(), "jobs")) == 2 })
		id, receipt, dequeues := r.get("jobs", 1)
		for id != first {
			r.until("the first is received", func() bool { id, receipt, dequeues = r.get("jobs", 1); return id != "" })
		}
		if want := int64(turn + 2); dequeues < want {
			t.Errorf("turn %d: dequeue count %d, want at least %d", turn, dequeues, want)
		}
		answer := must[azqueue.UpdateMessageResponse](t)(jobs.UpdateMessage(t.Context(), first, receipt, "again", nil))
		stale = *answer.PopReceipt
		r.until("both show", func() bool { return len(r.peek(r.primary(), "jobs")) == 2 })
		r.drain()
		sameMessages(t, r, "jobs", "turn", first, second)
	}
	metadata := must[azqueue.GetQueuePropertiesResponse](t)(r.secondary().NewQueueClient("jobs").
		GetProperties(t.Context(), nil))
	if v := metadata.Metadata["Key"]; v == nil || *v != "Value" {
		t.Errorf("metadata at the secondary: %v", metadata.Metadata)
	}
	must[azqueue.DeleteMessageResponse](t)(jobs.DeleteMessage(t.Context(), first, stale, nil))
	r.drain()
	sameMessages(t, r, "jobs", "deleted", second)
}

// sameMessages waits until both endpoints show these messages, and compares them.
func sameMessages(t *testing.T, r *queueRig, queue, when string, ids ...string) {
	t.Helper()
	var primary, secondary []shown
	byID := func(a, b shown) int { return slices.Compare([]byte(a.ID), []byte(b.ID)) }
	r.until(when+": both show all", func() bool {
		primary, secondary = r.peek(r.primary(), queue), r.peek(r.secondary(), queue)
		return len(primary) >= len(ids) && len(secondary) >= len(ids)
	})
	slices.SortFunc(primary, byID)
	slices.SortFunc(secondary, byID)
	if diff := cmp.Diff(primary, secondary); diff != "" {
		t.Errorf("%s: primary -, secondary +:\n%s", when, diff)
	}
	var got []string
	for _, m := range primary {
		got = append(got, m.ID)
	}
	slices.Sort(ids)
	if diff := cmp.Diff(ids, got); diff != "" {
		t.Errorf("%s: ids: want -, got +:\n%s", when, diff)
	}
}

// TestQueueUnplannedFailover: a Put that had not arrived is gone and listed, a Delete that had not leaves a ghost, a
// Get that had not delivers again; then the account is LRS, and a bootstrap makes the copy anew.
func TestQueueUnplannedFailover(t *testing.T) {
	t.Parallel()
	r := newQueueRig(t, false)
	jobs := r.makeQueue("jobs")
	r.makeQueue("empty")
	ghost, receipt := r.put("jobs", "ghost")
	again, _ := r.put("jobs", "again")
	r.drain()
	r.a.Pause(georep.Scope{Service: georep.Queue})
	must[azqueue.DeleteMessageResponse](t)(jobs.DeleteMessage(t.Context(), ghost, receipt, nil))
	taken, _, _ := r.get("jobs", 600)
	lost, _ := r.put("jobs", "lost")
	r.makeQueue("late")
	if taken != again {
		t.Fatalf("received %s, want %s", taken, again)
	}
	r.failover(georep.Unplanned)

	losses := r.a.Discarded()
	if len(losses) != 1 {
		t.Fatalf("%d losses, want 1", len(losses))
	}
	var keys [][]string
	for _, e := range losses[0].Entries {
		keys = append(keys, losses[0].Keys[e.Seq])
		if e.At.Before(losses[0].LastSync[georep.Queue]) {
			t.Errorf("discarded %v is older than the Last Sync Time %v", e, losses[0].LastSync)
		}
	}
	if diff := cmp.Diff([][]string{{ghost}, {again}, {lost}, {"late"}}, keys); diff != "" {
		t.Errorf("discarded: want -, got +:\n%s", diff)
	}
	if _, err := r.secondary().NewQueueClient("jobs").
		PeekMessages(t.Context(), nil); code(err) != "Forbidden InsufficientAccountPermissions" {
		t.Errorf("-secondary of an LRS account: %v", err)
	}
	if _, err := r.primary().NewQueueClient("late").PeekMessages(t.Context(),
		nil); code(err) != "Not Found QueueNotFound" {
		t.Errorf("a queue whose creation was discarded: %v", err)
	}
	if got := r.peek(r.primary(), "jobs"); len(got) != 2 || got[0].ID != ghost || got[1].ID != again ||
		got[1].Dequeues != 0 {
		t.Errorf("after the failover: %+v, want the ghost %s and %s anew", got, ghost, again)
	}
	_, err := jobs.DeleteMessage(t.Context(), lost, "AAAA", nil)
	if got := code(err); got != "Not Found MessageNotFound" {
		t.Errorf("delete of what was lost: %q", got)
	}
	if id, _, n := r.get("jobs", 1); id != ghost || n != 1 {
		t.Errorf("received %s for the time %d, want the ghost %s for the first", id, n, ghost)
	}
	r.until("the old primary's queues are deleted", func() bool {
		_, err := r.client(r.east.QueueURL(r.a.Name())).NewQueueClient("jobs").PeekMessages(t.Context(), nil)
		return code(err) == "Not Found QueueNotFound"
	})
	hidden, _ := r.put("jobs", "hidden")
	if _, _, n := r.get("jobs", 3); n == 0 { // again
		t.Error("nothing received")
	}

	r.a.Resume(georep.Scope{Service: georep.Queue})
	if err := r.a.Reenable("east"); err != nil {
		t.Fatal(err)
	}
	r.until("live", func() bool { return r.a.Stats(georep.Queue).State == georep.Live })
	r.drain()
	sameMessages(t, r, "jobs", "after the bootstrap", ghost, again, hidden)
	if got := r.peek(r.secondary(), "empty"); len(got) != 0 {
		t.Errorf("the empty queue has %+v", got)
	}
	r.failover(georep.Planned)
	if id, receipt, _ := r.get("jobs", 60); id == "" {
		t.Error("nothing received after failing back")
	} else {
		must[azqueue.DeleteMessageResponse](t)(jobs.DeleteMessage(t.Context(), id, receipt, nil))
	}
}

// TestQueueIDsOfTheOtherRegionNeedTheCallersOwnRight: a message that has another id in the region that serves now is
// named by that one, for a shared key that is right and for a SAS; a wrong signature stays wrong.
func TestQueueIDsOfTheOtherRegionNeedTheCallersOwnRight(t *testing.T) {
	t.Parallel()
	r := newQueueRig(t, false)
	r.makeQueue("jobs")
	id, _ := r.put("jobs", "one")
	r.put("jobs", "two")
	r.drain()
	r.failover(georep.Planned)
	_, receipt, _ := r.get("jobs", 600)

	wrong, err := sharedkey.New(r.a.Name(), "d3Jvbmc=")
	if err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequest(http.MethodDelete, r.server.URL+"/"+r.a.Name()+"/jobs/messages/"+id+"?popreceipt="+
		receipt, nil)
	request.RequestURI = ""
	wrong.SignQueue(request)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("delete with a wrong key: %s, want 403", answer.Status)
	}

	cred, err := azqueue.NewSharedKeyCredential(r.a.Name(), r.a.Key())
	if err != nil {
		t.Fatal(err)
	}
	query, err := sas.QueueSignatureValues{QueueName: "jobs", Protocol: sas.ProtocolHTTPSandHTTP,
		ExpiryTime:  time.Now().UTC().Add(time.Hour),
		Permissions: (&sas.QueuePermissions{Process: true}).String()}.SignWithSharedKey(cred)
	if err != nil {
		t.Fatal(err)
	}
	endpoint := r.server.URL + "/" + r.a.Name() + "/jobs?" + query.Encode()
	c, err := azqueue.NewQueueClientWithNoCredential(endpoint,
		&azqueue.ClientOptions{ClientOptions: policy.ClientOptions{Retry: once}})
	if err != nil {
		t.Fatal(err)
	}
	must[azqueue.DeleteMessageResponse](t)(c.DeleteMessage(t.Context(), id, receipt, nil))
	r.drain()
	if got := r.peek(r.secondary(), "jobs"); len(got) != 1 {
		t.Errorf("after the delete the secondary shows %+v", got)
	}
}

// TestQueueServicePropertiesAreReplicated, and copied by a bootstrap.
func TestQueueServicePropertiesAreReplicated(t *testing.T) {
	t.Parallel()
	r := newQueueRig(t, false)
	set := func(days int32) {
		t.Helper()
		yes, version := true, "1.0"
		_, err := r.primary().SetProperties(t.Context(), &azqueue.SetPropertiesOptions{
			HourMetrics: &azqueue.Metrics{Enabled: &yes, IncludeAPIs: &yes, Version: &version,
				RetentionPolicy: &azqueue.RetentionPolicy{Enabled: &yes, Days: &days}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	kept := func(when string, want int32) {
		t.Helper()
		got := must[azqueue.GetServicePropertiesResponse](t)(r.secondary().GetServiceProperties(t.Context(), nil))
		var days int32
		if m := got.HourMetrics; m != nil && m.RetentionPolicy != nil && m.RetentionPolicy.Days != nil {
			days = *m.RetentionPolicy.Days
		}
		if days != want {
			t.Errorf("%s: metrics are kept for %d days at the secondary, want %d", when, days, want)
		}
	}
	r.a.Pause(georep.Scope{})
	set(7)
	kept("before it arrives", 0)
	r.a.Resume(georep.Scope{})
	r.drain()
	kept("replicated", 7)
	r.failover(georep.Unplanned)
	set(8)
	if err := r.a.Reenable("east"); err != nil {
		t.Fatal(err)
	}
	r.drain()
	kept("copied", 8)
}
