package gateway

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/wire/sharedkey"
)

// sendQueue sends a request signed with the account's key.
func (r *queueRig) sendQueue(method, target, body string, header map[string]string) (*http.Response, string) {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for name, value := range header {
		request.Header.Set(name, value)
	}
	key, err := sharedkey.New(r.a.Name(), r.a.Key())
	if err != nil {
		r.t.Fatal(err)
	}
	key.SignQueue(request)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer, string(text)
}

func TestQueueSecondaryTakesReadsOnly(t *testing.T) {
	t.Parallel()
	r := newQueueRig(t, false)
	jobs := r.makeQueue("jobs")
	id, receipt := r.put("jobs", "text")
	r.drain()
	secondary := r.secondary().NewQueueClient("jobs")
	ctx, value := t.Context(), "v"
	for operation, call := range map[string]func() error{
		inject.CreateQueue: func() error { _, err := r.secondary().CreateQueue(ctx, "more", nil); return err },
		inject.DeleteQueue: func() error { _, err := r.secondary().DeleteQueue(ctx, "jobs", nil); return err },
		inject.PutMessage:  func() error { _, err := secondary.EnqueueMessage(ctx, "x", nil); return err },
		inject.GetMessages: func() error { _, err := secondary.DequeueMessage(ctx, nil); return err },
		inject.UpdateMessage: func() error {
			_, err := secondary.UpdateMessage(ctx, id, receipt, "x",
				nil)
			return err
		},
		inject.DeleteMessage: func() error { _, err := secondary.DeleteMessage(ctx, id, receipt, nil); return err },
		inject.ClearMessages: func() error { _, err := secondary.ClearMessages(ctx, nil); return err },
		inject.QueueMetadata: func() error {
			_, err := secondary.SetMetadata(ctx, &azqueue.SetMetadataOptions{Metadata: map[string]*string{"k": &value}})
			return err
		},
		inject.ACL:        func() error { _, err := secondary.SetAccessPolicy(ctx, nil); return err },
		inject.Properties: func() error { _, err := r.secondary().SetProperties(ctx, nil); return err },
	} {
		err := call()
		if got := code(err); got != "Forbidden InsufficientAccountPermissions" ||
			!strings.Contains(err.Error(), messageSecondaryWrite) {
			t.Errorf("%s at the secondary: %v", operation, err)
		}
	}
	sameMessages(t, r, "jobs", "after the refusals", id)
	properties := must[azqueue.GetQueuePropertiesResponse](t)(secondary.GetProperties(ctx, nil))
	if v := properties.Metadata["Key"]; v == nil || *v != "Value" || *properties.ApproximateMessagesCount != 1 {
		t.Errorf("properties at the secondary: %v, %d messages", properties.Metadata,
			*properties.ApproximateMessagesCount)
	}
	page := must[azqueue.ListQueuesResponse](t)(r.secondary().NewListQueuesPager(nil).NextPage(ctx))
	if len(page.Queues) != 1 || *page.Queues[0].Name != "jobs" || *page.ServiceEndpoint != r.server.URL+"/"+r.a.Name()+
		"-secondary" {
		t.Errorf("queues at the secondary: %+v at %s", page.Queues, *page.ServiceEndpoint)
	}

	// New metadata and access policies arrive too.
	policy, permission := "reader", "r"
	must[azqueue.SetMetadataResponse](t)(jobs.SetMetadata(ctx,
		&azqueue.SetMetadataOptions{Metadata: map[string]*string{"other": &value}}))
	must[azqueue.SetAccessPolicyResponse](t)(jobs.SetAccessPolicy(ctx, &azqueue.SetAccessPolicyOptions{
		QueueACL: []*azqueue.SignedIdentifier{{ID: &policy,
			AccessPolicy: &azqueue.AccessPolicy{Permission: &permission}}}}))
	r.drain()
	properties = must[azqueue.GetQueuePropertiesResponse](t)(secondary.GetProperties(ctx, nil))
	if v := properties.Metadata["Other"]; v == nil || *v != "v" || len(properties.Metadata) != 1 {
		t.Errorf("new metadata at the secondary: %v", properties.Metadata)
	}
	acl := must[azqueue.GetAccessPolicyResponse](t)(secondary.GetAccessPolicy(ctx, nil))
	if len(acl.SignedIdentifiers) != 1 || *acl.SignedIdentifiers[0].ID != policy {
		t.Errorf("access policies at the secondary: %+v", acl.SignedIdentifiers)
	}
}

