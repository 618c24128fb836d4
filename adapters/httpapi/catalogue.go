package httpapi

import (
	"context"
	"net/http"

	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

type seriesInput struct {
	Selector
	Page
}

// LatestBody is last readings.
type LatestBody struct {
	Latest []LatestItem `json:"latest" nullable:"false" doc:"By source and metric. A series without readings is absent."`
	Next   string       `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// LatestItem is the last reading of a series.
type LatestItem struct {
	Source     string   `json:"source" doc:"The source."`
	Metric     string   `json:"metric" doc:"The metric."`
	Unit       string   `json:"unit,omitempty" doc:"The unit, the first that was said of the series; absent when nobody said one."`
	OtherUnits []string `json:"other_units,omitempty" doc:"Other units that were said of it later. Its values were stored as they came: some of them may be in these units. Absent when there are none."`
	Time       string   `json:"time" format:"date-time" doc:"The time of the reading."`
	Value      float64  `json:"value" doc:"Its value."`
}

// SeriesBody is series.
type SeriesBody struct {
	Series []SeriesDescription `json:"series" nullable:"false" doc:"By source and metric."`
	Next   string              `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// SeriesDescription describes a series over all its time.
type SeriesDescription struct {
	Source     string   `json:"source" doc:"The source."`
	Metric     string   `json:"metric" doc:"The metric."`
	Unit       string   `json:"unit,omitempty" doc:"The unit, the first that was said of the series; absent when nobody said one."`
	OtherUnits []string `json:"other_units,omitempty" doc:"Other units that were said of it later. Its values were stored as they came: some of them may be in these units. Absent when there are none."`
	First      string   `json:"first,omitempty" format:"date-time" doc:"The time of the first reading; absent when there is none left."`
	Last       string   `json:"last,omitempty" format:"date-time" doc:"The time of the last reading; absent when there is none left."`
	Count      int64    `json:"count" minimum:"0" doc:"How many readings there are."`
}

func (a *API) registerCatalogue() {
	op := a.operation(http.MethodGet, "/v1/latest", "read-latest", "catalogue",
		"Read the last reading of every selected series", "")
	answers[LatestBody](a, &op, http.StatusOK, "A page of last readings", claimParams(true))
	a.fails(&op, 304, 400)
	handle(a, op, nil, a.latest)

	op = a.operation(http.MethodGet, "/v1/series", "list-series", "catalogue", "List series", "")
	answers[SeriesBody](a, &op, http.StatusOK, "A page of series", claimParams(true))
	a.fails(&op, 304, 400)
	handle(a, op, nil, a.series)
}

// question is what a list of series asks, and how its pages go on.
type question struct {
	paging
	tenant telemetry.Tenant
	sel    query.Selector
	after  telemetry.Series
}

func (a *API) question(ctx context.Context, op string, in *seriesInput) (question, error) {
	c := callOf(ctx)
	q := question{paging: a.paging(c, op), tenant: c.tenant}
	var err error
	if q.sel, err = in.parse(); err != nil {
		return q, err
	}
	if in.Cursor != "" {
		payload, err := q.payload(in.Cursor)
		if err != nil {
			return q, err
		}
		if q.after, err = openSeries(payload); err != nil {
			return q, err
		}
	}
	return q, nil
}

// next is the cursor behind a series, "" behind the last.
func (q *question) next(s *telemetry.Series) string {
	if s == nil {
		return ""
	}
	return q.cursor(seriesPayload(*s))
}

// paged adds the link to the next page.
func paged(r *reply, p *paging, next string) *reply {
	if next != "" {
		r.header = p.link(next)
	}
	return r
}

func (a *API) latest(ctx context.Context, in *seriesInput) (*reply, error) {
	q, err := a.question(ctx, "latest", in)
	if err != nil {
		return nil, err
	}
	got, err := a.deps.Query.Latest(ctx, q.tenant, q.sel, q.after, in.Limit)
	if err != nil {
		return nil, err
	}
	next := q.next(got.Next)
	out := &reply{contentType: typeJSON, conditional: true, claim: &got.Claim, pooled: takeBuffer()}
	out.body = appendLatest(*out.pooled, got.Latest, next)
	return paged(out, &q.paging, next), nil
}

// appendLatest appends a LatestBody.
func appendLatest(b []byte, list []query.Latest, next string) []byte {
	b = append(b, `{"latest":[`...)
	for i := range list {
		l := &list[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"source":`...)
		b = appendString(b, string(l.Series.Source))
		b = append(b, `,"metric":`...)
		b = appendString(b, string(l.Series.Metric))
		b = appendMember(b, "unit", l.Unit)
		b = appendOthers(b, l.Others)
		b = append(b, `,"time":"`...)
		b = appendTime(b, l.Time)
		b = append(b, `","value":`...)
		b = appendFloat(b, l.Value)
		b = append(b, '}')
	}
	b = append(b, ']')
	b = appendMember(b, "next", next)
	return append(b, '}', '\n')
}

func (a *API) series(ctx context.Context, in *seriesInput) (*reply, error) {
	q, err := a.question(ctx, "series", in)
	if err != nil {
		return nil, err
	}
	got, err := a.deps.Query.Series(ctx, q.tenant, q.sel, q.after, in.Limit)
	if err != nil {
		return nil, err
	}
	body := SeriesBody{Series: make([]SeriesDescription, len(got.Series)), Next: q.next(got.Next)}
	for i, s := range got.Series {
		d := SeriesDescription{Source: string(s.Series.Source), Metric: string(s.Series.Metric), Unit: s.Unit,
			OtherUnits: s.Others, Count: s.Count}
		if s.Count > 0 {
			d.First, d.Last = textTime(s.First), textTime(s.Last)
		}
		body.Series[i] = d
	}
	out, err := readReply(body, got.Claim)
	if err != nil {
		return nil, err
	}
	return paged(out, &q.paging, body.Next), nil
}
