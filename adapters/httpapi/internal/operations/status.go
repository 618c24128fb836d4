package operations

import (
	"context"
	"net/http"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/identity"
	"tidemark/domain/status"
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
		return reply.JSON(reportOf(&s))
	})
}

// reportOf is a report as clients read it.
func reportOf(s *status.Report) schema.Report {
	journal := schema.JournalReport{Region: string(s.Journal.Region), Reachable: s.Journal.Answers}
	r := schema.Report{Version: s.Version, Region: string(s.Region), Mode: s.Mode.String(),
		Account: s.Flow.String(), Away: s.Away, Poisoned: s.Poisoned,
		Tidemark: schema.TidemarkReport{State: s.Tidemark.State.String()}}
	if tide := s.Tidemark; tide.Known() {
		behind := s.Behind.Seconds()
		r.Tidemark.At, r.Tidemark.AgeSeconds = &tide.At, &behind
	}
	if held := s.Journal.Held; held != nil {
		age := s.Journal.Age.Seconds()
		journal.Blocks, journal.Bytes, journal.AgeSeconds, r.AtRisk = &held.Blocks, &held.Bytes, &age, &held.Readings
	}
	r.Journals = []schema.JournalReport{journal}
	return r
}
