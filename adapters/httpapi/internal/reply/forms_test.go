package reply_test

import (
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/query"
)

func TestConditionalReads(t *testing.T) {
	r := apitest.WithReadings(apitest.New(t, httpapi.Config{}), 2)
	r.Query.AllSources = []query.SourceInfo{{Source: "roof"}}
	for _, target := range []string{"/v1/readings?source=roof&metric=temp", "/v1/latest", "/v1/series", "/v1/sources",
		"/v1/sources/roof", "/v1/aggregates?step=1h"} {
		w := r.Do("GET", target, nil)
		apitest.WantStatus(t, w, 200)
		tag := w.Header().Get("ETag")
		if len(tag) < 20 || tag[0] != '"' {
			t.Errorf("%s: ETag %q", target, tag)
		}
		for _, header := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			w = r.Do("GET", target, nil, "If-None-Match", header)
			apitest.WantStatus(t, w, 304)
			if w.Body.Len() != 0 || w.Header().Get("ETag") != tag || w.Header().Get("Tidemark-As-Of") == "" {
				t.Errorf("%s: %q, %v", target, w.Body, w.Header())
			}
		}
		apitest.WantStatus(t, r.Do("GET", target, nil, "If-None-Match", `"other"`), 200)
	}
	before := r.Do("GET", "/v1/readings?source=roof&metric=temp", nil).Header().Get("ETag")
	r.Query.Points.Values[0]++
	if after := r.Do("GET", "/v1/readings?source=roof&metric=temp", nil).Header().Get("ETag"); before == after {
		t.Error("other data have the same ETag")
	}
}

func TestFormsOfAnswers(t *testing.T) {
	r := apitest.WithReadings(apitest.New(t, httpapi.Config{}), 1)
	base := "/v1/readings?source=roof&metric=temp"
	for accept, want := range map[string]string{"": "application/json", "*/*": "application/json",
		"text/csv": "text/csv; charset=utf-8", "text/*": "text/csv; charset=utf-8",
		"application/json;q=0.5, text/csv": "text/csv; charset=utf-8", "text/csv;q=0.1, */*;q=0.2": "application/json",
		"application/*, text/csv;q=0": "application/json",
		"application/xml, */*;q=0.1":  "application/json"} {
		w := r.Do("GET", base, nil, "Accept", accept)
		if accept == "" {
			w = r.Do("GET", base, nil)
		}
		apitest.WantStatus(t, w, 200)
		if got := w.Header().Get("Content-Type"); got != want {
			t.Errorf("Accept %q: %s", accept, got)
		}
	}
	for _, accept := range []string{"application/xml", "text/html", "*/*;q=0", "text/csv;q=0, application/json;q=0",
		"application/json;q=x"} {
		p := apitest.WantProblem(t, r.Do("GET", base, nil, "Accept", accept), 406, "not-acceptable")
		if !strings.Contains(p.Detail, "application/json and text/csv") {
			t.Errorf("%s: %s", accept, p.Detail)
		}
	}
	apitest.WantProblem(t, r.Do("GET", "/v1/series", nil, "Accept", "text/csv"), 406, "not-acceptable")
}

// TestAnswersFromTheSecondarySaySo, and no other does.
func TestAnswersFromTheSecondarySaySo(t *testing.T) {
	r := apitest.WithReadings(apitest.New(t, httpapi.Config{}), 1)
	for _, secondary := range []bool{false, true} {
		r.Query.Secondary = secondary
		w := r.Do("GET", "/v1/readings?source=roof&metric=temp", nil)
		apitest.WantStatus(t, w, 200)
		if got := w.Header().Get("Tidemark-Rows"); (got == "secondary") != secondary || !secondary && got != "" {
			t.Errorf("from the secondary %v: Tidemark-Rows is %q", secondary, got)
		}
	}
}
