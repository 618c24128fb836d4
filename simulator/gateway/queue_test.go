package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/network"
)

// guard is how long a test waits for what takes milliseconds.
const guard = 30 * time.Second

// queueWest is the second Azurite, shared by the queue tests of the package. It ends with the test process.
var queueWest = sync.OnceValues(func() (*azurite.Server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return azurite.Start(ctx, azurite.Options{})
})

// queueRig is an account of its own behind a gateway, in front of two Azurites.
type queueRig struct {
	t          *testing.T
	a          *Account
	faults     *inject.Engine
	east, west *azurite.Server
	server     *httptest.Server
}

// newQueueRig serves a geo-redundant account from east, or a local one.
func newQueueRig(t *testing.T, local bool) *queueRig {
	t.Helper()
	east, account := azuritetest.Account(t)
	west, err := queueWest()
	if err != nil {
		t.Fatalf("start the second Azurite: %v", err)
	}
	if _, err := west.AddAccount(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	rig := &queueRig{t: t, east: east, west: west, faults: inject.New(1)}
	g, err := New(Options{Faults: rig.faults, Stores: map[georep.Region]Store{"east": queueStore(east),
		"west": queueStore(west)}})
	if err != nil {
		t.Fatal(err)
	}
	geo := georep.Options{Primary: "east", Secondary: "west", Seed: 1}
	if local {
		geo.Secondary = ""
	}
	if rig.a, err = g.AddAccount(AccountOptions{Name: account.Name, Key: account.Key, Geo: geo}); err != nil {
		t.Fatal(err)
	}
	rig.server = queueServer(g, network.Outside)
	t.Cleanup(func() {
		rig.server.Close()
		if err := g.Close(); err != nil {
			t.Errorf("close the gateway: %v", err)
		}
	})
	return rig
}

// queueServer serves the Queue service as a topology does.
func queueServer(g *Gateway, from network.Place) *httptest.Server {
	s := httptest.NewUnstartedServer(g.Handler(from, georep.Queue))
	s.Listener, s.Config.ConnContext = Listen(s.Listener), ConnContext
	s.Start()
	return s
}

func queueStore(s *azurite.Server) Store {
	return Store{Table: strings.TrimSuffix(s.TableURL("x"), "/x"), Queue: strings.TrimSuffix(s.QueueURL("x"), "/x")}
}

// once makes clients that do not try again: a refusal is what is looked for.
var once = policy.RetryOptions{MaxRetries: -1}

func (r *queueRig) client(endpoint string) *azqueue.ServiceClient {
	r.t.Helper()
	cred, err := azqueue.NewSharedKeyCredential(r.a.Name(), r.a.Key())
	if err != nil {
		r.t.Fatal(err)
	}
	c, err := azqueue.NewServiceClientWithSharedKeyCredential(endpoint, cred,
		&azqueue.ClientOptions{ClientOptions: policy.ClientOptions{Retry: once}})
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

func (r *queueRig) primary() *azqueue.ServiceClient { return r.client(r.server.URL + "/" + r.a.Name()) }

func (r *queueRig) secondary() *azqueue.ServiceClient {
	return r.client(r.server.URL + "/" + r.a.Name() + "-secondary")
}

// drain waits until the secondary has everything.
func (r *queueRig) drain() {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), guard)
	defer cancel()
	if err := r.a.Drained(ctx); err != nil {
		r.t.Fatalf("not drained: %v; %+v", err, r.a.Status())
	}
}

// failover carries a failover out.
func (r *queueRig) failover(k georep.Kind) {
	r.t.Helper()
	before := r.a.Status().Failovers
	if err := r.a.Failover(k); err != nil {
		r.t.Fatal(err)
	}
	r.until("the failover has ended", func() bool {
		s := r.a.Status()
		return s.Failovers == before+1 && s.Phase == georep.Steady
	})
}

func (r *queueRig) until(what string, done func() bool) {
	r.t.Helper()
	for end := time.Now().Add(guard); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			r.t.Fatalf("not within %v: %s; %+v", guard, what, r.a.Status())
		}
	}
}

