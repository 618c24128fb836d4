package questions_test

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/analytics"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

func TestAggregates(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	some, none := analytics.Value{V: 1.5, Valid: true}, analytics.Value{V: math.NaN()}
	r.Query.Groups = []query.Group{
		{Key: []telemetry.Label{{Name: "site", Value: "no,rth"}}, Unit: "C",
			Starts:  []int64{apitest.At(0), apitest.At(1)},
			Columns: [][]analytics.Value{{some, none}, {some, {V: math.Inf(1), Valid: true}}}},
		{Key: []telemetry.Label{{Name: "site", Value: ""}}, Starts: []int64{apitest.At(0), apitest.At(1)},
			Columns: [][]analytics.Value{{some, some}, {none, none}}},
	}
	target := "/v1/aggregates?metric=temp&label=site!%3Dsouth&label=kind%3Da%3Db&from=2026-11-23T02:00:00Z" +
		"&to=2026-11-23T04:00:00Z&step=1h&tz=Europe/Berlin&fn=mean,sum&fill=linear&group_by=site"
	w := r.Do("GET", target, nil)
	apitest.WantStatus(t, w, 200)
	want := `{"step":"1h","functions":["mean","sum"],"groups":[{"key":{"site":"no,rth"},"unit":"C",` +
		`"starts":["2026-11-23T02:00:00Z","2026-11-23T03:00:00Z"],"values":{"mean":[1.5,null],"sum":[1.5,null]}},` +
		`{"key":{"site":""},"starts":["2026-11-23T02:00:00Z","2026-11-23T03:00:00Z"],"values":{"mean":[1.5,1.5],` +
		`"sum":[null,null]}}]}` + "\n"
	if w.Body.String() != want {
		t.Errorf("got %s, want %s", w.Body, want)
	}
	apitest.Decoded[schema.AggregatesBody](t, w)
	q := r.Query.Asked[1].(query.AggregatesQuery)
	if diff := cmp.Diff(query.Selector{Metric: "temp",
		Labels: []query.Match{{Name: "site", Value: "south", Not: true}, {Name: "kind", Value: "a=b"}}},
		q.Selector); diff != "" {
		t.Errorf("selector (-want +got):\n%s", diff)
	}
	if q.From != apitest.At(0) || q.To != apitest.At(2) || q.Step.String() != "1h" || len(q.Funcs) != 2 ||
		q.Fill != analytics.FillLinear || len(q.GroupBy) != 1 || q.GroupBy[0] != "site" {
		t.Errorf("question %+v", q)
	}
	w = r.Do("GET", target, nil, "Accept", "text/csv")
	if want := "site,start,mean,sum\n\"no,rth\",2026-11-23T02:00:00Z,1.5,1.5\n\"no,rth\",2026-11-23T03:00:00Z,,\n," +
		"2026-11-23T02:00:00Z,1.5,\n,2026-11-23T03:00:00Z,1.5,\n"; w.Body.String() != want {
		t.Errorf("CSV %s", w.Body)
	}
	for _, params := range []string{"", "step=1x", "step=1h&fn=best", "step=1h&fn=mean,mean", "step=1h&fill=some",
		"step=1h&tz=Mars/Olympus", "step=1h&tz=Local", "step=1h&tz=../etc/passwd",
		"step=1h&label=site", "step=1h&label=%3Dx", "step=1h&group_by=a,a", "step=1h&group_by=a,", "step=-1h"} {
		apitest.WantProblem(t, r.Do("GET", "/v1/aggregates?"+params, nil), 422, "invalid")
	}
}

// A label that no series has makes one group of all, as a misspelt one does: the answer says so.
func TestALabelThatNoSeriesHas(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	r.Query.Groups = []query.Group{{Key: []telemetry.Label{{Name: "hots", Value: ""}}, Starts: []int64{apitest.At(0)},
		Columns: [][]analytics.Value{{{V: 1, Valid: true}}}}}
	ask := func() []string {
		w := r.Do("GET", "/v1/aggregates?step=1h&group_by=hots,rak", nil)
		apitest.WantStatus(t, w, 200)
		return apitest.Decoded[schema.AggregatesBody](t, w).Warnings
	}
	if got := ask(); got != nil {
		t.Errorf("warnings %q", got)
	}
	r.Query.Unknown = []string{"hots", `r"k`}
	if got := ask(); len(got) != 2 || !strings.Contains(got[0], `none of the series has the label "hots"`) ||
		!strings.Contains(got[1], `"r\"k"`) {
		t.Errorf("warnings %q", got)
	}
}

// A table has no two columns of one name; JSON keeps keys and values apart.
func TestColumnsOfAggregatesAreDistinct(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for params, clash := range map[string]string{"group_by=start,mean&fn=mean": `"start"`,
		"group_by=site,mean&fn=max,mean": `"mean"`, "group_by=p95&fn=p95": `"p95"`} {
		p := apitest.WantProblem(t, r.Do("GET", "/v1/aggregates?step=1h&"+params, nil, "Accept", "text/csv"), 422,
			"invalid")
		if !strings.Contains(p.Detail, "query.group_by: ") || !strings.Contains(p.Detail, clash) ||
			!strings.Contains(p.Detail, "application/json") {
			t.Errorf("%s: %s", params, p.Detail)
		}
		apitest.WantStatus(t, r.Do("GET", "/v1/aggregates?step=1h&"+params, nil), 200)
	}
	apitest.WantStatus(t, r.Do("GET", "/v1/aggregates?step=1h&group_by=site,mean&fn=max", nil, "Accept", "text/csv"),
		200)
}
