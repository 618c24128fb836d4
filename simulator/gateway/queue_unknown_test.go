package gateway

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
)

// dropAnswers puts a proxy before the rig's east. It drops the answers to clients' requests while the switch is on: before the store has
// heard of them, or after it has done them. The account's own requests to other paths than the switch names pass.
func dropAnswers(t *testing.T, r *queueRig) (before, after *atomic.Int32) {
	t.Helper()
	before, after = new(atomic.Int32), new(atomic.Int32)
	store := queueStore(r.east)
	target, err := url.Parse(store.Queue)
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
	store.Queue = server.URL
	if err := r.a.g.SetStore("east", store); err != nil {
		t.Fatal(err)
	}
	return before, after
}

// TestQueueStoreThatDoesNotAnswer: of a write that got no answer the log has what became of it: the regions are equal afterwards.
func TestQueueStoreThatDoesNotAnswer(t *testing.T) {
	text := "new"
	for name, done := range map[string]bool{"failed": false, "failed but done": true} {
		t.Run(name, func(t *testing.T) {
			r := newQueueRig(t, false)
			jobs := r.makeQueue("jobs")
			before, after := dropAnswers(t, r)
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
			id, receipt := r.put("jobs", "three")
			lose("delete", func() error { _, err := jobs.DeleteMessage(ctx, id, receipt, nil); return err })
			sameMessages(t, r, "jobs", "delete")
			lose("metadata", func() error {
				_, err := jobs.SetMetadata(ctx, &azqueue.SetMetadataOptions{Metadata: map[string]*string{"k": &text}})
				return err
			})
			got := must[azqueue.GetQueuePropertiesResponse](t)(r.secondary().NewQueueClient("jobs").GetProperties(ctx, nil))
			if v := got.Metadata["K"]; v == nil || *v != text {
				t.Errorf("metadata at the secondary: %v", got.Metadata)
			}
			lose("delete the queue", func() error { _, err := jobs.Delete(ctx, nil); return err })
			lose("create", func() error { _, err := jobs.Create(ctx, nil); return err })
			sameMessages(t, r, "jobs", "create")
			lose("delete again", func() error { _, err := jobs.Delete(ctx, nil); return err })
			if _, err := r.secondary().NewQueueClient("jobs").PeekMessages(ctx, nil); code(err) != "Not Found QueueNotFound" {
				t.Errorf("the deleted queue is at the secondary: %v", err)
			}
		})
	}
}
