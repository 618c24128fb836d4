package route

import (
	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/domain/identity"
)

// needed is where an operation's metadata, which the document does not show, have the role that its callers need.
const needed = "role"

// refuseOthers refuses callers without the role that an operation needs. One that names no role nobody may call.
func refuseOthers(ctx huma.Context, next func(huma.Context)) {
	op := ctx.Operation()
	if len(op.Security) > 0 {
		role, _ := op.Metadata[needed].(identity.Role)
		c := call.Of(ctx.Context())
		if err := c.Principal.Allow(role); err != nil {
			c.Fail(err)
			return
		}
	}
	next(ctx)
}
