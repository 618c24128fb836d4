package traffic

import (
	"context"
	"sync/atomic"

	"tidemark/ports/sched"
)

// Crew is clients that work side by side until they are dismissed.
type Crew struct {
	over  atomic.Bool
	group *sched.Group
}

// Start has clients begin.
func Start(ctx context.Context, s sched.Scheduler, clients ...*Client) *Crew {
	c := &Crew{group: sched.NewGroup(ctx, s, 0)}
	for _, client := range clients {
		c.group.Go(func(ctx context.Context) error {
			client.Run(ctx, c.over.Load)
			return nil
		})
	}
	return c
}

// Dismiss lets the clients finish what they are at, for their patience at most, and waits for them. Doing so again is
// harmless.
func (c *Crew) Dismiss() {
	c.over.Store(true)
	_ = c.group.Wait() // clients have no error
}
