package writes_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/fault"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// TestDeletionOfVeryManyMetrics has a source with more metrics than are deleted of at once: all are, the answer
// counts them and lists the first, and one that fails in the middle says so.
func TestDeletionOfVeryManyMetrics(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	const n = 12_345
	s := query.SourceInfo{Source: "roof"}
	for i := range n {
		s.Metrics = append(s.Metrics, telemetry.Metric(fmt.Sprintf("m%06d", i)))
	}
	r.Query.AllSources = []query.SourceInfo{s}
	w := r.Do("DELETE", "/v1/readings?source=roof&from=1&to=5&precision=s", nil)
	apitest.WantStatus(t, w, 200)
	got := apitest.Decoded[schema.Deleted](t, w)
	if got.MetricTotal != n || len(got.Metrics) != 1000 || got.Metrics[999] != "m000999" || len(got.Blocks) != 3 {
		t.Errorf("of %d metrics, %d listed, in %d blocks", got.MetricTotal, len(got.Metrics), len(got.Blocks))
	}
	deleted := 0
	for _, b := range r.Ingest.Writes {
		for _, d := range b.Deletions {
			if d.Series.Metric != s.Metrics[deleted] {
				t.Fatalf("deletion %d is of %q", deleted, d.Series.Metric)
			}
			deleted++
		}
	}
	if deleted != n || len(r.Ingest.Writes) != 3 {
		t.Errorf("%d deletions in %d writes", deleted, len(r.Ingest.Writes))
	}
	r.Ingest.Fail = func(write int) error {
		if write == 5 {
			return fault.New(fault.Throttled, "fake", "too much")
		}
		return nil
	}
	p := apitest.WantProblem(t, r.Do("DELETE", "/v1/readings?source=roof&from=1&to=5&precision=s", nil), 503,
		"indeterminate")
	if !p.PerhapsStored || !strings.Contains(p.Detail, "send it again") {
		t.Errorf("%+v", p)
	}
}

func TestDeletions(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	r.Query.AllSources = []query.SourceInfo{{Source: "roof", Metrics: []telemetry.Metric{"hum", "temp"}}}
	for target, metrics := range map[string][]string{"&metric=temp": {"temp"}, "&metric=hum": {"hum"},
		"": {"hum", "temp"}} {
		w := r.Do("DELETE", "/v1/readings?source=roof&from=1&to=5&precision=s"+target, nil)
		apitest.WantStatus(t, w, 200)
		got := apitest.Decoded[schema.Deleted](t, w)
		if diff := cmp.Diff(metrics, got.Metrics); diff != "" || got.From != "1970-01-01T00:00:01Z" ||
			got.To != "1970-01-01T00:00:05Z" || got.Stamp == "" {
			t.Errorf("%s: %+v", target, got)
		}
		b := r.Ingest.Writes[len(r.Ingest.Writes)-1]
		if len(b.Deletions) != len(metrics) || b.Len() != 0 {
			t.Fatalf("stored %+v", b)
		}
		for i, d := range b.Deletions {
			if d != (telemetry.Deletion{Series: telemetry.Series{Source: "roof", Metric: telemetry.Metric(metrics[i])},
				From: 1e9, To: 5e9}) {
				t.Errorf("stored %+v", d)
			}
		}
	}
	// A name that nobody wrote is refused: a deletion would put it into the catalogue for ever.
	for params, want := range map[string]string{"source=nobody": `source \"nobody\"`,
		"source=nobody&metric=temp": `source \"nobody\"`, "source=roof&metric=tmep": `metric \"tmep\"`} {
		w := r.Do("DELETE", "/v1/readings?from=2001-01-01&to=2002-01-01&"+params, nil)
		apitest.WantProblem(t, w, 404, "not-found")
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %s", params, w.Body)
		}
	}
	for _, params := range []string{"source=roof", "source=roof&from=1", "source=roof&to=1", "from=1&to=5",
		"source=roof&from=5&to=1", "source=a%00&from=1&to=5", "source=roof&metric=a%00&from=1&to=5"} {
		apitest.WantProblem(t, r.Do("DELETE", "/v1/readings?precision=ns&"+params, nil), 422, "invalid")
	}
	if len(r.Ingest.Writes) != 3 {
		t.Errorf("%d writes", len(r.Ingest.Writes))
	}
}
