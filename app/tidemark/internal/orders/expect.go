package orders

import (
	"context"

	"tidemark/app/tidemark/internal/forecast"
)

// expect says what the clients of the service that runs here meet now; nothing where nobody has said what runs.
func (c controlled) expect(ctx context.Context) string {
	service, err := c.client().Service(ctx)
	if err != nil {
		return ""
	}
	p, err := look(ctx, c.client())
	if err != nil {
		return ""
	}
	paths, err := c.client().Paths(ctx)
	if err != nil {
		return ""
	}
	return "\n" + forecast.Of(p.Edge, p.Accounts, paths, service)
}
