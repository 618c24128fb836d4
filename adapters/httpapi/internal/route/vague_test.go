package route_test

import (
	"strings"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

func TestParametersThatAreNot(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for target, want := range map[string]string{
		"GET /v1/readings?source=a&metric=b&form=1": `there is no parameter "form": did you mean from? ` +
			`There are cursor, from, limit, metric, precision, source, to`,
		"GET /v1/latest?tenant=other":      `there is no parameter "tenant": leave it out, or write one of `,
		"POST /v1/readings?atomics=true":   `"atomics": did you mean atomic? There are atomic, `,
		"POST /v1/readings?precison=s":     `"precison": did you mean precision? There are atomic, `,
		"POST /v1/readings?sourcecolumn=s": `did you mean source_column? There are `,
		"DELETE /v1/readings?Source=a":     `did you mean source? There are `,
		"GET /v1/series?percision=s":       `"percision": leave it out, or write one of cursor, `,
		"POST /v1/readings?atomic=perhaps": "query.atomic: write true or false",
		"GET /v1/readings?source=a&metric=b&limit=100001": "query.limit: write a whole number " +
			"from 1 to 100000",
		"GET /v1/tasks?limit=1.5": "query.limit: write a whole number " +
			"from 1 to 1000",
		"GET /v1/aggregates?step=1h&fill=null": "query.fill: write one of none, " +
			"previous, linear, zero",
		"POST /write?precision=d": "query.precision: write one of ns, n, " +
			"us, u, ms, s, m, h",
		"GET /v1/aggregates": "query.step: it is required: give it",
		"GET /v1/tasks/" + strings.Repeat("x", 513): "path.id: it is longer than 512 " +
			"characters: shorten it",
		"GET /v1/latest?" + strings.Repeat("label=a%3Db&",
			33): "query.label: it is given more than 32 times",
		"GET /v1/readings?source=a&source=b&metric=b": "more than once",
		"GET /v1/readings?metric=b":                   "query.source: it is required: give it",
		"GET /v1/readings?source=&metric=b":           "query.source: it is empty",
		"GET /v1/readings?source=a&metric=b&limit=0": "query.limit: write a whole number " +
			"from 1 to 100000",
		"GET /v1/readings?source=a&metric=b&limit=x": "query.limit: write a whole number " +
			"from 1 to 100000",
		"GET /v1/sources/a?x=1":          `there is no parameter "x": leave it out, here there are none`,
		"POST /v1/tasks/t/redrive?now=1": `there is no parameter "now"`,
		"GET /v1/readings?source=" + strings.Repeat("x", 513) +
			"&metric=b": "query.source: it is longer than 512 characters: shorten it",
	} {
		method, path, _ := strings.Cut(target, " ")
		w := r.Do(method, path, nil, "Content-Type", "application/json")
		if path, _, _ = strings.Cut(path, "?"); path == "/write" {
			if w.Code != 422 || !strings.Contains(w.Body.String(), want) {
				t.Errorf("%s: %s", target, w.Body)
			}
			continue
		}
		p := apitest.WantProblem(t, w, 422, "invalid")
		if !strings.Contains(p.Detail, want) || len(p.Errors) == 0 || strings.Contains(w.Body.String(), "xxxx") {
			t.Errorf("%.60s: %s", target, w.Body)
		}
	}
}

// A parameter that is there and empty is mostly a variable that nobody set, and does not mean the default; one given
// twice means nobody knows what.
func TestParametersThatAreEmptyOrRepeated(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	r.Query.AllSources = []query.SourceInfo{{Source: "roof", Metrics: []telemetry.Metric{"hum", "temp"}}}
	for target, name := range map[string]string{
		"DELETE /v1/readings?source=roof&metric=&from=1&to=5":                "query.metric",
		"DELETE /v1/readings?source=roof&metric&from=1&to=5":                 "query.metric",
		"DELETE /v1/readings?source=&from=1&to=5":                            "query.source",
		"DELETE /v1/readings?source=roof&metric=hum&metric=temp&from=1&to=5": "query.metric",
		"DELETE /v1/readings?source=roof&metric=hum&metric=&from=1&to=5":     "query.metric",
		"DELETE /v1/readings?source=roof&metric=hum&from=1&to=5&precision=":  "query.precision",
		"GET /v1/readings?source=roof&metric=temp&from=":                     "query.from",
		"GET /v1/latest?source=":                                             "query.source",
		"GET /v1/latest?source=a&source=b":                                   "query.source",
		"GET /v1/latest?label=":                                              "query.label",
		"GET /v1/latest?label=&label=site%3Dnorth":                           "query.label",
		"GET /v1/latest?label=site%3Dnorth&label=":                           "query.label",
		"GET /v1/series?cursor=":                                             "query.cursor",
		"GET /v1/sources?label=":                                             "query.label",
		"GET /v1/aggregates?step=1h&metric=":                                 "query.metric",
		"POST /v1/readings?atomic":                                           "query.atomic",
		"POST /v1/readings?source=":                                          "query.source",
		"POST /write?precision=s&precision=ms":                               "query.precision",
		"POST /v1/readings Tidemark-Require":                                 "header.Tidemark-Require",
	} {
		method, path, _ := strings.Cut(target, " ")
		headers := []string{"Content-Type", "application/json"}
		if p, header, ok := strings.Cut(path, " "); ok {
			path, headers = p, append(headers, header, "one", header, "both")
		}
		w := r.Do(method, path, []byte(apitest.TwoReadings), headers...)
		apitest.WantStatus(t, w, 422)
		if !strings.Contains(w.Body.String(), name+": ") {
			t.Errorf("%s: %s", target, w.Body)
		}
	}
	if len(r.Ingest.Writes) > 0 || r.Query.Asked != nil {
		t.Errorf("%d writes, asked %v", len(r.Ingest.Writes), r.Query.Asked)
	}
	// the label is empty, the parameter is not
	apitest.WantStatus(t, r.Do("GET", "/v1/latest?label=site%3D", nil), 200)
	// as Influx's clients send it
	apitest.WantStatus(t, r.Do("POST", "/write?db=&rp=&precision=", []byte("cpu value=1 0")), 204)
}
