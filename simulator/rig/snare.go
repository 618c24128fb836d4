package rig

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// Snare is a gate that catches the first write that it wants, and every repetition of that, and holds them until they
// are let go.
type Snare struct {
	wants  func(*Call) bool
	same   func(a, b *Call) bool
	caught chan *Call
	free   chan struct{}
	lose   atomic.Bool // what is let go is lost

	mu    sync.Mutex
	first *Call
}

// Snare puts a snare on the proxy, where it stays until another gate is set: it catches the first write that wants
// says, and those that are the same.
func (p *Proxy) Snare(wants func(*Call) bool, same func(a, b *Call) bool) *Snare {
	s := &Snare{wants: wants, same: same, caught: make(chan *Call, 1), free: make(chan struct{})}
	p.SetGate(s.gate)
	return s
}

func (s *Snare) gate(c *Call) Pass {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.first == nil && s.wants(c):
		s.first = c
		s.caught <- c
	case s.first == nil || !s.same(s.first, c):
		return Pass{}
	}
	return Pass{Hold: s.free, Lost: s.lose.Load}
}

// Wait waits for the catch.
func (s *Snare) Wait(ctx context.Context) (*Call, error) {
	select {
	case c := <-s.caught:
		return c, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("nothing was caught: %w", context.Cause(ctx))
	}
}

// Release delivers what was caught, or loses it. It is called once.
func (s *Snare) Release(lose bool) {
	s.lose.Store(lose)
	close(s.free)
}
