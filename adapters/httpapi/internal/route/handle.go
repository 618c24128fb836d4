package route

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/reply"
)

// AnyForm is for operations whose good answer has no body: Accept is not looked at.
var AnyForm = []string{}

// output hands the response over to Send. huma would encode a Body of another type by itself, which does not serve:
// it takes an unknown Accept for JSON or refuses it without saying what there is, has one list of forms for all
// operations, writes no CSV, and has no bytes to make an entity tag of before the header is gone. A function as
// Body is what huma has for answers that are written by hand.
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

// Page serves a handler as an operation that everybody may ask. It goes to huma's adapter, as huma's own pages do:
// huma.Register is for operations with an input and an output, and would put middlewares for tenants before it.
func (t *Table) Page(op huma.Operation, h http.HandlerFunc) {
	op.Security = forEverybody
	t.api.Adapter().Handle(&op, func(ctx huma.Context) {
		r, w := humago.Unwrap(ctx)
		h(w, r)
	})
	t.Document().AddOperation(&op)
}

// DescribeBody describes the body of an operation that reads it by itself, as all of them do. huma would read a body
// into memory before the operation is asked, of as many requests as come, without decompressing it; it validates by
// decoding twice, and refuses a document as a whole where we reject readings one by one. It comes after Handle,
// because huma reads what it sees described.
func (t *Table) DescribeBody(method, path string, b *huma.RequestBody) {
	Operations(t.Document().Paths[path])[method].RequestBody = b
}
