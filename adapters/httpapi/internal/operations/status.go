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
		caller := call.Of(ctx).Principal
		s, err := h.Status.Status(ctx, caller.Tenant)
		if err != nil {
			return nil, err
		}
		r := reportOf(&s)
		if s.Pair != nil && caller.Allow(identity.OperationsAct) == nil {
			copied := int64(s.Pair.Copied)
			r.Pair.Copied = &copied
		}
		return reply.JSON(r)
	})
}

// reportOf is a report as every client reads it.
func reportOf(s *status.Report) schema.Report {
	r := schema.Report{Version: s.Version, Region: string(s.Region), Mode: s.Mode.String(),
		Account: s.Flow.String(), Away: s.Away, Poisoned: s.Poisoned, AtRisk: s.AtRisk,
		Tidemark: schema.TidemarkReport{State: s.Tidemark.State.String()}}
	if tide := s.Tidemark; tide.Known() {
		behind := s.Behind.Seconds()
		r.Tidemark.At, r.Tidemark.AgeSeconds = &tide.At, &behind
	}
	r.Journals = make([]schema.JournalReport, 0, len(s.Journals))
	for i := range s.Journals {
		r.Journals = append(r.Journals, journalOf(&s.Journals[i], s.Pair != nil))
	}
	if p := s.Pair; p != nil {
		r.Pair = &schema.PairReport{Holds: p.Holds}
		if !p.Even.IsZero() {
			age := p.Age.Seconds()
			r.Pair.Even, r.Pair.AgeSeconds = &p.Even, &age
		}
	}
	return r
}

// journalOf is a journal, which somebody watches or which was asked once.
func journalOf(j *status.Journal, watched bool) schema.JournalReport {
	r := schema.JournalReport{Region: string(j.Region), Reachable: j.Health.Answers()}
	if watched {
		r.Health = j.Health.String()
	}
	if held := j.Held; held != nil {
		age := j.Age.Seconds()
		r.Blocks, r.Bytes, r.AgeSeconds = &held.Blocks, &held.Bytes, &age
	}
	return r
}
