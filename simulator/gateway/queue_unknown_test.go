package gateway

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
	"github.com/google/go-cmp/cmp"

	"tidemark/simulator/georep"
)

// dropAnswers puts a proxy before a store. It drops the answers to requests while the count is above zero: before the
// store has heard of them, or after it has done them.
func dropAnswers(t *testing.T, store string) (proxied string, before, after *atomic.Int32) {
	t.Helper()
	before, after = new(atomic.Int32), new(atomic.Int32)
	target, err := url.Parse(store)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(target) }}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if before.Add(-1) >= 0 {
			panic(http.ErrAbortHandler)
		}
		if after.Add(-1) >= 0 {
			proxy.ServeHTTP(httptest.NewRecorder(), q)
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, q)
	}))
	t.Cleanup(server.Close)
	return server.URL, before, after
}

// dropAnswers does so before the rig's east.
func (r *queueRig) dropAnswers() (before, after *atomic.Int32) {
	r.t.Helper()
	store := queueStore(r.east)
	store.Queue, before, after = dropAnswers(r.t, store.Queue)
	if err := r.a.g.SetStore("east", store); err != nil {
		r.t.Fatal(err)
	}
	return before, after
}

// TestQueueTextsAfterLostAnswers: a text that a client was shown stays, whatever became of the answers before it. A
// Get of which no answer came makes it impossible to tell what an Update did whose answer is lost too: the text is
// taken up when the message is received.
func TestQueueTextsAfterLostAnswers(t *testing.T) {
	t.Parallel()
	r := newQueueRig(t, false)
	jobs := r.makeQueue("jobs")
	id, receipt := r.put("jobs", "old")
	before, after := r.dropAnswers()
	lose := func(drop *atomic.Int32, times int32, call func() error) {
		t.Helper()
		drop.Store(times)
		if err := call(); err == nil {
			t.Error("the answer was not lost")
		}
		drop.Store(0)
		r.until("it is known", func() bool { return r.a.Status().UnderWay == 0 })
		r.drain()
	}
	const all = 1000 // the client's transport sends a GET again itself
	lose(before, all, func() error { _, err := jobs.DequeueMessage(t.Context(), nil); return err })
	lose(after, 1, func() error { _, err := jobs.UpdateMessage(t.Context(), id, receipt, "new", nil); return err })
	hidden := int32(1)
	got := must[azqueue.DequeueMessagesResponse](t)(jobs.DequeueMessage(t.Context(),
		&azqueue.DequeueMessageOptions{VisibilityTimeout: &hidden}))
	if len(got.Messages) != 1 || *got.Messages[0].MessageText != "new" {
		t.Fatalf("received %+v", got.Messages)
	}
	r.failover(georep.Planned)
	r.until("it shows again", func() bool { return len(r.peek(r.primary(), "jobs")) == 1 })
	if shown := r.peek(r.primary(), "jobs"); shown[0].Text != "new" {
		t.Errorf("after a planned failover it shows %q", shown[0].Text)
	}
}

// TestALostGetIsNotAskedAgain: whether its answer is lost before or after the store has done it, the gateway asks for
// messages once.
func TestALostGetIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	for name, local := range map[string]bool{"geo-redundant": false, "local": true} {
		t.Run(name, func(t *testing.T) {
			r := newQueueRig(t, local)
			r.makeQueue("jobs")
			r.put("jobs", "first")
			r.put("jobs", "second")
			before, after := r.dropAnswers()
			r.peek(r.primary(), "jobs") // over the connection that is used again
			for _, drop := range []*atomic.Int32{before, after} {
				before.Store(0)
				drop.Store(1)
				asked := before.Load()
				if status := r.getOnce("jobs"); status != 0 {
					t.Errorf("the answer was not lost: %d", status)
				}
				if n := asked - before.Load(); n != 1 {
					t.Errorf("the store was asked %d times", n)
				}
			}
			if shown := r.peek(r.primary(), "jobs"); len(shown) != 1 {
				t.Errorf("%d messages show, want the one that nobody got", len(shown))
			}
		})
	}
}

