package route

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/reply"
)

// AnyForm is for operations whose good answer has no body: Accept is not looked at.
var AnyForm = []string{}

// output hands the response over to send.
type output struct{ Body func(huma.Context) }

// Handle registers an operation whose answer has one of the forms (JSON when none is named), and whose bad answers
// are problems.
func Handle[I any](t *Table, op huma.Operation, forms []string, f func(context.Context, *I) (*reply.Reply, error)) {
	if forms == nil {
		forms = []string{reply.TypeJSON}
	}
	huma.Register(t.api, op, func(ctx context.Context, in *I) (*output, error) {
		c := call.Of(ctx)
		return &output{Body: func(huma.Context) {
			var r *reply.Reply
			form, err := reply.Negotiate(c.Request.Header, forms)
			if err == nil {
				ctx, cancel := context.WithTimeout(ctx, t.timeout)
				defer cancel()
				r, err = f(context.WithValue(ctx, formKey{}, form), in)
			}
			if err != nil {
				c.Fail(err)
				return
			}
			r.Send(c)
		}}, nil
	})
}

type formKey struct{}

// FormIn is the negotiated form of the answer.
func FormIn(ctx context.Context) string { return ctx.Value(formKey{}).(string) }

// Page serves a handler as an operation that everybody may ask.
func (t *Table) Page(op huma.Operation, h http.HandlerFunc) {
	recorder{t}.HandleFunc(op.Method+" "+op.Path, h)
	op.Security = forEverybody
	t.Document().AddOperation(&op)
}

// DescribeBody describes the body of an operation that reads it by itself, as all of them do: huma's own reading
// knows neither compression nor rejections, and validates by decoding twice. It comes after handle, because huma
// reads what it sees described.
func (t *Table) DescribeBody(method, path string, b *huma.RequestBody) {
	Operations(t.Document().Paths[path])[method].RequestBody = b
}
