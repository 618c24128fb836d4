package operations

import (
	"context"
	"net/http"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/identity"
)

func (h *Handlers) registerStatus(t *route.Table) {
	op := route.Operation(identity.TelemetryRead, http.MethodGet, "/v1/status", "read-status", "operations",
		"Show the state of the service",
		"As the node that answers sees it. Readings, blocks and tasks are your own.")
	route.Answers[schema.Report](t, &op, http.StatusOK, "The state", nil)
	t.Fails(&op)
	route.Handle(t, op, nil, func(ctx context.Context, _ *struct{}) (*reply.Reply, error) {
		s, err := h.Status.Status(ctx, call.Of(ctx).Principal.Tenant)
		if err != nil {
			return nil, err
		}
		if s.Journals == nil {
			s.Journals = []schema.JournalReport{}
		}
		return reply.JSON(s)
	})
}
