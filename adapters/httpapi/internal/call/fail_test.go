package call_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

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
