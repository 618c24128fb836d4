package httpapi

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

type sourcesInput struct {
	Label []string `query:"label,explode" maxItems:"32" example:"[\"site=north\"]" doc:"A condition on a label, name=value or name!=value; may be repeated, and all have to hold. A label that a source does not have counts as empty."`
	Page
}

// SourceName is the source in a path.
type SourceName struct {
	Source string `path:"source" minLength:"1" maxLength:"512" doc:"The source; percent-encode what is special in a path, a slash as %2F."`
}

// MaxSourceBody bounds the body of PUT /v1/sources/{source}.
const MaxSourceBody = 64 << 10

type putSourceInput struct {
	SourceName
	Wishes
}

// SourceLabels is the body of a replacement of labels.
type SourceLabels struct {
	Labels map[string]string `json:"labels" maxProperties:"32" doc:"All labels that the source is to have; those it has and that are not named go."`
}

// SourcesBody is sources.
type SourcesBody struct {
	Sources []SourceBody `json:"sources" nullable:"false" doc:"By name."`
	Next    string       `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
}

// SourceBody describes a source.
type SourceBody struct {
	Source  string            `json:"source" doc:"The name."`
	Labels  map[string]string `json:"labels" doc:"Its labels."`
	Metrics []string          `json:"metrics" nullable:"false" doc:"What it measures, by name: the first 1,000 of them."`
	More    bool              `json:"more_metrics,omitempty" doc:"It has others: GET /v1/series lists all."`
}

// LabelsReplaced is the body of an accepted replacement of labels.
type LabelsReplaced struct {
	Source string            `json:"source" doc:"The name."`
	Labels map[string]string `json:"labels" doc:"Its labels from now on."`
	Acknowledgement
}

func (a *API) registerSources() {
	op := a.operation(http.MethodGet, "/v1/sources", "list-sources", "catalogue", "List sources", "")
	answers[SourcesBody](a, &op, http.StatusOK, "A page of sources", claimParams(true))
	a.fails(&op, 304, 400)
	handle(a, op, nil, a.sources)

	op = a.operation(http.MethodGet, "/v1/sources/{source}", "read-source", "catalogue", "Describe a source", "")
	answers[SourceBody](a, &op, http.StatusOK, "The source", claimParams(false))
	a.fails(&op, 304, 404)
	handle(a, op, nil, a.source)

	op = a.operation(http.MethodPut, "/v1/sources/{source}", "replace-labels", "catalogue",
		"Replace the labels of a source",
		"The source need not have readings yet.")
	answers[LabelsReplaced](a, &op, http.StatusOK, "The labels are stored", stampParams())
	a.fails(&op, 400, 408, 413, 415)
	handle(a, op, nil, a.putSource)
	a.describeBody(op.Method, op.Path, &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		typeJSON: {Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[SourceLabels](), true,
			"SourceLabels")}}})
}

func describe(s *query.SourceInfo) SourceBody {
	b := SourceBody{Source: string(s.Source), Labels: map[string]string{}, Metrics: []string{}, More: s.More}
	for _, l := range s.Labels {
		b.Labels[l.Name] = l.Value
	}
	for _, m := range s.Metrics {
		b.Metrics = append(b.Metrics, string(m))
	}
	return b
}

func (a *API) sources(ctx context.Context, in *sourcesInput) (*reply, error) {
	c := callOf(ctx)
	p := a.paging(c, "sources")
	sel, err := (&Selector{Label: in.Label}).parse()
	if err != nil {
		return nil, err
	}
	var after *telemetry.Source
	if in.Cursor != "" {
		payload, err := p.payload(in.Cursor)
		if err != nil {
			return nil, err
		}
		name := telemetry.Source(payload)
		after = &name
	}
	got, err := a.deps.Query.Sources(ctx, c.tenant, sel, after, in.Limit)
	if err != nil {
		return nil, err
	}
	body := SourcesBody{Sources: make([]SourceBody, len(got.Sources))}
	for i := range got.Sources {
		body.Sources[i] = describe(&got.Sources[i])
	}
	if got.Next != nil {
		body.Next = p.cursor([]byte(*got.Next))
	}
	out, err := readReply(body, got.Claim)
	if err != nil {
		return nil, err
	}
	return paged(out, &p, body.Next), nil
}

func (a *API) source(ctx context.Context, in *SourceName) (*reply, error) {
	got, claim, err := a.deps.Query.Source(ctx, callOf(ctx).tenant, telemetry.Source(in.Source))
	if err != nil {
		return nil, err
	}
	return readReply(describe(&got), claim)
}

func (a *API) putSource(ctx context.Context, in *putSourceInput) (*reply, error) {
	o, err := in.options()
	if err != nil {
		return nil, err
	}
	if err := checkName("path.source", "source", in.Source); err != nil {
		return nil, err
	}
	c := callOf(ctx)
	var body labelsBody
	if err := c.readJSON(ctx, &body, boundsOfSource); err != nil {
		return nil, err
	}
	if !body.Labels.given {
		return nil, invalidParam("body.labels", "it is missing: send {\"labels\":{}} to remove all labels")
	}
	d := telemetry.Description{Source: telemetry.Source(in.Source), Labels: body.Labels.sorted(), Replace: true}
	if err := telemetry.CheckLabels(d.Labels); err != nil {
		return nil, invalidParam("body.labels", err.Error())
	}
	receipt, err := a.deps.Ingest.Write(ctx, c.tenant, &telemetry.Batch{Sources: []telemetry.Description{d}}, o)
	if err != nil {
		return nil, perhaps(err, receipt)
	}
	return stamped(LabelsReplaced{Source: in.Source, Labels: body.Labels.named(),
		Acknowledgement: acknowledged(receipt)}, receipt)
}
