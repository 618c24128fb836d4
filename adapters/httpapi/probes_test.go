package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/domain/fault"
)

func TestProbesOfANodeWithoutAnAPI(t *testing.T) {
	var r httpapi.Readiness
	h := httpapi.Probes(&r, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "up 1\n")
	}))
	want := func(method, path string, status int, body string) {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
		if w.Code != status || body != "" && w.Body.String() != body {
			t.Errorf("%s %s: %d %q", method, path, w.Code, w.Body)
		}
	}
	for _, ready := range []bool{false, true, false} {
		r.Set(ready)
		want("GET", "/health/live", 200, "live\n")
		want("HEAD", "/health/live", 200, "")
		want("GET", "/metrics", 200, "up 1\n")
		want("GET", "/v1/readings", 404, "")
		want("POST", "/health/ready", 405, "")
		if ready {
			want("GET", "/health/ready", 200, "ready\n")
			continue
		}
		want("GET", "/health/ready", 503, "not ready\n")
		if err := r.Ready(t.Context()); !fault.Is(err, fault.Unavailable) || fault.Message(err) == "" {
			t.Errorf("not ready: %v", err)
		}
	}
}
