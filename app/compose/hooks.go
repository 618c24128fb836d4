package compose

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/fx"
)

// How long each part may take to stop, in the order in which they stop. fx gives all of them together stopDeadline:
// what is left when that has passed would not be stopped at all.
const (
	serverDeadline = 15 * time.Second
	writerDeadline = 10 * time.Second
	watchDeadline  = 2 * time.Second
	workerDeadline = 15 * time.Second
	cacheDeadline  = 2 * time.Second
	storeDeadline  = 10 * time.Second
	flushDeadline  = 3 * time.Second
	stopMargin     = 5 * time.Second
)

func stopDeadline(drain time.Duration) time.Duration {
	return drain + serverDeadline + writerDeadline + watchDeadline + workerDeadline + cacheDeadline + storeDeadline +
		flushDeadline +
		stopMargin
}

// stopHook stops a part within its own deadline. A part that ignores its context is left behind, so that the next
// ones are stopped too.
func stopHook(what string, deadline time.Duration, stop func(context.Context) error) fx.Hook {
	return fx.Hook{OnStop: func(ctx context.Context) error { return within(ctx, what, deadline, stop) }}
}

func within(ctx context.Context, what string, deadline time.Duration, stop func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- stop(ctx) }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("stop %s: %w", what, err)
		}
		return nil
	case <-ctx.Done():
		select {
		case err := <-done: // it heeded the context a moment ago
			return err
		case <-time.After(50 * time.Millisecond):
			return fmt.Errorf("stop %s: it did not end within %s and was left behind", what, deadline)
		}
	}
}
