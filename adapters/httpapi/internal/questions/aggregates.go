package questions

import (
	"context"
	"net/http"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/identity"
)

func (h *Handlers) registerAggregates(t *route.Table) {
	op := route.Operation(identity.TelemetryRead, http.MethodGet, "/v1/aggregates", "read-aggregates", "readings",
		"Aggregate readings in buckets of time",
		"Quantiles come from sketches with a relative error of 1 %; everything else is exact, rounded once. As CSV: "+
			"a column for each part of the key, start, and a column for each function.")
	headers := reply.ClaimParams(false)
	headers[schema.HeaderOthers] = othersParam
	route.Answers[schema.AggregatesBody](t, &op, http.StatusOK, "The aggregates", headers, reply.TypeCSV)
	t.Fails(&op, 304, 400)
	route.Handle(t, op, []string{reply.TypeJSON, reply.TypeCSV}, h.aggregates)
}

func (h *Handlers) aggregates(ctx context.Context, in *aggregatesInput) (*reply.Reply, error) {
	q, err := in.parse(ctx, h.Clock)
	if err != nil {
		return nil, err
	}
	if route.FormIn(ctx) == reply.TypeCSV {
		if err := distinctColumns(&q); err != nil {
			return nil, err
		}
	}
	got, err := h.Query.Aggregates(ctx, call.Of(ctx).Principal.Tenant, q)
	if err != nil {
		return nil, unread(err, window(q.Selector, q.From, q.To))
	}
	out := reply.Pooled(route.FormIn(ctx), &got.Claim)
	if out.ContentType == reply.TypeCSV {
		out.Body = appendAggregatesCSV(out.Body, &q, got.Groups)
		sayOthers(out, othersOf(got.Groups))
	} else {
		out.Body = appendAggregates(out.Body, &q, &got)
	}
	return out, nil
}