// TestQueueStats: the queue service has a Last Sync Time of its own, which stays before a write that has not arrived.
func TestQueueStats(t *testing.T) {
	t.Parallel()
	r := newQueueRig(t, false)
	r.makeQueue("jobs")
	r.drain()
	r.a.Pause(georep.Scope{Service: georep.Queue})
	r.put("jobs", "missing")
	missing := r.a.Missing()
	if len(missing) != 1 || missing[0].Partition != (georep.Partition{Service: georep.Queue, Container: "jobs"}) {
		t.Fatalf("missing %+v", missing)
	}
	time.Sleep(time.Until(missing[0].At.Truncate(time.Second).Add(1100 * time.Millisecond)))
	queue := must[azqueue.GetStatisticsResponse](t)(r.secondary().GetStatistics(t.Context(), nil))
	if *queue.GeoReplication.Status != azqueue.GeoReplicationStatusLive ||
		queue.GeoReplication.LastSyncTime.After(missing[0].At) {
		t.Errorf("statistics %v %v; a write of %v is missing", *queue.GeoReplication.Status,
			queue.GeoReplication.LastSyncTime, missing[0].At)
	}
	if table := r.a.Stats(georep.Table).LastSync; !table.After(*queue.GeoReplication.LastSyncTime) {
		t.Errorf("the table service's Last Sync Time %v is held back by a queue's %v", table,
			queue.GeoReplication.LastSyncTime)
	}
	if _, err := r.primary().GetStatistics(t.Context(), nil); code(err) != "Bad Request InvalidQueryParameterValue" {
		t.Errorf("statistics of the primary: %v", err)
	}
	r.a.SetUnavailable(true)
	answer, body := r.sendQueue("GET", r.server.URL+"/"+r.a.Name()+"-secondary?restype=service&comp=stats", "", nil)
	if answer.StatusCode != http.StatusOK || !strings.Contains(body,
		"<Status>unavailable</Status><LastSyncTime></LastSyncTime>") {
		t.Errorf("unavailable: %s %s", answer.Status, body)
	}
}

