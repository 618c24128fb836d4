package questions

import (
	"context"
	"net/http"

	"tidemark/adapters/httpapi/internal/encode"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/identity"
)

func (h *Handlers) registerSeries(t *route.Table) {
	op := route.Operation(identity.TelemetryRead, http.MethodGet, "/v1/series", "list-series", "catalogue",
		"List series", "")
	route.Answers[schema.SeriesBody](t, &op, http.StatusOK, "A page of series", reply.ClaimParams(true))
	t.Fails(&op, 304, 400)
	route.Handle(t, op, nil, h.series)
}

func (h *Handlers) series(ctx context.Context, in *seriesInput) (*reply.Reply, error) {
	q, err := h.question(ctx, "series", in)
	if err != nil {
		return nil, err
	}
	got, err := h.Query.Series(ctx, q.tenant, q.sel, q.after, in.Limit)
	if err != nil {
		return nil, err
	}
	body := schema.SeriesBody{Series: make([]schema.SeriesDescription, len(got.Series)), Next: q.next(got.Next)}
	for i, s := range got.Series {
		d := schema.SeriesDescription{Source: string(s.Series.Source), Metric: string(s.Series.Metric), Unit: s.Unit,
			OtherUnits: s.Others, Count: s.Count}
		if s.Count > 0 {
			d.First, d.Last = encode.Time(s.First), encode.Time(s.Last)
		}
		body.Series[i] = d
	}
	out, err := reply.Read(body, got.Claim)
	if err != nil {
		return nil, err
	}
	return q.pages.Paged(out, body.Next), nil
}
