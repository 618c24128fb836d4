package sched

import (
	"context"
	"sync"
)

// Group runs actors side by side under one context, like errgroup, on a Scheduler.
type Group struct {
	s      Scheduler
	ctx    context.Context
	cancel context.CancelFunc
	limit  int

	mu      sync.Mutex
	running int
	err     error
	changed Event // replaced each time an actor ends
}

// NewGroup makes a group that runs at most limit actors at a time; limit <= 0 is without bound.
func NewGroup(ctx context.Context, s Scheduler, limit int) *Group {
	g := &Group{s: s, limit: limit, changed: s.NewEvent()}
	g.ctx, g.cancel = s.WithCancel(ctx)
	return g
}

// Go starts f once there is room. It reports false, without starting it, when the group has failed or its context
// ended.
func (g *Group) Go(f func(ctx context.Context) error) bool {
	for {
		g.mu.Lock()
		if g.err != nil || g.ctx.Err() != nil {
			if g.err == nil {
				g.err = context.Cause(g.ctx)
			}
			g.mu.Unlock()
			return false
		}
		if g.limit <= 0 || g.running < g.limit {
			g.running++
			g.mu.Unlock()
			g.s.Go("group", func() { g.end(f(g.ctx)) })
			return true
		}
		changed := g.changed
		g.mu.Unlock()
		if err := changed.Wait(g.ctx); err != nil {
			continue
		}
	}
}

func (g *Group) end(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.running--
	if err != nil && g.err == nil {
		g.err = err
		g.cancel()
	}
	g.changed.Set()
	g.changed = g.s.NewEvent()
}

// Wait waits until every actor has ended, whatever became of the context, and returns the first error.
func (g *Group) Wait() error {
	defer g.cancel()
	for {
		g.mu.Lock()
		if g.running == 0 {
			err := g.err
			g.mu.Unlock()
			return err
		}
		changed := g.changed
		g.mu.Unlock()
		_ = changed.Wait(context.Background())
	}
}

// Each runs f(ctx, 0..n-1) as actors, at most limit at a time, and waits for all of them. The first error ends the
// context of the others and is returned.
func Each(ctx context.Context, s Scheduler, n, limit int, f func(ctx context.Context, i int) error) error {
	if n == 0 {
		return nil
	}
	if n == 1 {
		return f(ctx, 0)
	}
	g := NewGroup(ctx, s, limit)
	for i := range n {
		if !g.Go(func(ctx context.Context) error { return f(ctx, i) }) {
			break
		}
	}
	return g.Wait()
}