// getOnce gets a message over a connection of its own, so that the client's transport asks once too, and gives the
// status of the answer; 0 is none.
func (r *queueRig) getOnce(queue string) int {
	r.t.Helper()
	url := r.server.URL + "/" + r.a.Name() + "/" + queue + "/messages"
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, url, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("X-Ms-Version", "2019-02-02")
	r.a.sign.SignQueue(req)
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// TestQueueStoreThatDoesNotAnswer: of a write that got no answer the log has what became of it: the regions are equal
// afterwards.
func TestQueueStoreThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	text := "new"
	for name, done := range map[string]bool{"failed": false, "failed but done": true} {
		t.Run(name, func(t *testing.T) {
			r := newQueueRig(t, false)
			jobs := r.makeQueue("jobs")
			before, after := r.dropAnswers()
			drop := before
			if done {
				drop = after
			}
			lose := func(what string, call func() error) {
				t.Helper()
				drop.Store(1)
				if err := call(); err == nil {
					t.Errorf("%s: the answer was not lost", what)
				}
				r.until(what+" is known", func() bool { return r.a.Status().UnderWay == 0 })
				drop.Store(0)
				r.drain()
			}
			ctx := t.Context()
			lose("put", func() error { _, err := jobs.EnqueueMessage(ctx, "one & two", nil); return err })
			want := 0
			if done {
				want = 1
			}
			primary := r.peek(r.primary(), "jobs")
			if len(primary) != want {
				t.Fatalf("put: the primary shows %+v, want %d messages", primary, want)
			}
			if want == 1 {
				sameMessages(t, r, "jobs", "put", primary[0].ID)
			} else if got := r.peek(r.secondary(), "jobs"); len(got) != 0 {
				t.Errorf("put: the secondary shows %+v", got)
			}
			lose("clear", func() error { _, err := jobs.ClearMessages(ctx, nil); return err })
			sameMessages(t, r, "jobs", "clear")
			// Of an update the receipt says whether it was done, also while the message is hidden.
			for _, seconds := range []int32{0, 1} {
				id, receipt := r.put("jobs", "old")
				lose("update", func() error {
					_, err := jobs.UpdateMessage(ctx, id, receipt, "new & newer",
						&azqueue.UpdateMessageOptions{VisibilityTimeout: &seconds})
					return err
				})
				r.until("the update shows in both regions", func() bool {
					p, s := r.peek(r.primary(), "jobs"), r.peek(r.secondary(), "jobs")
					return len(p) == 1 && len(s) == 1 && p[0].Text == "new & newer" && cmp.Equal(p, s)
				})
				lose("clear", func() error { _, err := jobs.ClearMessages(ctx, nil); return err })
			}
			id, receipt := r.put("jobs", "three")
			lose("delete", func() error { _, err := jobs.DeleteMessage(ctx, id, receipt, nil); return err })
			sameMessages(t, r, "jobs", "delete")
			lose("metadata", func() error {
				_, err := jobs.SetMetadata(ctx, &azqueue.SetMetadataOptions{Metadata: map[string]*string{"k": &text}})
				return err
			})
			got := must[azqueue.GetQueuePropertiesResponse](t)(r.secondary().NewQueueClient("jobs").
				GetProperties(ctx, nil))
			if v := got.Metadata["K"]; v == nil || *v != text {
				t.Errorf("metadata at the secondary: %v", got.Metadata)
			}
			lose("delete the queue", func() error { _, err := jobs.Delete(ctx, nil); return err })
			lose("create", func() error { _, err := jobs.Create(ctx, nil); return err })
			sameMessages(t, r, "jobs", "create")
			lose("delete again", func() error { _, err := jobs.Delete(ctx, nil); return err })
			if _, err := r.secondary().NewQueueClient("jobs").
				PeekMessages(ctx, nil); code(err) != "Not Found QueueNotFound" {
				t.Errorf("the deleted queue is at the secondary: %v", err)
			}
		})
	}
}
