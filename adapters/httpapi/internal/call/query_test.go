package call_test

import (
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// A query that does not decode is refused whole: left out, its parameters would mean everything.
func TestQueriesThatDoNotDecode(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	r.Query.AllSources = []query.SourceInfo{{Source: "roof", Metrics: []telemetry.Metric{"hum", "temp"}}}
	for target, want := range map[string]string{
		"DELETE /v1/readings?source=roof&metric=hum%&from=1&to=5":  "% is written %25",
		"DELETE /v1/readings?source=roof&metric=%zz&from=1&to=5":   "% is written %25",
		"DELETE /v1/readings?source=roof&metric=a;b&from=1&to=5":   "; is written %3B",
		"DELETE /v1/readings?source=roof&metric=%ff&from=1&to=5":   "UTF-8",
		"GET /v1/readings?source=roof&metric=temp&from=%":          "%25",
		"GET /v1/latest?source=%zz":                                "%25",
		"GET /v1/latest?label=%zz":                                 "%25",
		"GET /v1/series?%zz=1":                                     "%25",
		"GET /v1/sources?label=site%3Da;b":                         "%3B",
		"GET /v1/aggregates?step=1h&metric=%":                      "%25",
		"POST /v1/readings?source=%zz":                             "%25",
		"PUT /v1/sources/roof?%":                                   "%25",
		"GET /v1/tasks?cursor=%":                                   "%25",
		"GET /v1/status?%":                                         "%25",
		"GET /health/ready?%":                                      "%25",
		"GET /docs?%":                                              "%25",
		"GET /nothing?%":                                           "%25",
		"DELETE /v1/readings?source=roof&metric=hum&from=1&to=5%2": "%25",
	} {
		method, path, _ := strings.Cut(target, " ")
		w := r.Do(method, path, nil, "Content-Type", "application/json")
		p := apitest.WantProblem(t, w, 400, "invalid")
		if strings.Contains(w.Body.String(), `\u0026`) {
			t.Errorf("%s: %s is not for people to read", target, w.Body)
		}
		if !strings.Contains(p.Detail, "the query does not decode") || !strings.Contains(p.Detail, want) {
			t.Errorf("%s: %s", target, p.Detail)
		}
	}
	for target, want := range map[string]string{"/write?db=%": `{"error":"the query does not decode`,
		"/write?p=a;b":             `{"error":"the query does not decode`,
		"/api/v2/write?bucket=%zz": `{"code":"invalid","message":"the query does not decode`} {
		if w := r.Do("POST", target, []byte("cpu value=1 1")); w.Code != 400 ||
			!strings.HasPrefix(w.Body.String(), want) {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	if len(r.Ingest.Writes) > 0 || r.Query.Asked != nil {
		t.Errorf("%d writes, asked %v", len(r.Ingest.Writes), r.Query.Asked)
	}
}
