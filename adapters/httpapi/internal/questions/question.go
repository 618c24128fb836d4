package questions

import (
	"context"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/paging"
	"tidemark/adapters/httpapi/internal/params"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

type seriesInput struct {
	params.Selector
	paging.Page
}

// question is what a list of series asks, and how its pages go on.
type question struct {
	pages  paging.Pager
	tenant telemetry.Tenant
	sel    query.Selector
	after  telemetry.Series
}

func (h *Handlers) question(ctx context.Context, op string, in *seriesInput) (question, error) {
	c := call.Of(ctx)
	q := question{pages: paging.New(c, h.CursorKey, op), tenant: c.Principal.Tenant}
	var err error
	if q.sel, err = in.Parse(); err != nil {
		return q, err
	}
	if in.Cursor != "" {
		payload, err := q.pages.Payload(in.Cursor)
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
	return q.pages.Cursor(seriesPayload(*s))
}
