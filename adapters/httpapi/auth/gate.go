// Package auth says who calls, and lets a tenant's callers in as often as it may call.
package auth

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/ports/authn"
)

// gate lets callers in: those of a tenant, no more often than it may call.
type gate struct {
	callers authn.Authenticator
	now     func() time.Time
	limiter *limiter
}

// NewGate makes a gate. callers tells who shows a credential; a tenant may send so many requests a second, and so many
// at once. A rate of 0 is no limit.
func NewGate(callers authn.Authenticator, now func() time.Time, rate float64, burst int) *gate {
	return &gate{callers: callers, now: now, limiter: newLimiter(rate, burst)}
}

// Admit finds the caller of operations that need one, and holds its tenant to its rate. It is a middleware.
func (g *gate) Admit(ctx huma.Context, next func(huma.Context)) {
	if len(ctx.Operation().Security) == 0 {
		next(ctx)
		return
	}
	c := call.Of(ctx.Context())
	p, err := g.callers.Authenticate(c.Request.Context(), Credential(c.Request))
	if err == nil {
		err = p.Check()
	}
	if err == nil {
		c.Principal = p
		err = g.limiter.admit(p.Tenant, g.now())
	}
	if err != nil {
		c.Fail(err)
		return
	}
	next(ctx)
}
