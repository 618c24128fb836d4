package questions

import (
	"context"
	"net/http"

	"tidemark/adapters/httpapi/internal/encode"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/identity"
	"tidemark/domain/query"
)

func (h *Handlers) registerLatest(t *route.Table) {
	op := route.Operation(identity.TelemetryRead, http.MethodGet, "/v1/latest", "read-latest", "catalogue",
		"Read the last reading of every selected series", "")
	route.Answers[schema.LatestBody](t, &op, http.StatusOK, "A page of last readings", reply.ClaimParams(true))
	t.Fails(&op, 304, 400)
	route.Handle(t, op, nil, h.latest)
}

func (h *Handlers) latest(ctx context.Context, in *seriesInput) (*reply.Reply, error) {
	q, err := h.question(ctx, "latest", in)
	if err != nil {
		return nil, err
	}
	got, err := h.Query.Latest(ctx, q.tenant, q.sel, q.after, in.Limit)
	if err != nil {
		return nil, unread(err, "latest readings"+picked(q.sel))
	}
	next := q.next(got.Next)
	out := reply.Pooled(reply.TypeJSON, &got.Claim)
	out.Body = appendLatest(out.Body, got.Latest, next)
	return q.pages.Paged(out, next), nil
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
		b = encode.AppendString(b, string(l.Series.Source))
		b = append(b, `,"metric":`...)
		b = encode.AppendString(b, string(l.Series.Metric))
		b = encode.AppendMember(b, "unit", l.Unit)
		b = encode.AppendOthers(b, l.Others)
		b = append(b, `,"time":"`...)
		b = encode.AppendTime(b, l.Time)
		b = append(b, `","value":`...)
		b = encode.AppendFloat(b, l.Value)
		b = append(b, '}')
	}
	b = append(b, ']')
	b = encode.AppendMember(b, "next", next)
	return append(b, '}', '\n')
}
