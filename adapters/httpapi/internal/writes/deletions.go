package writes

import (
	"context"
	"net/http"
	"time"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/durability"
	"tidemark/adapters/httpapi/internal/encode"
	"tidemark/adapters/httpapi/internal/params"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/identity"
	"tidemark/domain/telemetry"
)

type deleteInput struct {
	Source    string `query:"source" required:"true" minLength:"1" maxLength:"512" doc:"The source."`
	Metric    string `query:"metric" maxLength:"512" doc:"The metric. Default: every metric that the source has now."`
	From      string `query:"from" required:"true" maxLength:"64" doc:"The first moment to delete: RFC 3339, a date (its first moment in UTC) or a Unix number."`
	To        string `query:"to" required:"true" maxLength:"64" doc:"The end, which is not deleted: RFC 3339, a date or a Unix number."`
	Precision string `query:"precision" enum:"ns,us,ms,s,m,h" doc:"The unit of from and to when they are numbers. Default: ns, and then a number that would lie before 1971 is refused."`
	durability.Wishes
}

func (h *Handlers) registerDeletions(t *route.Table) {
	op := route.Operation(identity.TelemetryWrite, http.MethodDelete, "/v1/readings", "delete-readings", "readings",
		"Delete readings of a source",
		"Deletes what was stored before; a reading that is written later stays. Deleting readings that are not "+
			"there is fine; a source or metric that nobody ever wrote is 404.")
	route.Answers[schema.Deleted](t, &op, http.StatusOK, "The deletion is stored", durability.StampParams())
	t.Fails(&op, 404)
	route.Handle(t, op, nil, h.deleteReadings)
}

func (h *Handlers) deleteReadings(ctx context.Context, in *deleteInput) (*reply.Reply, error) {
	c := call.Of(ctx)
	o, err := in.Options()
	if err != nil {
		return nil, err
	}
	s := params.Span{From: in.From, To: in.To, Precision: in.Precision}
	from, to, err := s.Bounds(ctx, h.Clock, time.UTC)
	if err != nil {
		return nil, err
	}
	if err := params.CheckName("query.source", "source", in.Source); err != nil {
		return nil, err
	}
	if in.Metric != "" {
		if err := params.CheckName("query.metric", "metric", in.Metric); err != nil {
			return nil, err
		}
	}
	d := deletion{query: h.Query, ingest: h.Ingest, tenant: c.Principal.Tenant, options: o,
		source: telemetry.Source(in.Source), from: from, to: to}
	d.body = schema.Deleted{Source: in.Source, Metrics: []string{}, From: encode.Time(from), To: encode.Time(to)}
	if in.Metric != "" {
		err = d.one(ctx, telemetry.Metric(in.Metric))
	} else {
		err = d.all(ctx)
	}
	if err != nil {
		return nil, durability.Perhaps(err, d.receipt)
	}
	d.body.Acknowledgement = durability.Acknowledged(d.receipt)
	return durability.Stamped(d.body, d.receipt)
}
