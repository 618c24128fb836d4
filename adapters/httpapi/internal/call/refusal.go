package call

import (
	"cmp"
	"errors"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/adapters/httpapi/schema"
)

var claimOnce sync.Once

// ClaimErrors makes huma's own refusals of our requests problems. The hook is a package variable of huma, so it is
// set once, and what belongs to another API of the process goes where it went before.
func ClaimErrors() {
	claimOnce.Do(func() {
		before := huma.NewErrorWithContext
		huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
			if ctx != nil {
				if c, ok := ctx.Context().Value(key{}).(*Call); ok {
					return c.refusal(ctx.Operation(), status, msg, errs)
				}
			}
			return before(ctx, status, msg, errs...)
		}
	})
}

// refusal turns a refusal by huma into an error of the request's form. Values that the client sent are not sent back.
func (c *Call) refusal(op *huma.Operation, status int, msg string, errs []error) huma.StatusError {
	var p *problem.Error
	switch {
	case status >= 500:
		p = problem.Of(errors.Join(errs...))
	default:
		var wrong []schema.Violation
		for _, err := range errs {
			wrong = append(wrong, problem.Violation(op, err))
		}
		p = problem.Params(wrong...)
		p.Status, p.Detail = status, cmp.Or(p.Detail, msg)
	}
	return p.In(c.form, c.ID)
}
