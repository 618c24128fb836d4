package durability_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

func TestWishesReachIngest(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	send := func(headers ...string) *httptest.ResponseRecorder {
		return r.Do("POST", "/v1/readings", []byte(apitest.TwoReadings),
			append(headers, "Content-Type", "application/json")...)
	}
	apitest.WantStatus(t, send(), 200)
	apitest.WantStatus(t, send("Tidemark-Require", "one", "Tidemark-After", apitest.Stamp.String()), 200)
	want := []ingest.Options{{}, {Require: telemetry.DurableOne, After: apitest.Stamp}}
	if diff := cmp.Diff(want, r.Ingest.Options); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
	apitest.WantProblem(t, send("Tidemark-Require", "three"), 422, "invalid")
	apitest.WantProblem(t, send("Tidemark-After", "yesterday"), 422, "invalid")
	apitest.WantStatus(t, send("Tidemark-Require", "both"), 200)
	if o := r.Ingest.Options[len(r.Ingest.Options)-1]; o.Require != telemetry.DurableBoth {
		t.Errorf("options %+v", o)
	}
}

// TestWhatIsNotConfiguredIsNotTriedAgain asks a real writer with one journal for both, in every way that there is to
// write: no client may loop on an answer that says Retry-After and can never be another.
func TestWhatIsNotConfiguredIsNotTriedAgain(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	r.Query.AllSources = []query.SourceInfo{{Source: "roof", Metrics: []telemetry.Metric{"temp"}}}
	in := ingest.New(ingest.Config{}, ingest.One("east", nil, nil), goruntime.New(), nil, nil, ingest.Observer{})
	_, r.Ingest.Err = in.Write(t.Context(), "t", new(telemetry.Batch), ingest.Options{Require: telemetry.DurableBoth})
	for _, o := range []struct{ method, target, contentType, body string }{
		{"POST", "/v1/readings", "application/json", apitest.TwoReadings},
		{"DELETE", "/v1/readings?source=roof&metric=temp&from=2001-01-01&to=2002-01-01", "", ""},
		{"PUT", "/v1/sources/roof", "application/json", `{"labels":{}}`},
		{"POST", "/write", "", "cpu value=1"},
		{"POST", "/api/v2/write", "", "cpu value=1"},
	} {
		w := r.Do(o.method, o.target, []byte(o.body), "Tidemark-Require", "both", "Content-Type", o.contentType)
		text := w.Body.String()
		if w.Code != 422 || w.Header().Get("Retry-After") != "" || !strings.Contains(text, "header.Tidemark-Require") ||
			!strings.Contains(text, "configured with one") || !strings.Contains(text, "east") {
			t.Errorf("%s %s: %d, Retry-After %q: %s", o.method, o.target, w.Code, w.Header().Get("Retry-After"), text)
		}
	}
}

func TestUnknownOutcomeSaysSo(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	r.Ingest.Err = &fault.Error{Kind: fault.Indeterminate, Op: "ingest", Message: "send it again",
		RetryAfter: 2500 * time.Millisecond}
	w := r.Do("POST", "/v1/readings", []byte(apitest.TwoReadings), "Content-Type", "application/json")
	p := apitest.WantProblem(t, w, 503, "indeterminate")
	if !p.PerhapsStored || len(p.Regions) != 1 || p.Regions[0] != "east" || w.Header().Get("Retry-After") != "3" {
		t.Errorf("problem %+v, Retry-After %q", p, w.Header().Get("Retry-After"))
	}
}
