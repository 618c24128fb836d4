package memory

import (
	"container/list"
	"runtime"
	"tidemark/adapters/memory/internal/timers"
)

// actor is a goroutine that runs only while it has the token.
type actor struct {
	id      int
	name    string
	f       func()
	started bool
	resume  chan struct{} // one slot: the token
	point   string        // the scheduling point at which it stands: "new", "go", "sleep", "wait"
	pcs     [6]uintptr    // and where that is in the program, if it waits for something
}

// waiter is an actor that waits for the first of several things.
type waiter struct {
	actor    *actor
	woken    bool
	timedOut bool
	timer    *timers.Timer
	context  *schedContext
	hook     *list.Element // in context
	event    *schedEvent
	queued   *list.Element // in event
}

// onContext makes the end of c wake w. c may be nil: a context that never ends.
func (w *waiter) onContext(c *schedContext) {
	if c != nil {
		w.context, w.hook = c, c.hooks.PushBack(hook{inner: func() { c.s.wakeEnded(w) }})
	}
}

// wake makes the actor able to run because its timer fired or its event was set. s.mu is held.
func (s *Sched) wake(w *waiter) {
	if w.woken {
		return
	}
	w.timedOut = w.timer != nil
	s.wakeEnded(w)
}

// wakeEnded makes the actor able to run and takes w from everything it waits for. s.mu is held.
func (s *Sched) wakeEnded(w *waiter) {
	if w.woken {
		return
	}
	w.woken = true
	if w.timer != nil {
		s.dropTimer(w.timer)
	}
	if w.hook != nil {
		w.context.hooks.Remove(w.hook)
	}
	if w.queued != nil {
		w.event.waiters.Remove(w.queued)
	}
	s.ready = append(s.ready, w.actor)
}

// spawn makes an actor that can run. s.mu is held.
func (s *Sched) spawn(name string, f func()) *actor {
	s.lastID++
	a := &actor{id: s.lastID, name: name, f: f, resume: make(chan struct{}, 1), point: "new"}
	s.live[a.id] = a
	s.trace.Named(name)
	s.ready = append(s.ready, a)
	return a
}

// enter is the actor that called op. s.mu is held; it is freed when enter does not return because the run is over.
func (s *Sched) enter(op string) *actor {
	switch {
	case s.current == nil:
		s.outside(op)
	case s.stopping:
		s.mu.Unlock()
		runtime.Goexit()
	case s.failure != nil:
		s.mu.Unlock()
		panic(runOver{})
	}
	return s.current
}

// mayStart reports whether the caller may start actors; one that is being ended may not. s.mu is held.
func (s *Sched) mayStart(op string) bool {
	if s.current == nil {
		s.outside(op)
	}
	return !s.stopping && s.failure == nil
}

func (s *Sched) outside(op string) {
	s.mu.Unlock()
	panic("memory.Sched: " + op + " was called outside Run: only actors can start work or wait")
}

// yield is pass for an actor that can go on at once.
func (s *Sched) yield(a *actor, point string) {
	s.ready = append(s.ready, a)
	s.handOver(a, point)
}

// pass hands the token on from an actor that has arranged to be woken.
func (s *Sched) pass(a *actor, point string) {
	clear(a.pcs[:])
	runtime.Callers(3, a.pcs[:])
	s.handOver(a, point)
}

// handOver gives the token to the next actor and returns when a has it again. s.mu is held before and free
// afterwards.
func (s *Sched) handOver(a *actor, point string) {
	a.point = point
	next := s.next()
	if next != a {
		s.give(next)
		s.mu.Unlock()
		<-a.resume
		s.mu.Lock()
	}
	s.current = a
	a.pcs[0] = 0
	s.enter(point) // the run may have ended meanwhile
	s.mu.Unlock()
}

// give lets a run. s.mu is held.
func (s *Sched) give(a *actor) {
	s.current = a
	if a.started {
		a.resume <- struct{}{}
		return
	}
	a.started = true
	if last := len(s.idle) - 1; last >= 0 {
		w := s.idle[last]
		s.idle = s.idle[:last]
		w.next <- a
		return
	}
	go s.work(a)
}

// worker is a goroutine that performs one actor after another: its stack has grown by then, which costs a new one a
// good part of its time.
type worker struct{ next chan *actor } // one slot; closed when the run is over

func (s *Sched) work(a *actor) {
	w := &worker{next: make(chan *actor, 1)}
	for a != nil && s.perform(a, w) {
		a = <-w.next
	}
}

// perform is the life of an actor. It says whether the worker may perform another.
func (s *Sched) perform(a *actor, w *worker) (more bool) {
	returned := false
	defer func() { more = s.end(a, w, returned, recover()) }()
	a.f()
	returned = true
	return
}

// end hands the token on from an actor that returned, panicked, or left by runtime.Goexit, which ends its worker too.
func (s *Sched) end(a *actor, w *worker, returned bool, panicked any) (more bool) {
	s.mu.Lock()
	delete(s.live, a.id)
	if panicked != nil && s.failure == nil {
		s.failure = newActorPanic(a.name, panicked)
	}
	if s.stopping {
		s.mu.Unlock()
		s.reaped <- struct{}{}
		return false
	}
	if more = returned || panicked != nil; more {
		s.idle = append(s.idle, w)
	}
	s.give(s.next())
	s.mu.Unlock()
	return more
}

// next is who gets the token: somebody who can run, once time has jumped far enough; main when the run has failed.
// s.mu is held.
func (s *Sched) next() *actor {
	if s.failure == nil {
		s.failure = s.advance()
	}
	if s.failure != nil {
		return s.main
	}
	i := 0
	if n := len(s.ready); n > 1 {
		i = s.rng.IntN(n)
	}
	a, last := s.ready[i], len(s.ready)-1
	s.ready[i] = s.ready[last]
	s.ready[last] = nil
	s.ready = s.ready[:last]
	s.trace.Step(s.now, a.id, a.name, a.point)
	return a
}

// advance moves time until somebody can run. s.mu is held.
func (s *Sched) advance() error {
	if s.steps++; s.steps > s.maxSteps {
		return s.stuck("a busy loop: too many scheduling points at one instant")
	}
	for len(s.ready) == 0 {
		switch {
		case s.timers.First() == nil:
			return s.stuck("deadlock: nobody can run and no timer is set")
		case s.timers.First().At > s.horizon:
			return s.stuck("the horizon is reached")
		}
		s.now, s.steps = max(s.now, s.timers.First().At), 0
		s.fireTimers()
	}
	return nil
}
