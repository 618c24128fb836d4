package questions_test

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

func TestSources(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for _, name := range []telemetry.Source{"roof", "a/b", "..", "a//b", "ä %2F", "?x=1#y"} {
		r.Query.AllSources = []query.SourceInfo{{Source: name,
			Labels:  []telemetry.Label{{Name: "site", Value: "north"}},
			Metrics: []telemetry.Metric{"temp"}, More: name == "roof"}}
		path := "/v1/sources/" + url.PathEscape(string(name))
		if name == ".." {
			path = "/v1/sources/%2E%2E"
		}
		w := r.Do("GET", path, nil)
		apitest.WantStatus(t, w, 200)
		want := schema.SourceBody{Source: string(name), Labels: map[string]string{"site": "north"},
			Metrics: []string{"temp"}, More: name == "roof"}
		if diff := cmp.Diff(want, apitest.Decoded[schema.SourceBody](t, w)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		apitest.WantStatus(t, r.Do("PUT", path, []byte(`{"labels":{"site":"south","a":"<b>"}}`), "Content-Type",
			"application/json",
			"Tidemark-After", apitest.Stamp.String()), 200)
		got := r.Ingest.Writes[len(r.Ingest.Writes)-1]
		if diff := cmp.Diff([]telemetry.Description{{Source: name,
			Labels: []telemetry.Label{{Name: "a", Value: "<b>"}, {Name: "site", Value: "south"}}, Replace: true}},
			got.Sources); diff != "" || got.Len() != 0 {
			t.Errorf("stored (-want +got):\n%s", diff)
		}
	}
	apitest.WantProblem(t, r.Do("GET", "/v1/sources/nobody", nil), 404, "not-found")
}
