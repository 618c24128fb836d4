package writes

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/body"
	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/durability"
	"tidemark/adapters/httpapi/internal/params"
	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/internal/route"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/identity"
	"tidemark/domain/telemetry"
)

type putSourceInput struct {
	params.SourceName
	durability.Wishes
}

// MaxSourceBody bounds the body of PUT /v1/sources/{source}.
const MaxSourceBody = 64 << 10

var boundsOfSource = body.Bounds{Sent: MaxSourceBody, Decoded: MaxSourceBody}

func (h *Handlers) registerLabels(t *route.Table) {
	op := route.Operation(identity.TelemetryWrite, http.MethodPut, "/v1/sources/{source}", "replace-labels",
		"catalogue",
		"Replace the labels of a source",
		"The source need not have readings yet.")
	route.Answers[schema.LabelsReplaced](t, &op, http.StatusOK, "The labels are stored", durability.StampParams())
	t.Fails(&op, 400, 408, 413, 415)
	route.Handle(t, op, nil, h.putSource)
	t.DescribeBody(op.Method, op.Path, &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		string(body.JSON): {Schema: t.Schema(reflect.TypeFor[schema.SourceLabels]())}}})
}

func (h *Handlers) putSource(ctx context.Context, in *putSourceInput) (*reply.Reply, error) {
	o, err := in.Options()
	if err != nil {
		return nil, err
	}
	if err := params.CheckName("path.source", "source", in.Source); err != nil {
		return nil, err
	}
	c := call.Of(ctx)
	var given labelsBody
	if err := body.ReadJSON(ctx, c, h.Memory, boundsOfSource, &given); err != nil {
		return nil, err
	}
	if !given.Labels.given {
		return nil, problem.Param("body.labels", "it is missing: send {\"labels\":{}} to remove all labels")
	}
	d := telemetry.Description{Source: telemetry.Source(in.Source), Labels: given.Labels.sorted(), Replace: true}
	if err := telemetry.CheckLabels(d.Labels); err != nil {
		return nil, problem.Param("body.labels", err.Error())
	}
	receipt, err := h.Ingest.Write(ctx, c.Principal.Tenant, &telemetry.Batch{Sources: []telemetry.Description{d}}, o)
	if err != nil {
		return nil, durability.Perhaps(err, receipt)
	}
	return durability.Stamped(schema.LabelsReplaced{Source: in.Source, Labels: given.Labels.named(),
		Acknowledgement: durability.Acknowledged(receipt)}, receipt)
}
