package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

type readingsInput struct {
	Source string `query:"source" required:"true" minLength:"1" maxLength:"512" doc:"The source."`
	Metric string `query:"metric" required:"true" minLength:"1" maxLength:"512" doc:"The metric."`
	Span
	Limit  int    `query:"limit" minimum:"1" maximum:"100000" default:"1000" doc:"The most readings of a page."`
	Cursor string `query:"cursor" maxLength:"8192" doc:"The next of the page before, with the same other parameters."`
}

// ReadingsBody is the readings of a series.
type ReadingsBody struct {
	Source     string    `json:"source" doc:"The source."`
	Metric     string    `json:"metric" doc:"The metric."`
	Unit       string    `json:"unit,omitempty" doc:"The unit, the first that was said of the series; absent when nobody said one."`
	OtherUnits []string  `json:"other_units,omitempty" doc:"Other units that were said of it later. Its values were stored as they came: some of them may be in these units. Absent when there are none."`
	Readings   []Reading `json:"readings" nullable:"false" doc:"By time, rising."`
	Next       string    `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// Reading is one measured value.
type Reading struct {
	Time  string  `json:"time" format:"date-time" doc:"RFC 3339 in UTC, to the nanosecond."`
	Value float64 `json:"value" doc:"The value."`
}

type deleteInput struct {
	Source    string `query:"source" required:"true" minLength:"1" maxLength:"512" doc:"The source."`
	Metric    string `query:"metric" maxLength:"512" doc:"The metric. Default: every metric that the source has now."`
	From      string `query:"from" required:"true" maxLength:"64" doc:"The first moment to delete: RFC 3339, a date (its first moment in UTC) or a Unix number."`
	To        string `query:"to" required:"true" maxLength:"64" doc:"The end, which is not deleted: RFC 3339, a date or a Unix number."`
	Precision string `query:"precision" enum:"ns,us,ms,s,m,h" doc:"The unit of from and to when they are numbers. Default: ns, and then a number that would lie before 1971 is refused."`
	Wishes
}

func (a *API) registerReadings() {
	op := a.operation(http.MethodGet, "/v1/readings", "read-readings", "readings", "Read the readings of a series",
		"As JSON, or as CSV with the columns time, source, metric, value and unit, which POST /v1/readings reads back.")
	headers := claimParams(true)
	headers[HeaderOthers] = othersParam
	answers[ReadingsBody](a, &op, http.StatusOK, "A page of readings", headers, typeCSV)
	a.fails(&op, 304, 400, 404)
	handle(a, op, []string{typeJSON, typeCSV}, a.readings)

	op = a.operation(http.MethodDelete, "/v1/readings", "delete-readings", "readings", "Delete readings of a source",
		"Deletes what was stored before; a reading that is written later stays. Deleting readings that are not "+
			"there is fine; a source or metric that nobody ever wrote is 404.")
	answers[Deleted](a, &op, http.StatusOK, "The deletion is stored", stampParams())
	a.fails(&op, 404)
	handle(a, op, nil, a.deleteReadings)
}

func (a *API) readings(ctx context.Context, in *readingsInput) (*reply, error) {
	c := callOf(ctx)
	p := a.paging(c, "readings")
	q := query.ReadingsQuery{Series: telemetry.Series{Source: telemetry.Source(in.Source),
		Metric: telemetry.Metric(in.Metric)}, Limit: in.Limit}
	var err error
	if q.From, q.To, err = in.bounds(ctx, a.deps.Clock, time.UTC); err != nil {
		return nil, err
	}
	if in.Cursor != "" {
		payload, err := p.payload(in.Cursor)
		if err != nil {
			return nil, err
		}
		var after int64
		if q.From, q.To, after, err = openSpan(payload); err != nil {
			return nil, err
		}
		q.After = &after
	}
	got, err := a.deps.Query.Readings(ctx, c.tenant, q)
	if err != nil {
		return nil, err
	}
	out := &reply{contentType: formIn(ctx), conditional: true, claim: &got.Claim, pooled: takeBuffer()}
	next := ""
	if got.Next != nil {
		next = p.cursor(spanPayload(q.From, q.To, *got.Next))
		out.header = p.link(next)
	}
	if out.contentType == typeCSV {
		sayOthers(out, got.Others)
		out.body = appendReadingsCSV(*out.pooled, &got.Points)
	} else {
		out.body = appendReadings(*out.pooled, &got.Points, next)
	}
	return out, nil
}

// appendReadings appends a ReadingsBody.
func appendReadings(b []byte, p *query.Points, next string) []byte {
	b = append(b, `{"source":`...)
	b = appendString(b, string(p.Series.Source))
	b = append(b, `,"metric":`...)
	b = appendString(b, string(p.Series.Metric))
	b = appendMember(b, "unit", p.Unit)
	b = appendOthers(b, p.Others)
	b = append(b, `,"readings":[`...)
	var d dates
	for i, t := range p.Times {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"time":"`...)
		b = d.append(b, t)
		b = append(b, `","value":`...)
		b = appendFloat(b, p.Values[i])
		b = append(b, '}')
	}
	b = append(b, ']')
	b = appendMember(b, "next", next)
	return append(b, '}', '\n')
}

// HeaderOthers is the header in which an answer as CSV says which other units were said of its series:
// percent-encoded, with commas between them. It is absent when there are none.
const HeaderOthers = "Tidemark-Other-Units"

var othersParam = headerParam("Of CSV: other units that were said of the series later, percent-encoded, " +
	"with commas between them. Absent when there are none.")

func sayOthers(out *reply, units []string) {
	if len(units) == 0 {
		return
	}
	if out.header == nil {
		out.header = http.Header{}
	}
	names := make([]string, len(units))
	for i, u := range units {
		names[i] = url.PathEscape(u)
	}
	out.header.Set(HeaderOthers, strings.Join(names, ", "))
}

func appendReadingsCSV(b []byte, p *query.Points) []byte {
	b = append(b, "time,source,metric,value,unit\n"...)
	names := append(appendCell([]byte{','}, string(p.Series.Source)), ',')
	names = append(appendCell(names, string(p.Series.Metric)), ',')
	unit := append(appendCell([]byte{','}, p.Unit), '\n')
	var d dates
	for i, t := range p.Times {
		b = d.append(b, t)
		b = append(b, names...)
		b = appendFloat(b, p.Values[i])
		b = append(b, unit...)
	}
	return b
}
