// Package stage is what a case of the journal's proof plays on: a journal of its own, a way to let actors run side by
// side, and words for what must not fail.
package stage

import (
	"context"
	"time"
	"unicode"
	"unicode/utf8"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/internal/proof"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// T is what the proof speaks to; *testing.T is one.
type T = proof.T

// Fault is what a call to the storage suffers; zero is nothing.
type Fault = proof.Fault

// Harness says how to make a journal and what it can do.
type Harness struct {
	// New makes a journal of its own: no place, no streams, nothing prepared. Cleanup is T's.
	New func(t T) Fixture
	// Faults says that the fixture has Arm, Second that it has second handles.
	Faults, Second bool
	// Wipes says that it has Wipe and Again. It is not for a storage that nobody can empty under a process.
	Wipes bool
	// Slow is for a journal behind a network: fewer repetitions and random runs.
	Slow bool
	// Resolution is what the storage's clock is cut to; zero is exact.
	Resolution time.Duration
	// Within runs a case in an actor of a scheduler, which then starts all actors of the case; New is called within.
	// Nil is the Go runtime.
	Within func(t T, body func(s sched.Scheduler))
}

// Fixture is one journal and its directory.
type Fixture struct {
	Journal   journal.Journal
	Directory journal.Directory
	// SecondJournal and SecondDirectory are other handles on the same storage, as another process has them.
	SecondJournal   journal.Journal
	SecondDirectory journal.Directory
	// Arm lets the storage call that comes after the next skip ones suffer a fault; calls after it suffer nothing. An
	// operation may make several storage calls. Arming again, with a fault of zero too, replaces what was armed.
	Arm func(f Fault, skip int)
	// Wipe empties the storage, as if its account had been deleted and made anew; Again makes handles as a process has
	// them that begins then.
	Wipe  func()
	Again func() (journal.Journal, journal.Directory)
}

// Stage is a case's journal and what it works with.
type Stage struct {
	T
	Fixture
	Harness Harness
	Sched   sched.Scheduler // nil: the Go runtime
	Ctx     context.Context
}

// Within makes a case of one journal.
func Within(c func(s *Stage)) func(T, Harness) {
	return func(t T, h Harness) {
		h.Act(t, func(s sched.Scheduler) {
			on := h.Open(t, s)
			c(&on)
		})
	}
}

// Act runs a case where its actors run.
func (h Harness) Act(t T, body func(s sched.Scheduler)) {
	if h.Within == nil {
		body(nil)
		return
	}
	h.Within(t, body)
}

// Open makes a journal whose days can hold streams.
func (h Harness) Open(t T, s sched.Scheduler) Stage {
	on := Stage{T: t, Harness: h, Sched: s, Ctx: context.Background()}
	if s == nil {
		on.Ctx = proof.Context(t)
	}
	on.Fresh()
	return on
}

// Day is the first of three days that are prepared.
const Day telemetry.Day = 20400

// Fresh gives the case another journal.
func (s *Stage) Fresh() {
	s.Helper()
	s.Fixture = s.Harness.New(s.T)
	for d := Day; d < Day+3; d++ {
		s.OK(s.Directory.Prepare(s.Ctx, d), "prepare %v", d)
	}
}

// Each runs f(0..n-1) side by side and waits. f must not end the case: it returns an error.
func (s *Stage) Each(n int, f func(i int) error) {
	s.Helper()
	if s.Sched == nil {
		proof.Each(s.T, n, f)
		return
	}
	s.OK(sched.Each(s.Ctx, s.Sched, n, 0, func(_ context.Context, i int) error { return f(i) }), "an actor")
}

// Pass lets the storage's clock go on by d or more.
func (s *Stage) Pass(d time.Duration) {
	s.Helper()
	if s.Sched != nil {
		s.OK(s.Sched.Sleep(s.Ctx, d), "sleep")
		return
	}
	now := func() time.Time {
		at, err := s.Directory.Now(s.Ctx)
		s.OK(err, "now")
		return at
	}
	for began := now(); now().Sub(began) < d; {
	}
}

// Ended is a context that was canceled before the call.
func (s *Stage) Ended() context.Context {
	if s.Sched == nil {
		return proof.Ended()
	}
	ctx, cancel := s.Sched.WithCancel(context.Background())
	cancel()
	return ctx
}

// Rounds is how often a race is tried.
func (s *Stage) Rounds() int {
	if s.Harness.Slow {
		return 6
	}
	return 40
}

// OK ends the case if there is an error.
func (s *Stage) OK(err error, what string, args ...any) {
	s.Helper()
	proof.OK(s.T, err, what, args...)
}

// Kind notes an error of another kind than one of those wanted.
func (s *Stage) Kind(err error, what string, want ...fault.Kind) {
	s.Helper()
	proof.Kind(s.T, err, what, want...)
}

// Names are names that telemetry accepts of a tenant: valid UTF-8 without control characters.
func Names() []string {
	var all []string
names:
	for _, n := range proof.Names() {
		if !utf8.ValidString(n) {
			continue
		}
		for _, r := range n {
			if unicode.IsControl(r) {
				continue names
			}
		}
		all = append(all, n)
	}
	return all
}
