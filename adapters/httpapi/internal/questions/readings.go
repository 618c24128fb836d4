package questions

import (
	"context"
	"net/http"
	"time"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/paging"
	"tidemark/adapters/httpapi/internal/params"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

type readingsInput struct {
	Source string `query:"source" required:"true" minLength:"1" maxLength:"512" doc:"The source."`
	Metric string `query:"metric" required:"true" minLength:"1" maxLength:"512" doc:"The metric."`
	params.Span
	Limit  int    `query:"limit" minimum:"1" maximum:"100000" default:"1000" doc:"The most readings of a page."`
	Cursor string `query:"cursor" maxLength:"8192" doc:"The next of the page before, with the same other parameters."`
}

func (h *Handlers) registerReadings(t *route.Table) {
	op := route.Operation(http.MethodGet, "/v1/readings", "read-readings", "readings", "Read the readings of a series",
		"As JSON, or as CSV with the columns time, source, metric, value and unit, which POST /v1/readings reads back.")
	headers := reply.ClaimParams(true)
	headers[schema.HeaderOthers] = othersParam
	route.Answers[schema.ReadingsBody](t, &op, http.StatusOK, "A page of readings", headers, reply.TypeCSV)
	t.Fails(&op, 304, 400, 404)
	route.Handle(t, op, []string{reply.TypeJSON, reply.TypeCSV}, h.readings)
}

func (h *Handlers) readings(ctx context.Context, in *readingsInput) (*reply.Reply, error) {
	c := call.Of(ctx)
	p := paging.New(c, h.CursorKey, "readings")
	q := query.ReadingsQuery{Series: telemetry.Series{Source: telemetry.Source(in.Source),
		Metric: telemetry.Metric(in.Metric)}, Limit: in.Limit}
	var err error
	if q.From, q.To, err = in.Bounds(ctx, h.Clock, time.UTC); err != nil {
		return nil, err
	}
	if in.Cursor != "" {
		payload, err := p.Payload(in.Cursor)
		if err != nil {
			return nil, err
		}
		var after int64
		if q.From, q.To, after, err = openSpan(payload); err != nil {
			return nil, err
		}
		q.After = &after
	}
	got, err := h.Query.Readings(ctx, c.Tenant, q)
	if err != nil {
		return nil, err
	}
	out := &reply.Reply{ContentType: route.FormIn(ctx), Conditional: true, Claim: &got.Claim,
		Pooled: reply.TakeBuffer()}
	next := ""
	if got.Next != nil {
		next = p.Cursor(spanPayload(q.From, q.To, *got.Next))
		out.Header = p.Link(next)
	}
	if out.ContentType == reply.TypeCSV {
		sayOthers(out, got.Others)
		out.Body = appendReadingsCSV(*out.Pooled, &got.Points)
	} else {
		out.Body = appendReadings(*out.Pooled, &got.Points, next)
	}
	return out, nil
}
