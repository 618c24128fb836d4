package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/query"
)

func TestPanicsAreRecovered(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	r.Ingest.Panics = "secret cause"
	w := r.Do("POST", "/v1/readings", []byte(apitest.TwoReadings), "Content-Type", "application/json")
	if p := apitest.WantProblem(t, w, 500, "internal"); p.Detail != "panic" && p.Detail != "" ||
		strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%s", w.Body)
	}
	if !strings.Contains(r.Log.String(), "secret cause") || !strings.Contains(r.Log.String(), "apitest/ingest.go") {
		t.Error("the panic and its stack are not in the log")
	}
	apitest.WantStatus(t, r.Do("POST", "/write", []byte("cpu value=1 0")), 500)
	r.Ingest.Panics = nil
	apitest.WantStatus(t, r.Do("POST", "/write", []byte("cpu value=1 0")), 204)
}

// A panic after the first byte breaks the connection off.
func TestPanicsInTheMiddleBreakOff(t *testing.T) {
	r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) {
		d.Metrics = http.HandlerFunc(func(w http.ResponseWriter,
			_ *http.Request) {
			fmt.Fprint(w, "up ")
			panic("half")
		})
	})
	defer func() {
		if v := recover(); v != http.ErrAbortHandler {
			t.Errorf("recovered %v", v)
		}
	}()
	r.Do("GET", "/metrics", nil)
	t.Error("no panic")
}

func TestObservations(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	r.Query.AllSources = []query.SourceInfo{{Source: "roof"}}
	r.Do("GET", "/v1/sources/roof", nil)
	r.Do("POST", "/write?p=secret", []byte("cpu value=1 0"))
	r.Do("GET", "/nowhere/secret", nil)
	want := []httpapi.Observation{{Method: "GET", Route: "/v1/sources/{source}", Status: 200, BytesOut: 43},
		{Method: "POST", Route: "/write", Status: 204, BytesIn: 13},
		{Method: "GET", Route: "unmatched", Status: 404, BytesOut: r.Seen[2].BytesOut}}
	if diff := cmp.Diff(want, r.Seen); diff != "" {
		t.Errorf("seen (-want +got):\n%s", diff)
	}
	if strings.Contains(r.Log.String(), "secret") {
		t.Errorf("the log holds what was sent: %s", r.Log.String())
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for _, path := range []string{"/v1/latest", "/nowhere", "/docs", "/health/live", "/ping"} {
		h := r.Do("GET", path, nil).Header()
		if h.Get("X-Content-Type-Options") != "nosniff" || h.Get("X-Request-Id") == "" || h.Get("Cache-Control") == "" {
			t.Errorf("%s: %v", path, h)
		}
	}
}
