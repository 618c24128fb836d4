package route

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/reply"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/identity"
)

// What an operation takes for credentials.
var (
	forTenants   = []map[string][]string{{"bearer": {}}, {"token": {}}}
	forEverybody = []map[string][]string{}
	ForInflux1   = []map[string][]string{{"token": {}}, {"bearer": {}}, {"basic": {}}, {"p": {}}}
)

// Operation begins the description of an operation of tenants, whose callers need a role.
func Operation(needs identity.Role, method, path, id, tag, summary, description string) huma.Operation {
	op := Public(method, path, id, tag, summary, description)
	op.Security, op.RejectUnknownQueryParameters = forTenants, true
	op.Metadata = map[string]any{needed: needs}
	return op
}

// Public begins the description of an operation for everybody.
func Public(method, path, id, tag, summary, description string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Summary: summary, Description: description,
		Tags: []string{tag}, Security: forEverybody, Responses: map[string]*huma.Response{}}
}

// Answers describes the good answer: its body is a T as JSON, or text in the other types. huma describes the type of a
// Body, and ours is a function.
func Answers[T any](t *Table, op *huma.Operation, status int, description string, headers map[string]*huma.Param,
	others ...string) {
	r := &huma.Response{Description: description, Headers: headers, Content: map[string]*huma.MediaType{
		reply.TypeJSON: {Schema: t.Schema(reflect.TypeFor[T]())},
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

// Fails describes the bad answers of an operation, besides those that every operation of tenants has. huma's
// Operation.Errors would add 422 and 500 to all, and its own model of an error, and knows no Retry-After.
func (t *Table) Fails(op *huma.Operation, statuses ...int) {
	statuses = append(statuses, 400)
	if len(op.Security) > 0 {
		statuses = append(statuses, 401, 403, 406, 422, 429, 500, 503)
	}
	t.FailsAs(op, "application/problem+json", t.Schema(reflect.TypeFor[schema.Problem]()), statuses)
}

// FailsAs describes bad answers of a form.
func (t *Table) FailsAs(op *huma.Operation, contentType string, schema *huma.Schema, statuses []int) {
	for _, s := range statuses {
		r := &huma.Response{Description: problemTexts[s]}
		if s >= 400 {
			r.Content = map[string]*huma.MediaType{contentType: {Schema: schema}}
		}
		if s == 408 || s == 429 || s == 503 {
			r.Headers = map[string]*huma.Param{"Retry-After": reply.HeaderParam("Seconds after which to try again.")}
		}
		op.Responses[strconv.Itoa(s)] = r
	}
}
