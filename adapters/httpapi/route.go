package httpapi

import (
	"context"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

func humaConfig(cfg Config) huma.Config {
	c := huma.DefaultConfig("tidemark", cfg.Version)
	c.CreateHooks = nil // no $schema members and no links to them: bodies hold data
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	c.Info.Description = "Telemetry and analytics. A reading that was acknowledged is durable in the journal of one " +
		"region and stays; while that region " +
		"is out of reach, writes and questions are 503. Times are RFC 3339 in UTC; spans are half open (from <= " +
		"time < to)."
	c.Servers = []*huma.Server{{URL: "/"}}
	c.Tags = []*huma.Tag{
		{Name: "readings", Description: "Write, read and delete readings."},
		{Name: "influx", Description: "InfluxDB's line protocol, as Telegraf sends it."},
		{Name: "catalogue", Description: "Sources, series and their last readings."},
		{Name: "operations", Description: "Status and background work."},
		{Name: "node", Description: "Probes, metrics and this document."},
	}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "A token: Authorization: Bearer ..."},
		"token": {Type: "apiKey", In: "header", Name: "Authorization",
			Description: "A token as InfluxDB 2 has it: Authorization: Token ..."},
		"basic": {
			Type: "http", Scheme: "basic", Description: "As InfluxDB 1 has it: the password is the token, the name " +
				"is not looked at."},
		"p": {Type: "apiKey", In: "query", Name: "p", Description: "As InfluxDB 1 has it: the password is the token."},
	}
	return c
}

var (
	forTenants = []map[string][]string{{"bearer": {}}, {"token": {}}}
	forInflux1 = []map[string][]string{{"token": {}}, {"bearer": {}}, {"basic": {}}, {"p": {}}}
)

// Media types of answers.
const (
	typeJSON = "application/json"
	typeCSV  = "text/csv; charset=utf-8"
)

// anyForm is for operations whose good answer has no body: Accept is not looked at.
var anyForm = []string{}

// output hands the response over to send.
type output struct{ Body func(huma.Context) }

// handle registers an operation whose answer has one of the forms (JSON when none is named), and whose bad answers
// are problems.
func handle[I any](a *API, op huma.Operation, forms []string, f func(context.Context, *I) (*reply, error)) {
	if forms == nil {
		forms = []string{typeJSON}
	}
	huma.Register(a.huma, op, func(ctx context.Context, in *I) (*output, error) {
		c := callOf(ctx)
		return &output{Body: func(huma.Context) {
			var r *reply
			form, err := negotiate(c.r.Header, forms)
			if err == nil {
				ctx, cancel := a.timeout(ctx)
				defer cancel()
				r, err = f(context.WithValue(ctx, formKey{}, form), in)
			}
			if err != nil {
				a.fail(c, err)
				return
			}
			r.send(c)
		}}, nil
	})
}

// describeBody describes the body of an operation that reads it by itself, as all of them do: huma's own reading
// knows neither compression nor rejections, and validates by decoding twice. It comes after handle, because huma
// reads what it sees described.
func (a *API) describeBody(method, path string, b *huma.RequestBody) {
	operations(a.huma.OpenAPI().Paths[path])[method].RequestBody = b
}

type formKey struct{}

// formIn is the negotiated form of the answer.
func formIn(ctx context.Context) string { return ctx.Value(formKey{}).(string) }

// operation begins the description of an operation of tenants.
func (a *API) operation(method, path, id, tag, summary, description string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Description: description,
		Tags:     []string{tag},
		Security: forTenants, RejectUnknownQueryParameters: true, Responses: map[string]*huma.Response{}}
}

// public makes it one for everybody.
func public(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{}
	op.RejectUnknownQueryParameters = false
	return op
}

// answers describes the good answer: its body is a T as JSON, or text in the other types.
func answers[T any](a *API, op *huma.Operation, status int, description string, headers map[string]*huma.Param,
	others ...string) {
	t := reflect.TypeFor[T]()
	r := &huma.Response{Description: description, Headers: headers, Content: map[string]*huma.MediaType{
		typeJSON: {Schema: a.huma.OpenAPI().Components.Schemas.Schema(t, true, t.Name())},
	}}
	for _, o := range others {
		o, _, _ = strings.Cut(o, ";")
		r.Content[o] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	}
	op.Responses[strconv.Itoa(status)] = r
}

var problemTexts = map[int]string{
	304: "Not modified: what you have (If-None-Match) is what there is",
	400: "The query, the body or the cursor does not decode",
	401: "Nobody we know",
	403: "Not allowed",
	404: "There is no such thing",
	406: "The form of the answer that Accept asks for is not had",
	408: "The body did not come in time",
	409: "Somebody else was first",
	413: "Over a limit",
	415: "The form of the body is unknown",
	422: "A parameter is out of its range, or nothing of the body is acceptable",
	429: "Too much at once: again after Retry-After",
	500: "A fault of ours",
	503: "Not available, or the outcome is unknown (perhaps_stored): again after Retry-After",
}

// fails describes the bad answers of an operation, besides those that every operation of tenants has.
func (a *API) fails(op *huma.Operation, statuses ...int) {
	statuses = append(statuses, 400)
	if len(op.Security) > 0 {
		statuses = append(statuses, 401, 403, 406, 422, 429, 500, 503)
	}
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	a.failsAs(op, "application/problem+json", schema, statuses)
}

func (a *API) failsAs(op *huma.Operation, contentType string, schema *huma.Schema, statuses []int) {
	for _, s := range statuses {
		r := &huma.Response{Description: problemTexts[s]}
		if s >= 400 {
			r.Content = map[string]*huma.MediaType{contentType: {Schema: schema}}
		}
		if s == 408 || s == 429 || s == 503 {
			r.Headers = map[string]*huma.Param{"Retry-After": headerParam("Seconds after which to try again.")}
		}
		op.Responses[strconv.Itoa(s)] = r
	}
}

func headerParam(description string) *huma.Param {
	return &huma.Param{Description: description, Schema: &huma.Schema{Type: huma.TypeString}}
}

// tidy takes out of the document what huma put there and nobody refers to.
func tidy(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
}

// page serves a handler as an operation that everybody may ask.
func (a *API) page(op huma.Operation, h http.HandlerFunc) {
	recorder{a}.HandleFunc(op.Method+" "+op.Path, h)
	op = public(op)
	a.huma.OpenAPI().AddOperation(&op)
}

var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
	http.MethodDelete}

// notFound answers what no operation serves: 405 with Allow when another method would do, else 404.
func (a *API) notFound(w http.ResponseWriter, r *http.Request) {
	c := callOf(r.Context())
	var allow []string
	for _, m := range methods {
		probe := r.Clone(r.Context())
		probe.Method = m
		if _, pattern := a.mux.Handler(probe); pattern != "/" && pattern != "" {
			allow = append(allow, m)
		}
	}
	if len(allow) == 0 || slices.Contains(allow, r.Method) {
		a.fail(c, newProblem(http.StatusNotFound, "not-found", "There is no such thing",
			"nothing is served at this path: GET /docs lists what there is"))
		return
	}
	p := newProblem(http.StatusMethodNotAllowed, "method-not-allowed", "Not with this method", "here it is "+
		strings.Join(allow, ", "))
	p.header.Set("Allow", strings.Join(allow, ", "))
	a.fail(c, p)
}
