// Package auth says whose request it is, and lets it in as often as that tenant may call.
package auth

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/domain/telemetry"
)

// gate lets requests in: those of a tenant, no more often than it may call.
type gate struct {
	tenant  func(*http.Request) (telemetry.Tenant, error)
	now     func() time.Time
	limiter *limiter
}

// NewGate makes a gate. tenant tells whose request it is; a tenant may send so many requests a second, and so many at
// once. A rate of 0 is no limit.
func NewGate(tenant func(*http.Request) (telemetry.Tenant, error), now func() time.Time, rate float64,
	burst int) *gate {
	return &gate{tenant: tenant, now: now, limiter: newLimiter(rate, burst)}
}

// Admit finds the tenant of operations that need one, and holds it to its rate. It is a middleware.
func (g *gate) Admit(ctx huma.Context, next func(huma.Context)) {
	if len(ctx.Operation().Security) == 0 {
		next(ctx)
		return
	}
	c := call.Of(ctx.Context())
	t, err := g.tenant(c.Request)
	if err == nil {
		c.Tenant = t
		err = g.limiter.admit(t, g.now())
	}
	if err != nil {
		c.Fail(err)
		return
	}
	next(ctx)
}
