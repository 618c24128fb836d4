package e2e

import (
	"context"

	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
)

// expiring is a service some of whose readings expire: its answers say what that does to them.
type expiring struct {
	traffic.Service
	now func() *history.Expiry
}

// Read implements traffic.Service.
func (e expiring) Read(ctx context.Context, c history.Call) (history.Answer, error) {
	return e.expire(e.Service.Read(ctx, c))
}

// Latest implements traffic.Service.
func (e expiring) Latest(ctx context.Context, c history.Call) (history.Answer, error) {
	return e.expire(e.Service.Latest(ctx, c))
}

// Ask implements traffic.Service.
func (e expiring) Ask(ctx context.Context, c history.Call) (history.Answer, error) {
	return e.expire(e.Service.Ask(ctx, c))
}

func (e expiring) expire(a history.Answer, err error) (history.Answer, error) {
	if e.now != nil {
		a.Expiry = e.now()
	}
	return a, err
}
