package e2e

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// snare is a gate that catches the first write that it wants, and every repetition of that, and holds them until they
// are let go.
type snare struct {
	wants  func(*call) bool
	caught chan *call
	free   chan struct{}
	lose   atomic.Bool // what is let go is lost

	mu    sync.Mutex
	first *call
}

// snareNext puts a snare on the proxy. The gate stays until another is set.
func (p *proxy) snareNext(wants func(*call) bool) *snare {
	s := &snare{wants: wants, caught: make(chan *call, 1), free: make(chan struct{})}
	p.setGate(s.gate)
	return s
}

func (s *snare) gate(c *call) pass {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.first == nil && s.wants(c):
		s.first = c
		s.caught <- c
	case s.first == nil || c.block() == "" || c.kind != s.first.kind || c.block() != s.first.block():
		return pass{}
	}
	return pass{hold: s.free, lost: s.lose.Load}
}

// wait waits for the catch.
func (s *snare) wait(t testing.TB, within time.Duration, what string) *call {
	t.Helper()
	select {
	case c := <-s.caught:
		return c
	case <-time.After(within):
		t.Fatalf("not within %s: %s", within, what)
		return nil
	}
}

// release delivers what was caught, or loses it.
func (s *snare) release(lose bool) {
	s.lose.Store(lose)
	close(s.free)
}

// diary notes what the proxy saw of blocks, for ever.
type diary struct {
	mu     sync.Mutex
	stored map[string]bool // blocks whose append the service took, as writer/number
	voided map[string]bool // numbers made void
	denied map[string]int  // blocks whose append the service refused, how often
}

func (p *proxy) keepDiary() *diary {
	d := &diary{stored: map[string]bool{}, voided: map[string]bool{}, denied: map[string]int{}}
	p.setWitness(d.note)
	return d
}

func (d *diary) note(c *call, a answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	name := c.block()
	switch {
	case c.kind == isAppend && a.refused():
		d.denied[name]++
	case c.kind == isAppend:
		d.stored[name] = true
	case c.kind == isFill && !a.refused():
		for _, act := range c.batch {
			if act.isBlock() && act.row.Void {
				d.voided[blockName(act.rk)] = true
			}
		}
	}
}

func (d *diary) has(of map[string]bool, name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return of[name]
}
