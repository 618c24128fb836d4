package memory

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"tidemark/adapters/memory/internal/timers"
	"tidemark/adapters/memory/internal/trace"
	"tidemark/ports/sched"
)

// Sched is a sched.Scheduler that runs one actor at a time on virtual time and lets a seed pick which: the same seed
// and the same program give the same history.
//
// An actor keeps the token until a scheduling point: Go, Sleep, Event.Wait, its end. There the seed picks the next
// among those that can run. When none can, time jumps to the next timer; timers of one instant fire together, in an
// order of the seed's. Computing takes no time.
//
// What starts or waits (Go, AfterFunc, Sleep, Wait, WithTimeout) works only in an actor, within Run; anywhere else it
// panics. Now, NewEvent, Set, IsSet, WithCancel and a cancel function may be used outside as well, so that a program
// can be put together before it runs. Goroutines that Sched did not start must not call it while Run is on.
//
// A context given to Sleep, Wait, WithCancel or WithTimeout must be one that never ends or one made by the same
// Sched, wrapped at most by values; a context that ends by other means would bring real time in, and panics. Contexts
// of the standard library derived from one made here follow it, for code that does not wait through the scheduler.
type Sched struct {
	start    time.Time
	horizon  time.Duration
	maxSteps int

	mu       sync.Mutex
	rng      *rand.Rand
	now      time.Duration // since start
	current  *actor        // who has the token; nil outside Run
	main     *actor
	ready    []*actor
	live     map[int]*actor
	idle     []*worker // goroutines that have performed an actor and wait for another
	lastID   int
	timers   timers.Heap
	lastSeq  uint64
	pending  []func() // to be called without mu: what hangs on ended contexts
	steps    int      // at the present instant
	stopping bool
	failure  error // *Stuck or *ActorPanic, once Run has to end
	reaped   chan struct{}
	left     []string
	trace    trace.Trace
}

var _ sched.Scheduler = (*Sched)(nil)

// SchedOption changes a Sched.
type SchedOption func(*Sched)

// StartAt is the time at which virtual time begins; 2026-01-01 UTC otherwise.
func StartAt(t time.Time) SchedOption { return func(s *Sched) { s.start = t.UTC().Round(0) } }

// Horizon bounds virtual time: a Run that would pass it ends with *Stuck. Ten years otherwise.
func Horizon(d time.Duration) SchedOption { return func(s *Sched) { s.horizon = d } }

// MaxSteps bounds the scheduling points of one instant, so that a busy loop ends with *Stuck instead of never. A
// million otherwise.
func MaxSteps(n int) SchedOption { return func(s *Sched) { s.maxSteps = n } }

// NewSched makes a scheduler that draws every choice from seed.
func NewSched(seed uint64, opts ...SchedOption) *Sched {
	s := &Sched{
		start:    time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		horizon:  10 * 365 * 24 * time.Hour,
		maxSteps: 1_000_000,
		rng:      rand.New(rand.NewPCG(seed, 0x7469_6465_6d61_726b)),
		live:     map[int]*actor{},
		reaped:   make(chan struct{}),
	}
	for _, o := range opts {
		o(s)
	}
	return s
}

// Now is virtual time. It has no monotonic reading and needs none.
func (s *Sched) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.start.Add(s.now)
}

// Steps is 0: virtual time runs evenly.
func (s *Sched) Steps() int { return 0 }

// Sleep lets others run for at least d of virtual time. Sleep(ctx, 0) is a scheduling point at which no time passes;
// a context that ends while the others run is reported as well.
func (s *Sched) Sleep(ctx context.Context, d time.Duration) error {
	c := s.owner(ctx, "Sleep")
	s.mu.Lock()
	a := s.enter("Sleep")
	if d <= 0 || c.ended() != nil {
		s.yield(a, "sleep")
		return context.Cause(ctx)
	}
	w := &waiter{actor: a}
	w.timer = s.addTimer(d, func() { s.wake(w) })
	w.onContext(c)
	s.pass(a, "sleep")
	if !w.timedOut {
		return context.Cause(ctx)
	}
	return nil
}

// AfterFunc makes an actor after d. stop prevents it for as long as f has not begun.
func (s *Sched) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	s.mu.Lock()
	if !s.mayStart("AfterFunc") {
		s.mu.Unlock()
		return func() bool { return false }
	}
	defer s.mu.Unlock()
	var begun, stopped bool
	body := func() {
		s.mu.Lock()
		begun = !stopped
		s.mu.Unlock()
		if begun {
			f()
		}
	}
	t := s.addTimer(max(d, 0), func() { s.spawn("after", body) })
	return func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if begun || stopped {
			return false
		}
		stopped = true
		s.dropTimer(t)
		return true
	}
}

// Go makes f an actor that can run, and is a scheduling point: the new actor may begin before Go returns.
func (s *Sched) Go(name string, f func()) {
	s.mu.Lock()
	if !s.mayStart("Go") {
		s.mu.Unlock()
		return
	}
	s.spawn(name, f)
	s.yield(s.current, "go")
}

// NewEvent makes an unset event.
func (s *Sched) NewEvent() sched.Event { return &schedEvent{s: s} }

// WithCancel derives a context of this scheduler.
func (s *Sched) WithCancel(parent context.Context) (context.Context, context.CancelFunc) {
	c := s.newContext(parent, "WithCancel")
	return c, c.cancel
}

// WithTimeout derives a context that ends in virtual time.
func (s *Sched) WithTimeout(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	c := s.newContext(parent, "WithTimeout")
	s.mu.Lock()
	if s.current == nil {
		s.outside("WithTimeout")
	}
	at := s.start.Add(s.now + d)
	if up, ok := parent.Deadline(); !ok || at.Before(up) {
		c.deadline = at
		c.expireAfter(d)
	}
	s.unlockAndRun()
	return c, c.cancel
}