// code is the service's error code of an error.
func code(err error) string {
	var answer *azcore.ResponseError
	if errors.As(err, &answer) {
		return http.StatusText(answer.StatusCode) + " " + answer.ErrorCode
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// shown is a message as both endpoints have to show it.
type shown struct {
	ID, Text          string
	Inserted, Expires time.Time
	Dequeues          int64
}

func (r *queueRig) peek(c *azqueue.ServiceClient, queue string) []shown {
	r.t.Helper()
	n := int32(32)
	answer, err := c.NewQueueClient(queue).PeekMessages(r.t.Context(),
		&azqueue.PeekMessagesOptions{NumberOfMessages: &n})
	if err != nil {
		r.t.Fatalf("peek: %v", err)
	}
	all := []shown{}
	for _, m := range answer.Messages {
		all = append(all, shown{*m.MessageID, *m.MessageText, *m.InsertionTime, *m.ExpirationTime, *m.DequeueCount})
	}
	return all
}

// put puts a text and gives the message's id and receipt.
func (r *queueRig) put(queue, text string) (id, receipt string) {
	r.t.Helper()
	answer := must[azqueue.EnqueueMessagesResponse](r.t)(r.primary().NewQueueClient(queue).
		EnqueueMessage(r.t.Context(), text, nil))
	return *answer.Messages[0].MessageID, *answer.Messages[0].PopReceipt
}

// get takes a message, for so many seconds.
func (r *queueRig) get(queue string, seconds int32) (id, receipt string, dequeues int64) {
	r.t.Helper()
	answer := must[azqueue.DequeueMessagesResponse](r.t)(r.primary().NewQueueClient(queue).
		DequeueMessage(r.t.Context(), &azqueue.DequeueMessageOptions{VisibilityTimeout: &seconds}))
	if len(answer.Messages) == 0 {
		return "", "", 0
	}
	m := answer.Messages[0]
	return *m.MessageID, *m.PopReceipt, *m.DequeueCount
}

func (r *queueRig) makeQueue(name string) *azqueue.QueueClient {
	r.t.Helper()
	value := "Value"
	_, err := r.primary().CreateQueue(r.t.Context(), name,
		&azqueue.CreateOptions{Metadata: map[string]*string{"Key": &value}})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.primary().NewQueueClient(name)
}

func TestQueueSecondaryIsAsItWasUntilTheEntryArrives(t *testing.T) {
	t.Parallel()
	r := newQueueRig(t, false)
	r.a.Pause(georep.Scope{})
	jobs := r.makeQueue("jobs")
	id, _ := r.put("jobs", "one & <two>\r\n\t\"é\"")
	if _, err := r.secondary().NewQueueClient("jobs").
		PeekMessages(t.Context(), nil); code(err) != "Not Found QueueNotFound" {
		t.Errorf("before its creation arrives the queue is at the secondary: %v", err)
	}
	step := func() { r.a.Resume(georep.Scope{}); r.drain(); r.a.Pause(georep.Scope{}) }
	step()
	want := r.peek(r.primary(), "jobs")
	if len(want) != 1 || want[0].ID != id {
		t.Fatalf("the primary shows %+v, want %s", want, id)
	}
	equal := func(when string, want []shown) {
		t.Helper()
		if diff := cmp.Diff(want, r.peek(r.secondary(), "jobs")); diff != "" {
			t.Errorf("%s: primary -, secondary +:\n%s", when, diff)
		}
	}
	equal("put", want)

	// A Get: the message is hidden, with its count, when the entry arrives.
	_, receipt, _ := r.get("jobs", 1)
	equal("taken, not arrived", want)
	step()
	r.until("the message shows again", func() bool {
		return len(r.peek(r.primary(), "jobs")) == 1 &&
			len(r.peek(r.secondary(), "jobs")) == 1
	})
	want[0].Dequeues = 1
	equal("shows again", want)

	// An Update: the text changes when the entry arrives.
	update := func(text string, seconds int32) {
		t.Helper()
		answer := must[azqueue.UpdateMessageResponse](t)(jobs.UpdateMessage(t.Context(), id, receipt, text,
			&azqueue.UpdateMessageOptions{VisibilityTimeout: &seconds}))
		receipt = *answer.PopReceipt
	}
	update("new", 0)
	equal("updated, not arrived", want)
	step()
	want[0].Text = "new"
	equal("updated", want)
	update("hidden", 60)
	equal("hidden, not arrived", want)
	step()
	equal("hidden", []shown{})
	update("back", 0)
	step()
	want[0].Text = "back"
	equal("back", want)

	// A Delete.
	must[azqueue.DeleteMessageResponse](t)(jobs.DeleteMessage(t.Context(), id, receipt, nil))
	equal("deleted, not arrived", want)
	step()
	equal("deleted", []shown{})

	// Clear, and the queue.
	r.put("jobs", "a")
	r.put("jobs", "b")
	step()
	equal("two", r.peek(r.primary(), "jobs"))
	must[azqueue.ClearMessagesResponse](t)(jobs.ClearMessages(t.Context(), nil))
	if got := r.peek(r.secondary(), "jobs"); len(got) != 2 {
		t.Errorf("cleared, not arrived: %d messages at the secondary, want 2", len(got))
	}
	step()
	equal("cleared", []shown{})
	must[azqueue.DeleteQueueResponse](t)(r.primary().DeleteQueue(t.Context(), "jobs", nil))
	equal("queue deleted, not arrived", []shown{})
	step()
	if _, err := r.secondary().NewQueueClient("jobs").
		PeekMessages(t.Context(), nil); code(err) != "Not Found QueueNotFound" {
		t.Errorf("the deleted queue is at the secondary: %v", err)
	}
}
