package params_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

func TestSpansOfReadings(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	day := 24 * apitest.Hour
	for params, want := range map[string][2]int64{
		"": {apitest.Now.UnixNano() - day, apitest.Now.UnixNano()},
		"&to=2026-11-20T00:00:00%2B01:00": {time.Date(2026, 11, 18, 23, 0, 0, 0, time.UTC).UnixNano(),
			time.Date(2026, 11, 19, 23, 0, 0, 0, time.UTC).UnixNano()},
		"&from=5&to=7&precision=ns":            {5, 7},
		"&from=-5&to=7&precision=s":            {-5e9, 7e9},
		"&from=1.5&to=7.000000001&precision=s": {15e8, 7000000001},
		"&from=1700-01-01T00:00:00Z&to=0":      {telemetry.MinTime, 0},
		"&from=0&to=2200-01-01T00:00:00Z":      {0, telemetry.MaxTime},
		"&from=2026-11-23T00:00:00.000000001Z": {time.Date(2026, 11, 23, 0, 0, 0, 1, time.UTC).UnixNano(),
			apitest.Now.UnixNano()},
		"&from=1790000000000&precision=ms&to=2e": nil2,
		"&from=2026-01-01&to=2026-03-01": {time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano(),
			time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).UnixNano()},
		"&from=2026-11-23t00:00:00z": {time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC).UnixNano(),
			apitest.Now.UnixNano()},
	} {
		w := r.Do("GET", "/v1/readings?source=roof&metric=temp"+params, nil)
		if want == nil2 {
			apitest.WantProblem(t, w, 422, "invalid")
			continue
		}
		apitest.WantStatus(t, w, 200)
		q := r.Query.Asked[1].(query.ReadingsQuery)
		if q.From != want[0] || q.To != want[1] {
			t.Errorf("%s: %d to %d, want %d to %d", params, q.From, q.To, want[0], want[1])
		}
	}
	for _, params := range []string{"from=7&to=7&precision=s", "from=8&to=7&precision=s", "from=yesterday",
		"from=1699-12-31T00:00:00Z", "to=2200-01-01T00:00:00.1Z", "to=9999999999999999999999",
		"from=0x10", "from=1/2", "from=2026-11-23T00:00:00+01:00", "precision=days", "from=0001-01-01T00:00:00Z",
		"from=--5"} {
		p := apitest.WantProblem(t, r.Do("GET", "/v1/readings?source=roof&metric=temp&"+params, nil), 422, "invalid")
		if len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Location, "query.") {
			t.Errorf("%s: %+v", params, p.Errors)
		}
	}
}

// Both ends are named when both are wrong, and what to write.
func TestSpansThatAreWrong(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	p := apitest.WantProblem(t, r.Do("GET", "/v1/readings?source=roof&metric=temp&from=yesterday&to=2026-02-30", nil),
		422,
		"invalid")
	if len(p.Errors) != 2 || p.Errors[0].Location != "query.from" || p.Errors[1].Location != "query.to" ||
		!strings.Contains(p.Errors[1].Message, "a date, as in 2026-11-23") ||
		!strings.Contains(p.Detail, "query.from: ") || !strings.Contains(p.Detail, "query.to: ") {
		t.Errorf("%+v", p)
	}
	p = apitest.WantProblem(t,
		r.Do("DELETE", "/v1/readings?source=roof&metric=temp&from=2016-12-31T23:59:60Z&to=2026-02-30", nil),
		422, "invalid")
	if len(p.Errors) != 2 || !strings.Contains(p.Errors[0].Message, "leap seconds are not supported") {
		t.Errorf("%+v", p)
	}
}

// A date is its first moment in UTC, or in the zone of the aggregate.
func TestDatesOfAggregates(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for params, want := range map[string]string{"": "2018-11-04T00:00:00Z", "&tz=Europe/Berlin": "2018-11-03T23:00:00Z",
		"&tz=America/Sao_Paulo": "2018-11-04T03:00:00Z", "&tz=America/Havana": "2018-11-04T04:00:00Z"} {
		apitest.WantStatus(t, r.Do("GET", "/v1/aggregates?step=1d&from=2018-11-04&to=2018-11-06"+params, nil), 200)
		if got := time.Unix(0, r.Query.Asked[1].(query.AggregatesQuery).From).UTC().Format(time.RFC3339); got != want {
			t.Errorf("%s: %s, want %s", params, got, want)
		}
	}
}

var nil2 [2]int64

// TestSpansOfAnUnsaidPrecision: questions and deletions do not take seconds for nanoseconds either.
func TestSpansOfAnUnsaidPrecision(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for _, what := range []string{"GET /v1/readings?source=a&metric=b", "GET /v1/aggregates?step=1h",
		"DELETE /v1/readings?source=a"} {
		method, target, _ := strings.Cut(what, " ")
		for _, at := range []string{"1790000000", "1790000000.5"} {
			p := apitest.WantProblem(t, r.Do(method, target+"&from="+at+"&to=2026-11-30", nil), 422, "invalid")
			if !strings.Contains(p.Detail, "query.from: "+at+" looks like Unix seconds, of 2026-09-21") {
				t.Errorf("%s from %s: %s", what, at, p.Detail)
			}
		}
		p := apitest.WantProblem(t, r.Do(method, target+"&from=1790000000&to=2026-11-30&precision=ms", nil), 422,
			"invalid")
		if !strings.Contains(p.Detail,
			"query.from: in milliseconds (precision=ms) the time lies in the first weeks of "+
				"1970; in seconds it is of 2026-09-21: send precision=s") {
			t.Errorf("%s, misnamed: %s", what, p.Detail)
		}
		if w := r.Do(method, target+"&from=1790000000&to=1790003600&precision=s", nil); w.Code == 422 {
			t.Errorf("%s, seconds: %s", what, w.Body)
		}
		if w := r.Do(method, target+"&from=0&to=1790003600000000000", nil); w.Code == 422 {
			t.Errorf("%s, from the beginning: %s", what, w.Body)
		}
	}
}

// TestNowIsTheJournals asks without an end, and writes a line without a time, on a node whose own clock is ahead.
func TestNowIsTheJournals(t *testing.T) {
	r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) {
		d.Clock = func(context.Context) time.Time { return apitest.Now }
	})
	r.Now = apitest.Now.Add(time.Hour)
	for _, target := range []string{"/v1/readings?source=roof&metric=temp", "/v1/aggregates?step=1h"} {
		apitest.WantStatus(t, r.Do("GET", target, nil), 200)
		from, to := apitest.Now.Add(-24*time.Hour).UnixNano(), apitest.Now.UnixNano()
		switch q := r.Query.Asked[1].(type) {
		case query.ReadingsQuery:
			from, to = q.From-from, q.To-to
		case query.AggregatesQuery:
			from, to = q.From-from, q.To-to
		}
		if from != 0 || to != 0 {
			t.Errorf("%s: %v", target, r.Query.Asked)
		}
	}
	apitest.WantStatus(t, r.Do("POST", "/write", []byte("cpu value=1")), 204)
	if at := r.Ingest.Writes[0].Times[0]; at != apitest.Now.UnixNano() {
		t.Errorf("a line without a time is of %v", time.Unix(0, at).UTC())
	}
}
