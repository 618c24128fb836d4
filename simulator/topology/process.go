package topology

import (
	"context"
	"errors"
	"fmt"

	"tidemark/simulator/azurite"
	"tidemark/simulator/redis"
)

// What a Process is told.
const (
	Pause   = "pause"
	Resume  = "resume"
	Kill    = "kill"
	Restart = "restart"
)

// The processes of a region.
const (
	Azurite = "azurite"
	Redis   = "redis"
)

// ErrNoProcess is a process that the topology did not start, or that does not run now.
var ErrNoProcess = errors.New("no process to tell")

// tell gives a process an order.
func (r *region) tell(ctx context.Context, process, order string) error {
	var orders map[string]func() error
	switch process {
	case Azurite:
		s := r.storage
		orders = map[string]func() error{Pause: s.Pause, Resume: s.Resume, Kill: s.Kill,
			Restart: func() error { return s.Restart(ctx) }}
	case Redis:
		c := r.redis
		if c == nil {
			return fmt.Errorf("%w: its Redis is %s; write redis: %s in the topology for one that takes orders",
				ErrNoProcess, r.config.Redis, modeProcess)
		}
		orders = map[string]func() error{Pause: c.Pause, Resume: c.Resume,
			Restart: func() error { return c.Restart(ctx) },
			Kill:    func() error { c.Kill(); return nil }}
	default:
		return &UnknownError{What: "process", Name: process, Known: []string{Azurite, Redis}}
	}
	f := orders[order]
	if f == nil {
		return &UnknownError{What: "order", Name: order, Known: []string{Pause, Resume, Kill, Restart}}
	}
	err := f()
	switch {
	case errors.Is(err, azurite.ErrAttached):
		return fmt.Errorf("%w: %w", ErrNoProcess, err)
	case errors.Is(err, azurite.ErrNotRunning), errors.Is(err, redis.ErrStopped):
		return fmt.Errorf("%w: %w: restart it first", ErrNoProcess, err)
	}
	return err
}
