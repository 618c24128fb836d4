package memory

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"tidemark/adapters/memory/internal/timers"
	"time"
)

// Run makes the caller an actor that performs main, and runs all actors until main returns. Actors that are left then
// are ended as by runtime.Goexit, one after another (their deferred calls run), and Left names them.
//
// The error is a *Stuck when nobody can go on, or only for ever. A panic in main goes to the caller as it is, as does
// runtime.Goexit (a test's FailNow); a panic in another actor is a panic with an *ActorPanic. Run may be called again
// after it returned: time goes on.
func (s *Sched) Run(main func()) (err error) {
	s.begin()
	defer func() {
		s.reap()
		if s.failure == nil {
			return
		}
		if r := recover(); r != nil && r != any(runOver{}) {
			panic(r) // main panicked by itself while the run was over
		}
		failure := s.failure
		if p, ok := failure.(*ActorPanic); ok {
			panic(p)
		}
		err = failure
	}()
	main()
	return nil
}

// Left names the actors that the last Run ended because main had returned, and where they stood.
func (s *Sched) Left() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left
}

// runOver unwinds main when the run has failed.
type runOver struct{}

// Stuck is the error of a Run in which nobody can go on, or only for ever.
type Stuck struct {
	Reason string
	At     time.Time // virtual
	Actors []string  // every actor, and where it stands
}

// Error names the reason and every actor.
func (e *Stuck) Error() string {
	return fmt.Sprintf("memory.Sched: %s (at %s)\n\t%s", e.Reason, e.At.Format(time.RFC3339Nano),
		strings.Join(e.Actors, "\n\t"))
}

// ActorPanic is what Run panics with when an actor other than main panicked.
type ActorPanic struct {
	Actor string
	Value any
	Stack string
}

// Error is the value, the actor's name, and its stack.
func (p *ActorPanic) Error() string {
	return fmt.Sprintf("actor %q panicked: %v\n%s", p.Actor, p.Value, p.Stack)
}

func newActorPanic(name string, value any) *ActorPanic {
	return &ActorPanic{Actor: name, Value: value, Stack: string(debug.Stack())}
}

func (s *Sched) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.current != nil {
		panic("memory.Sched: Run was called while it is on")
	}
	s.failure, s.left, s.steps = nil, nil, 0
	s.main = s.spawn("main", nil)
	s.main.started = true
	s.ready = s.ready[:0]
	s.current = s.main
}

// reap ends the actors that are left, in the order in which they were made.
func (s *Sched) reap() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
	delete(s.live, s.main.id)
	if s.failure == nil {
		s.left = s.describe()
	}
	for _, a := range s.sorted() {
		if !a.started {
			delete(s.live, a.id)
			continue
		}
		s.give(a)
		s.mu.Unlock()
		<-s.reaped
		s.mu.Lock()
	}
	s.stopping, s.current, s.main, s.timers = false, nil, nil, timers.Heap{}
	s.ready = nil
	for _, w := range s.idle {
		close(w.next)
	}
	s.idle = nil
}

func (s *Sched) sorted() []*actor {
	all := make([]*actor, 0, len(s.live))
	for _, a := range s.live {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *actor) int { return cmp.Compare(a.id, b.id) })
	return all
}

func (s *Sched) stuck(reason string) *Stuck {
	return &Stuck{Reason: reason, At: s.start.Add(s.now), Actors: s.describe()}
}

func (s *Sched) describe() []string {
	var lines []string
	for _, a := range s.sorted() {
		lines = append(lines, fmt.Sprintf("#%d %s: %s%s", a.id, a.name, a.point, a.where()))
	}
	return lines
}

// where is the call at which the actor waits, below the scheduler and its port: function, file, line.
func (a *actor) where() string {
	if a.pcs[0] == 0 {
		return ""
	}
	n := slices.Index(a.pcs[:], 0)
	if n < 0 {
		n = len(a.pcs)
	}
	frames := runtime.CallersFrames(a.pcs[:n])
	for {
		f, more := frames.Next()
		if !more || !strings.HasPrefix(f.Function, "tidemark/ports/sched.") &&
			!strings.HasPrefix(f.Function, "tidemark/adapters/memory.(*sched") {
			return fmt.Sprintf(" in %s (%s:%d)", f.Function, f.File[strings.LastIndexByte(f.File, '/')+1:], f.Line)
		}
	}
}
