package operations

import (
	"context"
	"net/http"

	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
)

func (h *Handlers) registerHealth(t *route.Table) {
	op := route.Public(http.MethodGet, "/health/live", "health-live", "node", "Is the process alive?",
		"")
	route.Answers[schema.Health](t, &op, http.StatusOK, "It is", nil)
	t.Fails(&op, 500)
	route.Handle(t, op, route.AnyForm, func(context.Context, *struct{}) (*reply.Reply, error) {
		return reply.JSON(schema.Health{Status: "live"})
	})

	op = route.Public(http.MethodGet, "/health/ready", "health-ready", "node",
		"Does the node take requests?",
		"Cheap, and 200 from when the node listens until it begins to stop. It does not look at the storage: while "+
			"that is out of reach the node is ready, and answers 503.")
	route.Answers[schema.Health](t, &op, http.StatusOK, "It does", nil)
	t.Fails(&op, 500, 503)
	route.Handle(t, op, route.AnyForm, func(ctx context.Context, _ *struct{}) (*reply.Reply, error) {
		if err := h.Status.Ready(ctx); err != nil {
			return nil, err
		}
		return reply.JSON(schema.Health{Status: "ready"})
	})
}
