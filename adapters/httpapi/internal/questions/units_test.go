package questions_test

import (
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/analytics"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// TestOtherUnitsAreShown in every answer that gives a unit, and in none of a series that has one.
func TestOtherUnitsAreShown(t *testing.T) {
	s := telemetry.Series{Source: "roof", Metric: "temp"}
	targets := map[string]string{
		"/v1/readings?source=roof&metric=temp": `"unit":"C","other_units":["a,b","°F"],"readings":`,
		"/v1/latest":                           `"unit":"C","other_units":["a,b","°F"],"time":`,
		"/v1/series":                           `"unit":"C","other_units":["a,b","°F"],"first":`,
		"/v1/aggregates?step=1h":               `"unit":"C","other_units":["a,b","°F"],"starts":`,
	}
	for _, others := range [][]string{nil, {"a,b", "°F"}} {
		r := apitest.WithReadings(apitest.New(t, httpapi.Config{}), 1)
		r.Query.Points.Others = others
		r.Query.AllLatest = []query.Latest{{Series: s, Unit: "C", Others: others, Time: apitest.At(0)}}
		r.Query.AllSeries = []query.SeriesInfo{{Series: s, Unit: "C", Others: others, First: apitest.At(0),
			Last: apitest.At(0), Count: 1}}
		r.Query.Groups = []query.Group{{Unit: "C", Others: others, Columns: make([][]analytics.Value, 10)}}
		for target, want := range targets {
			w := r.Do("GET", target, nil)
			apitest.WantStatus(t, w, 200)
			shown := strings.Contains(w.Body.String(), "other_units")
			if strings.Contains(w.Body.String(), want) != (others != nil) || shown != (others != nil) {
				t.Errorf("%s: %s, want %s of %q", target, w.Body, want, others)
			}
		}
		for _, target := range []string{"/v1/readings?source=roof&metric=temp", "/v1/aggregates?step=1h"} {
			w := r.Do("GET", target, nil, "Accept", "text/csv")
			if want := strings.Repeat("a%2Cb, %C2%B0F", min(len(others), 1)); w.Header().
				Get(schema.HeaderOthers) != want {
				t.Errorf("%s as CSV: %q, want %q", target, w.Header().Get(schema.HeaderOthers), want)
			}
		}
	}
}
