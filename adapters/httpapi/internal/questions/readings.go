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
	"tidemark/domain/identity"
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
	op := route.Operation(identity.TelemetryRead, http.MethodGet, "/v1/readings", "read-readings", "readings",
		"Read the readings of a series",
		"As JSON, or as CSV with the columns time, source, metric, value and unit, which POST /v1/readings reads back.")
	headers := reply.ClaimParams(true)
	headers[schema.HeaderOthers] = othersParam
	route.Answers[schema.ReadingsBody](t, &op, http.StatusOK, "A page of readings", headers, reply.TypeCSV)
	t.Fails(&op, 304, 400, 404)
	route.Handle(t, op, []string{reply.TypeJSON, reply.TypeCSV}, h.readings)
}

func (in *readingsInput) parse(ctx context.Context, now params.Clock, p *paging.Pager) (q query.ReadingsQuery,
	err error) {
	q.Series = telemetry.Series{Source: telemetry.Source(in.Source), Metric: telemetry.Metric(in.Metric)}
	q.Limit = in.Limit
	if q.From, q.To, err = in.Bounds(ctx, now, time.UTC); err != nil || in.Cursor == "" {
		return q, err
	}
	payload, err := p.Payload(in.Cursor)
	if err != nil {
		return q, err
	}
	q.After = new(int64)
	q.From, q.To, *q.After, err = openSpan(payload)
	return q, err
}

func (h *Handlers) readings(ctx context.Context, in *readingsInput) (*reply.Reply, error) {
	c := call.Of(ctx)
	p := paging.New(c, h.CursorKey, "readings")
	q, err := in.parse(ctx, h.Clock, &p)
	if err != nil {
		return nil, err
	}
	got, err := h.Query.Readings(ctx, c.Principal.Tenant, q)
	if err != nil {
		return nil, unread(err, window(query.Selector{Source: q.Series.Source, Metric: q.Series.Metric}, q.From, q.To))
	}
	out := reply.Pooled(route.FormIn(ctx), &got.Claim)
	next := ""
	if got.Next != nil {
		next = p.Cursor(spanPayload(q.From, q.To, *got.Next))
		out.Header = p.Link(next)
	}
	if out.ContentType == reply.TypeCSV {
		sayOthers(out, got.Others)
		out.Body = appendReadingsCSV(out.Body, &got.Points)
	} else {
		out.Body = appendReadings(out.Body, &got.Points, next)
	}
	return out, nil
}
