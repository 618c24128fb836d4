package httpapi_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/query"
)

// Whatever the parameters are, the answer is good or a problem of the client's.
func FuzzParameters(f *testing.F) {
	for _, seed := range []string{"source=a&metric=b&limit=2", "label=a%3Db&label=c!%3Dd&limit=3&cursor=AAAA",
		"step=1mo&tz=Europe/Berlin&fn=mean,p99.9&group_by=a,b&fill=zero", "from=%zz&;x"} {
		f.Add(seed)
		f.Add(seed + "&source=a&metric=b&limit=2")
	}
	f.Fuzz(func(t *testing.T, params string) {
		r := apitest.Shared(t)
		r.Query.Points = query.Points{}
		apitest.WithReadings(r, 5)
		for _, path := range []string{"/v1/readings", "/v1/latest", "/v1/series", "/v1/sources", "/v1/aggregates",
			"/v1/tasks"} {
			q := httptest.NewRequest("GET", path, nil)
			q.URL.RawQuery = params
			w := httptest.NewRecorder()
			r.Handler.ServeHTTP(w, q)
			if w.Code != 200 && (w.Code < 400 || w.Code >= 500) || !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s?%s: %d %s", path, params, w.Code, w.Body)
			}
		}
		if strings.Contains(params, "cursor") {
			return
		}
		if _, err := url.ParseQuery(params); err == nil {
			withPages(t, r, params)
		}
	})
}

// withPages makes sure that a cursor is good for the parameters it was made with.
func withPages(t *testing.T, r *apitest.Rig, params string) {
	q := httptest.NewRequest("GET", "/v1/readings", nil)
	q.URL.RawQuery = params
	w := httptest.NewRecorder()
	r.Handler.ServeHTTP(w, q)
	var b schema.ReadingsBody
	if w.Code != 200 || json.Unmarshal(w.Body.Bytes(), &b) != nil || b.Next == "" {
		return
	}
	q.URL.RawQuery += "&cursor=" + b.Next
	w = httptest.NewRecorder()
	r.Handler.ServeHTTP(w, q)
	if w.Code != 200 {
		t.Errorf("%s: %d %s", q.URL.RawQuery, w.Code, w.Body)
	}
}

// Whatever the body is, the answer is good or a problem of the client's.
func FuzzBodies(f *testing.F) {
	f.Add([]byte(apitest.TwoReadings), "application/json", "")
	f.Add([]byte(apitest.TwoLines), "text/csv", "identity")
	f.Add(apitest.Compress(f, "gzip", []byte(apitest.TwoReadings)), "application/x-ndjson", "gzip")
	f.Add(apitest.Compress(f, "zstd", []byte(apitest.TwoReadings)), "application/json; charset=utf-8", "zstd")
	f.Fuzz(func(t *testing.T, in []byte, kind, coding string) {
		r := apitest.Shared(t)
		for _, target := range []string{"POST /v1/readings?source=x", "POST /write", "POST /api/v2/write",
			"PUT /v1/sources/roof"} {
			method, path, _ := strings.Cut(target, " ")
			w := r.Do(method, path, in, "Content-Type", kind, "Content-Encoding", coding)
			if w.Code >= 500 || w.Code != http.StatusNoContent && !json.Valid(w.Body.Bytes()) {
				t.Errorf("%s: %d %s", target, w.Code, w.Body)
			}
		}
		r.Ingest.Writes, r.Ingest.Tenants, r.Ingest.Options, r.Seen = nil, nil, nil, nil
	})
}