// TestQueueLimits: what the service refuses, and what Azurite alone does with it.
func TestQueueLimits(t *testing.T) {
	t.Parallel()
	r, local := newQueueRig(t, false), newQueueRig(t, true)
	r.makeQueue("jobs")
	local.makeQueue("jobs")
	const message = "<QueueMessage><MessageText>x</MessageText></QueueMessage>"
	long := map[string]string{"x-ms-version": "2016-05-31"}
	for _, c := range []struct {
		method, path, body string
		header             map[string]string
		want               string // status and code
		alone              string // of Azurite; "" is the same
	}{
		{"PUT", "/a%7Cb", "", nil, "400 InvalidResourceName", "201 "},
		{"PUT", "/q1", "", nil, "400 OutOfRangeInput", ""},
		{"PUT", "/a--b", "", nil, "400 InvalidResourceName", ""},
		{"PUT", "/Abc", "", nil, "400 InvalidResourceName", ""},
		{"PUT", "/" + strings.Repeat("a", 64), "", nil, "400 OutOfRangeInput", ""},
		{"PUT", "/more", "", map[string]string{"x-ms-meta-1a": "x"}, "400 InvalidMetadata", "201 "},
		{"POST", "/jobs/messages", "", nil, "400 InvalidXmlDocument", ""},
		{"POST", "/jobs/messages", "<QueueMessage><Mess", nil, "400 InvalidXmlDocument", "400 "},
		{"POST", "/jobs/messages", "<QueueMessage><MessageText>a<b/></MessageText></QueueMessage>", nil,
			"400 InvalidXmlDocument", "400 "},
		{"POST", "/jobs/messages", "<QueueMessage><MessageText>" + strings.Repeat("x", 64<<10+1) +
			"</MessageText></QueueMessage>", nil, "413 RequestBodyTooLarge", ""},
		{"POST", "/jobs/messages", "<QueueMessage><MessageText>" + strings.Repeat("x", 64<<10) +
			"</MessageText></QueueMessage>", nil, "201 ", ""},
		{"POST", "/jobs/messages?messagettl=0", message, nil, "400 InvalidQueryParameterValue", ""},
		{"POST", "/jobs/messages?messagettl=-2", message, nil, "400 InvalidQueryParameterValue", "400 "},
		{"POST", "/jobs/messages?messagettl=1.5", message, nil, "400 InvalidQueryParameterValue", "201 "},
		{"POST", "/jobs/messages?messagettl=700000", message, nil, "201 ", ""},
		{"POST", "/jobs/messages?messagettl=700000", message, long, "400 OutOfRangeQueryParameterValue", "201 "},
		{"POST", "/jobs/messages?visibilitytimeout=604800", message, nil, "400 InvalidQueryParameterValue", "201 "},
		{"POST", "/jobs/messages?visibilitytimeout=604801", message, nil, "400 OutOfRangeQueryParameterValue", ""},
		{"POST", "/jobs/messages?visibilitytimeout=5&messagettl=5", message, nil, "400 InvalidQueryParameterValue", ""},
		{"POST", "/jobs/messages?visibilitytimeout=abc", message, nil, "400 InvalidQueryParameterValue", "400 "},
		{"GET", "/jobs/messages?numofmessages=0", "", nil, "400 OutOfRangeQueryParameterValue", "400 "},
		{"GET", "/jobs/messages?numofmessages=33", "", nil, "400 OutOfRangeQueryParameterValue", ""},
		{"GET", "/jobs/messages?numofmessages=33&peekonly=true", "", nil, "400 OutOfRangeQueryParameterValue", ""},
		{"GET", "/jobs/messages?numofmessages=x", "", nil, "400 InvalidQueryParameterValue", "400 "},
		{"GET", "/jobs/messages?visibilitytimeout=0", "", nil, "400 OutOfRangeQueryParameterValue", ""},
		{"GET", "/jobs/messages?visibilitytimeout=604801", "", nil, "400 OutOfRangeQueryParameterValue", ""},
		{"PUT", "/jobs/messages/none?popreceipt=abc", message, nil, "400 MissingRequiredQueryParameter", "400 "},
		{"PUT", "/jobs/messages/none?popreceipt=abc&visibilitytimeout=604801", message, nil,
			"400 OutOfRangeQueryParameterValue", ""},
		{"DELETE", "/jobs/messages/none", "", nil, "400 MissingRequiredQueryParameter", "400 "},
		{"DELETE", "/jobs/messages/none?popreceipt=abc", "", nil, "404 MessageNotFound", ""},
		{"GET", "?comp=list&maxresults=0", "", nil, "400 OutOfRangeQueryParameterValue", "400 "},
	} {
		for what, at := range map[string]string{
			"geo": r.server.URL + "/" + r.a.Name(), "local": local.server.URL + "/" + local.a.Name(),
			"alone": local.west.QueueURL(local.a.Name()),
		} {
			rig, want := local, c.want
			if what == "geo" {
				rig = r
			}
			if what == "alone" && c.alone != "" {
				want = c.alone
			}
			if what == "alone" && strings.HasPrefix(c.path, "/jobs") {
				rig.sendQueue("PUT", at+"/jobs", "", nil)
			}
			answer, body := rig.sendQueue(c.method, at+c.path, c.body, c.header)
			if got := answer.Status[:4] + answer.Header.Get("x-ms-error-code"); got != want {
				t.Errorf("%s: %s %s %.40q: %s, want %s\n%s", what, c.method, c.path, c.body, got, want, body)
			}
		}
	}
	if status := r.a.Status(); status.UnderWay != 0 {
		t.Errorf("refusals left %d writes under way", status.UnderWay)
	}
}

