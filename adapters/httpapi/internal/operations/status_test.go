package operations_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/status"
	"tidemark/domain/tail"
)

// of is a number that is known.
func of[T any](n T) *T { return &n }

func TestStatusAndHealth(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	poisoned := 3
	for name, c := range map[string]struct {
		report status.Report
		want   schema.Report
	}{
		"nothing is known": {status.Report{Version: "v", Region: "west", Flow: region.Paused,
			Journal: status.Journal{Region: "east"}},
			schema.Report{Version: "v", Region: "west", Mode: "unavailable", Account: "paused",
				Tidemark: schema.TidemarkReport{State: "unavailable"},
				Journals: []schema.JournalReport{{Region: "east"}}}},
		"everything is": {status.Report{Version: "v", Region: "east", Poisoned: &poisoned,
			Behind: 1500 * time.Millisecond,
			Mode:   region.Normal, Flow: region.Settling,
			Tidemark: region.Tidemark{State: region.Live, At: apitest.Now},
			Journal: status.Journal{Region: "east", Answers: true, Age: 2 * time.Second,
				Held: &tail.Held{Blocks: 5, Bytes: 6, Readings: 7}}},
			schema.Report{Version: "v", Region: "east", Mode: "normal", Account: "settling", Poisoned: &poisoned,
				AtRisk: of[int64](7), Tidemark: schema.TidemarkReport{State: "live", At: &apitest.Now,
					AgeSeconds: of(1.5)},
				Journals: []schema.JournalReport{{Region: "east", Reachable: true, Blocks: of[int64](5),
					Bytes: of[int64](6), AgeSeconds: of(2.0)}}}},
		"an account is away": {status.Report{Mode: region.Normal, Flow: region.Paused, Away: []string{"new"},
			Journal: status.Journal{Answers: true}},
			schema.Report{Mode: "normal", Account: "paused", Away: []string{"new"},
				Tidemark: schema.TidemarkReport{State: "unavailable"},
				Journals: []schema.JournalReport{{Reachable: true}}}},
		"a tidemark that is none, and figures of nothing": {status.Report{
			Mode: region.Normal, Tidemark: region.Tidemark{State: region.Bootstrap, At: apitest.Now},
			Journal: status.Journal{Answers: true, Held: &tail.Held{}}},
			schema.Report{Mode: "normal", Account: "growing", AtRisk: of[int64](0),
				Tidemark: schema.TidemarkReport{State: "bootstrap"},
				Journals: []schema.JournalReport{{Reachable: true, Blocks: of[int64](0), Bytes: of[int64](0),
					AgeSeconds: of(0.0)}}}},
	} {
		r.Status.Report = c.report
		got := apitest.Decoded[schema.Report](t, r.Do("GET", "/v1/status", nil))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
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
