package call_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/fault"
)

// TestARequestThatWasGivenUpIsNoTrouble: the client left, or the node stops and breaks off what it still serves. What
// fails then is not warned of, but a fault of ours is.
func TestARequestThatWasGivenUpIsNoTrouble(t *testing.T) {
	for _, c := range []struct {
		err  error
		left bool
		want string // in the log
	}{
		{fault.Wrap(fault.Canceled, "journal.read", context.Canceled), true, ""},
		{fault.Wrap(fault.Indeterminate, "journal.append", context.Canceled), true, ""}, // an adapter cannot know more
		{context.Canceled, true, ""},
		{fault.New(fault.Internal, "query", "a bug"), true, "level=ERROR"},
		{fault.Wrap(fault.Canceled, "journal.read", context.DeadlineExceeded), false, "level=WARN"},
		{fault.New(fault.Unavailable, "journal.read", "away"), false, "level=WARN"},
	} {
		r := apitest.New(t, httpapi.Config{})
		r.Query.Err = c.err
		ctx, leave := context.WithCancel(t.Context())
		if c.left {
			leave()
		}
		q := httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/series", nil)
		r.Handler.ServeHTTP(httptest.NewRecorder(), q)
		leave()
		if got := r.Log.String(); (got != "") != (c.want != "") || !strings.Contains(got, c.want) {
			t.Errorf("%v, left %v: logged %q, want %q", c.err, c.left, got, c.want)
		}
	}
}

// TestFailuresThatAreAlikeAreToldTogether: in an outage each request fails, and a log that has a line for each is no
// use. One is told, and the next ten seconds later with how many there were between; another route is told by itself,
// and so is a failure of ours.
func TestFailuresThatAreAlikeAreToldTogether(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	fails := func(path string, err error, n int) {
		r.Query.Err = err
		for range n {
			r.Do(http.MethodGet, path, nil)
		}
	}
	lines := func() string {
		defer r.Log.Reset()
		return strings.TrimSpace(r.Log.String())
	}
	away := fault.New(fault.Unavailable, "journal.read", "away")
	fails("/v1/series", away, 100)
	if got := lines(); strings.Count(got, "\n") != 0 || !strings.Contains(got, "status=503") {
		t.Errorf("a hundred failures: %s", got)
	}
	fails("/v1/sources", away, 2)
	if got := lines(); strings.Count(got, "\n") != 0 || !strings.Contains(got, "route=/v1/sources") {
		t.Errorf("another route: %s", got)
	}
	fails("/v1/series", fault.New(fault.Internal, "query", "a bug"), 3)
	if got := lines(); strings.Count(got, "level=ERROR") != 3 {
		t.Errorf("faults of ours: %s", got)
	}
	r.Now = r.Now.Add(10 * time.Second)
	fails("/v1/series", away, 2)
	if got := lines(); strings.Count(got, "\n") != 0 || !strings.Contains(got, "alike_since_last_line=99") {
		t.Errorf("ten seconds later: %s", got)
	}
}