func TestQueueLocalAccountIsPassedThrough(t *testing.T) {
	t.Parallel()
	r := newQueueRig(t, true)
	jobs := r.makeQueue("jobs")
	id, receipt := r.put("jobs", "text")
	alone := r.client(r.east.QueueURL(r.a.Name()))
	if got := r.peek(alone, "jobs"); len(got) != 1 || got[0].ID != id || got[0].Text != "text" {
		t.Errorf("Azurite has %+v", got)
	}
	if _, err := r.secondary().NewQueueClient("jobs").
		PeekMessages(t.Context(), nil); code(err) != "Forbidden InsufficientAccountPermissions" ||
		!strings.Contains(err.Error(), messageNoSecondary) {
		t.Errorf("-secondary of a local account: %v", err)
	}
	must[azqueue.DeleteMessageResponse](t)(jobs.DeleteMessage(t.Context(), id, receipt, nil))
	if status := r.a.Status(); status.Commits != 0 {
		t.Errorf("a local account logged %d entries", status.Commits)
	}
}

// TestQueueLostAnswer: the message is there once, and in the log, though its sender was told nothing.
func TestQueueLostAnswer(t *testing.T) {
	t.Parallel()
	r := newQueueRig(t, false)
	r.makeQueue("jobs")
	if err := r.faults.Set([]inject.Rule{{Name: "lose", If: inject.Match{Operation: inject.PutMessage}, After: true,
		Action: inject.Reset,
		Times:  1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.primary().NewQueueClient("jobs").EnqueueMessage(t.Context(), "text", nil); err == nil ||
		code(err) == "" {
		t.Fatalf("the answer was not lost: %v", err)
	}
	r.drain()
	got := r.peek(r.primary(), "jobs")
	if len(got) != 1 {
		t.Fatalf("the primary shows %+v, want one message", got)
	}
	sameMessages(t, r, "jobs", "lost", got[0].ID)
	if err := r.faults.Set([]inject.Rule{{Name: "refuse", If: inject.Match{Operation: inject.GetMessages},
		Action: inject.Status,
		Status: 503, Code: "ServerBusy", Times: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.primary().NewQueueClient("jobs").DequeueMessage(t.Context(),
		nil); code(err) != "Service Unavailable ServerBusy" {
		t.Errorf("a Get that a rule refuses: %v", err)
	}
	if got := r.peek(r.primary(), "jobs"); len(got) != 1 || got[0].Dequeues != 0 {
		t.Errorf("after a Get that was refused before: %+v", got)
	}
}

// TestQueueWriteOfAStoreThatStops: a write whose store stops before it answers is in the log once the store goes on,
// whatever its caller was told.
func TestQueueWriteOfAStoreThatStops(t *testing.T) {
	t.Parallel()
	r := newQueueRig(t, false)
	stopping := azuriteOfItsOwn(t, r)
	jobs := r.makeQueue("jobs")
	r.drain()
	if err := stopping.Pause(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := jobs.EnqueueMessage(ctx, "slow", nil); err == nil {
		t.Error("a Put to a stopped store succeeded")
	}
	if got := r.a.Status().UnderWay; got != 1 {
		t.Errorf("%d writes under way, want 1", got)
	}
	if err := stopping.Resume(); err != nil {
		t.Fatal(err)
	}
	r.until("the write is known", func() bool { return r.a.Status().UnderWay == 0 })
	r.drain()
	got := r.peek(r.primary(), "jobs")
	if len(got) != 1 || got[0].Text != "slow" {
		t.Fatalf("the primary shows %+v, want the message", got)
	}
	sameMessages(t, r, "jobs", "gone on", got[0].ID)
}

// azuriteOfItsOwn gives the rig's east another Azurite, which the test may stop.
func azuriteOfItsOwn(t *testing.T, r *queueRig) *azurite.Server {
	t.Helper()
	server := azuritetest.Require(t, azurite.Options{Accounts: []azurite.Account{{Name: r.a.Name(), Key: r.a.Key()}}})
	if err := r.a.g.SetStore("east", queueStore(server)); err != nil {
		t.Fatal(err)
	}
	return server
}
