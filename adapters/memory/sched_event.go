package memory

import (
	"container/list"
	"context"
)

// schedEvent is Sched's sched.Event.
type schedEvent struct {
	s       *Sched
	set     bool
	waiters list.List // of *waiter
}

// Set wakes the waiters. It is no scheduling point.
func (e *schedEvent) Set() {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	e.set = true
	for e.waiters.Len() > 0 {
		e.s.wake(e.waiters.Front().Value.(*waiter))
	}
}

// IsSet reports whether Set was called.
func (e *schedEvent) IsSet() bool {
	e.s.mu.Lock()
	defer e.s.mu.Unlock()
	return e.set
}

// Wait is a scheduling point also when it need not wait.
func (e *schedEvent) Wait(ctx context.Context) error {
	s := e.s
	c := s.owner(ctx, "Wait")
	s.mu.Lock()
	a := s.enter("Wait")
	if e.set || c.ended() != nil {
		s.yield(a, "wait")
	} else {
		w := &waiter{actor: a, event: e}
		w.queued = e.waiters.PushBack(w)
		w.onContext(c)
		s.pass(a, "wait")
	}
	if e.IsSet() {
		return nil
	}
	return ctx.Err()
}
