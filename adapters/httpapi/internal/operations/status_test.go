package operations_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/fault"
)

func TestStatusAndHealth(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	age := 1.5
	r.Status.Report = schema.Report{Version: "v", Region: "east", Mode: "normal", Account: "settling",
		Tidemark: schema.TidemarkReport{State: "live", At: &apitest.Now, AgeSeconds: &age}}
	want := r.Status.Report
	want.Journals = []schema.JournalReport{}
	if diff := cmp.Diff(want, apitest.Decoded[schema.Report](t, r.Do("GET", "/v1/status", nil))); diff != "" {
		t.Errorf("status (-want +got):\n%s", diff)
	}
	if r.Status.Asked != "acme" {
		t.Errorf("the status of %q was asked for", r.Status.Asked)
	}
	for _, method := range []string{"GET", "HEAD"} {
		for _, path := range []string{"/health/live", "/health/ready"} {
			apitest.WantStatus(t, r.Do(method, path, nil, "Accept", "text/plain"), 200)
		}
	}
	r.Status.Err = fault.New(fault.Unavailable, "status", "the store is not open")
	p := apitest.WantProblem(t, r.Do("GET", "/health/ready", nil), 503, "unavailable")
	if p.Detail != "the store is not open" {
		t.Errorf("detail %q", p.Detail)
	}
	apitest.WantStatus(t, r.Do("GET", "/health/live", nil), 200)
	if w := r.Do("GET", "/metrics", nil); w.Body.String() != "up 1\n" {
		t.Errorf("metrics %s", w.Body)
	}
}
