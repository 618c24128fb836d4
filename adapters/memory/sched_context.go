package memory

import (
	"container/list"
	"context"
	"tidemark/adapters/memory/internal/timers"
	"time"
)

// schedContext is a context that ends in virtual time. Everything but its parent is guarded by s.mu.
type schedContext struct {
	parent   context.Context
	s        *Sched
	done     chan struct{}
	deadline time.Time // zero: the parent's
	err      error
	hooks    list.List // of hook, in the order in which they are called
	up       *schedContext
	inUp     *list.Element
	timer    *timers.Timer
}

// hook is called when a context ends: inner under s.mu, outer without.
type hook struct{ inner, outer func() }

// ownerKey finds the nearest schedContext through contexts that add values.
type ownerKey struct{}

// Deadline is the earlier of its own and its parent's.
func (c *schedContext) Deadline() (time.Time, bool) {
	if !c.deadline.IsZero() {
		return c.deadline, true
	}
	return c.parent.Deadline()
}

// Done is closed when the context ends.
func (c *schedContext) Done() <-chan struct{} { return c.done }

// Err says why the context ended.
func (c *schedContext) Err() error {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.err
}

// Value is the parent's, but for the key by which the scheduler finds its own context.
func (c *schedContext) Value(key any) any {
	if key == (ownerKey{}) {
		return c
	}
	return c.parent.Value(key)
}

// AfterFunc lets contexts that the standard library derives from c follow it without a goroutine: it calls f when c
// ends.
func (c *schedContext) AfterFunc(f func()) (stop func() bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	if c.err != nil {
		go f() // as context.AfterFunc does; the caller may hold what f locks
		return func() bool { return false }
	}
	e := c.hooks.PushBack(hook{outer: f})
	return func() bool {
		c.s.mu.Lock()
		defer c.s.mu.Unlock()
		if c.err != nil || e.Value == nil {
			return false
		}
		c.hooks.Remove(e)
		e.Value = nil
		return true
	}
}

// owner is the scheduler's context behind ctx, nil for one that never ends. It panics for one that ends by other
// means.
func (s *Sched) owner(ctx context.Context, op string) *schedContext {
	if ctx.Done() == nil {
		return nil
	}
	c, _ := ctx.Value(ownerKey{}).(*schedContext)
	if c == nil || c.s != s || ctx.Done() != c.Done() {
		panic("memory.Sched: " + op + " got a context that this scheduler did not make: derive it by WithCancel or " +
			"WithTimeout of the scheduler")
	}
	return c
}

// ended is why c ended, nil if it has not; a nil context never ends. s.mu is held.
func (c *schedContext) ended() error {
	if c == nil {
		return nil
	}
	return c.err
}

func (s *Sched) newContext(parent context.Context, op string) *schedContext {
	c := &schedContext{parent: parent, s: s, done: make(chan struct{}), up: s.owner(parent, op)}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := c.up.ended(); err != nil {
		c.end(err)
	} else if c.up != nil {
		c.inUp = c.up.hooks.PushBack(hook{inner: func() { c.end(c.up.err) }})
	}
	return c
}

// expireAfter ends the context after d. s.mu is held.
func (c *schedContext) expireAfter(d time.Duration) {
	switch {
	case c.err != nil:
	case d <= 0:
		c.end(context.DeadlineExceeded)
	default:
		c.timer = c.s.addTimer(d, func() { c.end(context.DeadlineExceeded) })
	}
}

func (c *schedContext) cancel() {
	c.s.mu.Lock()
	c.end(context.Canceled)
	c.s.unlockAndRun()
}

// end ends the context and all that follow it. s.mu is held.
func (c *schedContext) end(err error) {
	if c.err != nil {
		return
	}
	c.err = err
	close(c.done)
	if c.timer != nil {
		c.s.dropTimer(c.timer)
	}
	if c.inUp != nil {
		c.up.hooks.Remove(c.inUp)
	}
	for c.hooks.Len() > 0 {
		h := c.hooks.Remove(c.hooks.Front()).(hook)
		if h.inner != nil {
			h.inner()
		} else {
			c.s.pending = append(c.s.pending, h.outer)
		}
	}
}

// unlockAndRun frees s.mu and calls what hung on contexts that ended.
func (s *Sched) unlockAndRun() {
	pending := s.pending
	s.pending = nil
	s.mu.Unlock()
	for _, f := range pending {
		f()
	}
}
