package questions

import (
	"context"
	"net/http"

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

type sourcesInput struct {
	Label []string `query:"label,explode" maxItems:"32" example:"[\"site=north\"]" doc:"A condition on a label, name=value or name!=value; may be repeated, and all have to hold. A label that a source does not have counts as empty."`
	paging.Page
}

func (h *Handlers) registerSources(t *route.Table) {
	op := route.Operation(identity.TelemetryRead, http.MethodGet, "/v1/sources", "list-sources", "catalogue",
		"List sources", "")
	route.Answers[schema.SourcesBody](t, &op, http.StatusOK, "A page of sources", reply.ClaimParams(true))
	t.Fails(&op, 304, 400)
	route.Handle(t, op, nil, h.sources)

	op = route.Operation(identity.TelemetryRead, http.MethodGet, "/v1/sources/{source}", "read-source", "catalogue",
		"Describe a source", "")
	route.Answers[schema.SourceBody](t, &op, http.StatusOK, "The source", reply.ClaimParams(false))
	t.Fails(&op, 304, 404)
	route.Handle(t, op, nil, h.source)
}

func describeSource(s *query.SourceInfo) schema.SourceBody {
	b := schema.SourceBody{Source: string(s.Source), Labels: map[string]string{}, Metrics: []string{}, More: s.More}
	for _, l := range s.Labels {
		b.Labels[l.Name] = l.Value
	}
	for _, m := range s.Metrics {
		b.Metrics = append(b.Metrics, string(m))
	}
	return b
}

// after is the source that the page before ended with; nil on the first page.
func (in *sourcesInput) after(p *paging.Pager) (*telemetry.Source, error) {
	if in.Cursor == "" {
		return nil, nil
	}
	payload, err := p.Payload(in.Cursor)
	name := telemetry.Source(payload)
	return &name, err
}

func (h *Handlers) sources(ctx context.Context, in *sourcesInput) (*reply.Reply, error) {
	c := call.Of(ctx)
	p := paging.New(c, h.CursorKey, "sources")
	sel, err := (&params.Selector{Label: in.Label}).Parse()
	if err != nil {
		return nil, err
	}
	after, err := in.after(&p)
	if err != nil {
		return nil, err
	}
	got, err := h.Query.Sources(ctx, c.Principal.Tenant, sel, after, in.Limit)
	if err != nil {
		return nil, err
	}
	body := schema.SourcesBody{Sources: make([]schema.SourceBody, len(got.Sources))}
	for i := range got.Sources {
		body.Sources[i] = describeSource(&got.Sources[i])
	}
	if got.Next != nil {
		body.Next = p.Cursor([]byte(*got.Next))
	}
	out, err := reply.Read(body, got.Claim)
	if err != nil {
		return nil, err
	}
	return p.Paged(out, body.Next), nil
}

func (h *Handlers) source(ctx context.Context, in *params.SourceName) (*reply.Reply, error) {
	got, claim, err := h.Query.Source(ctx, call.Of(ctx).Principal.Tenant, telemetry.Source(in.Source))
	if err != nil {
		return nil, err
	}
	return reply.Read(describeSource(&got), claim)
}
