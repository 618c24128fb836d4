package operations_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/fault"
	"tidemark/domain/identity"
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
			Journals: []status.Journal{{Region: "east"}}},
			schema.Report{Version: "v", Region: "west", Mode: "unavailable", Account: "paused",
				Tidemark: schema.TidemarkReport{State: "unavailable"},
				Journals: []schema.JournalReport{{Region: "east"}}}},
		"everything is": {status.Report{Version: "v", Region: "east", Poisoned: &poisoned,
			Behind: 1500 * time.Millisecond, AtRisk: of[int64](7),
			Mode: region.Normal, Flow: region.Settling,
			Tidemark: region.Tidemark{State: region.Live, At: apitest.Now},
			Journals: []status.Journal{{Region: "east", Health: region.Well, Age: 2 * time.Second,
				Held: &tail.Held{Blocks: 5, Bytes: 6, Readings: 7}}}},
			schema.Report{Version: "v", Region: "east", Mode: "normal", Account: "settling", Poisoned: &poisoned,
				AtRisk: of[int64](7), Tidemark: schema.TidemarkReport{State: "live", At: &apitest.Now,
					AgeSeconds: of(1.5)},
				Journals: []schema.JournalReport{{Region: "east", Reachable: true, Blocks: of[int64](5),
					Bytes: of[int64](6), AgeSeconds: of(2.0)}}}},
		"an account is away": {status.Report{Mode: region.Normal, Flow: region.Paused, Away: []string{"new"},
			Journals: []status.Journal{{Health: region.Well}}},
			schema.Report{Mode: "normal", Account: "paused", Away: []string{"new"},
				Tidemark: schema.TidemarkReport{State: "unavailable"},
				Journals: []schema.JournalReport{{Reachable: true}}}},
		"a tidemark that is none, and figures of nothing": {status.Report{
			Mode: region.Normal, Tidemark: region.Tidemark{State: region.Bootstrap, At: apitest.Now},
			AtRisk: of[int64](0), Journals: []status.Journal{{Health: region.Well, Held: &tail.Held{}}}},
			schema.Report{Mode: "normal", Account: "growing", AtRisk: of[int64](0),
				Tidemark: schema.TidemarkReport{State: "bootstrap"},
				Journals: []schema.JournalReport{{Reachable: true, Blocks: of[int64](0), Bytes: of[int64](0),
					AgeSeconds: of(0.0)}}}},
		"two journals, one of them away": {status.Report{Mode: region.Exposed, Flow: region.Settling,
			AtRisk: of[int64](12), Journals: []status.Journal{
				{Region: "east", Health: region.Well, Held: &tail.Held{Blocks: 5, Bytes: 6, Readings: 7}},
				{Region: "west", Health: region.Lost}},
			Pair: &status.PairReport{Holds: true, Even: apitest.Now, Age: time.Minute, Copied: 3}},
			schema.Report{Mode: "exposed", Account: "settling", AtRisk: of[int64](12),
				Tidemark: schema.TidemarkReport{State: "unavailable"},
				Journals: []schema.JournalReport{{Region: "east", Reachable: true, Health: "well",
					Blocks: of[int64](5), Bytes: of[int64](6), AgeSeconds: of(0.0)},
					{Region: "west", Health: "lost"}},
				Pair: &schema.PairReport{Holds: true, Even: &apitest.Now, AgeSeconds: of(60.0), Copied: of[int64](3)}}},
		"two journals of which nothing is known": {status.Report{Mode: region.ReadOnly, AtRisk: of[int64](0),
			Journals: []status.Journal{{Region: "east"}, {Region: "west", Health: region.Returning}},
			Pair:     &status.PairReport{}},
			schema.Report{Mode: "read-only", Account: "growing", AtRisk: of[int64](0),
				Tidemark: schema.TidemarkReport{State: "unavailable"},
				Journals: []schema.JournalReport{{Region: "east", Health: "unknown"},
					{Region: "west", Reachable: true, Health: "returning"}},
				Pair: &schema.PairReport{Copied: of[int64](0)}}},
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

// TestWhatIsOfAllTenantsIsForOperators: a count of other tenants' blocks as well is told to whoever may act.
func TestWhatIsOfAllTenantsIsForOperators(t *testing.T) {
	for role, told := range map[identity.Role]bool{identity.TelemetryRead: false, identity.OperationsAct: true} {
		r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) {
			d.Callers = apitest.Anybody{Tenant: "acme", Subject: "me",
				Roles: identity.RolesOf(identity.TelemetryRead, role)}
		})
		r.Status.Report = status.Report{Journals: []status.Journal{{}, {}},
			Pair: &status.PairReport{Holds: true, Copied: 3}}
		got := apitest.Decoded[schema.Report](t, r.Do("GET", "/v1/status", nil))
		if !got.Pair.Holds || (got.Pair.Copied != nil) != told || told && *got.Pair.Copied != 3 {
			t.Errorf("%v sees %+v", role, got.Pair)
		}
	}
}
