package redis

import (
	"context"
	"fmt"
	"sync"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// inProcess is a miniredis.
type inProcess struct {
	mini *miniredis.Miniredis

	mu    sync.Mutex
	gate  chan struct{} // closed unless paused
	ended bool
}

// startInProcess starts a miniredis at an address and says which it got.
func startInProcess(addr, password string) (*inProcess, string, error) {
	p := &inProcess{mini: miniredis.NewMiniRedis(), gate: make(chan struct{})}
	close(p.gate)
	if err := p.mini.StartAddr(addr); err != nil {
		return nil, "", fmt.Errorf("redis: miniredis at %s: %w", addr, err)
	}
	if password != "" {
		p.mini.RequireAuth(password)
	}
	p.mini.ClockTTL(true)
	p.mini.Server().SetPreHook(p.hold)
	return p, p.mini.Addr(), nil
}

// hold keeps a command waiting while the server is paused, and drops it when the server ended meanwhile.
func (p *inProcess) hold(_ *server.Peer, _ string, _ ...string) (done bool) {
	p.mu.Lock()
	gate := p.gate
	p.mu.Unlock()
	<-gate
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

func (p *inProcess) pause() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-p.gate:
		p.gate = make(chan struct{})
	default: // paused already
	}
	return nil
}

func (p *inProcess) resume() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.open()
	return nil
}

func (p *inProcess) open() {
	select {
	case <-p.gate:
	default:
		close(p.gate)
	}
}

func (p *inProcess) end(context.Context, bool) {
	p.mu.Lock()
	p.ended = true
	p.open()
	p.mu.Unlock()
	p.mini.Close()
}
