// Package journaltest is the proof of ports/journal: every sentence of the contract as a case that an adapter passes
// or fails.
package journaltest

import (
	"context"
	"testing"
	"time"

	"tidemark/ports/internal/proof"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// T is what the proof speaks to; *testing.T is one.
type T = proof.T

// Fault is what a call to the storage suffers; zero is nothing.
type Fault = proof.Fault

// The faults: refused and known to be, done with the answer lost, not done with the answer lost.
const (
	Failed  = proof.Failed
	Applied = proof.Applied
	Lost    = proof.Lost
)

// Harness says how to make a journal and what it can do.
type Harness struct {
	// New makes a journal of its own: no place, no streams, nothing prepared. Cleanup is T's.
	New func(t T) Fixture
	// Faults says that the fixture has Arm, Second that it has second handles.
	Faults, Second bool
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
}

// Run proves a journal.
func Run(t *testing.T, h Harness) {
	has := proof.None
	if h.Faults {
		has |= proof.Faults
	}
	if h.Second {
		has |= proof.Second
	}
	proof.Run(t, Cases, has, func(T) Harness { return h })
}

// Cases is the proof, case by case.
var Cases = []proof.Case[Harness]{
	{Name: "identity", Run: within(identity)},
	{Name: "identity without a bound", Run: within(unbound)},
	{Name: "absence", Run: within(absence)},
	{Name: "append and read", Run: within(appendAndRead)},
	{Name: "holes", Run: within(holes)},
	{Name: "repetition", Run: within(repetition)},
	{Name: "birth overtaken", Run: within(birthOvertaken)},
	{Name: "birth twice", Run: within(birthTwice)},
	{Name: "continues", Run: within(continues)},
	{Name: "aliasing", Run: within(aliasing)},
	{Name: "bounds", Run: within(bounds)},
	{Name: "many blocks", Run: within(manyBlocks)},
	{Name: "clock", Run: within(clock)},
	{Name: "canceled", Run: within(canceled)},
	{Name: "index", Run: within(index)},
	{Name: "index hides finished streams", Run: within(indexFinished)},
	{Name: "index version", Run: within(indexVersion)},
	{Name: "drop", Run: within(drop)},
	{Name: "drop sweeps", Run: within(dropSweeps)},
	{Name: "drop of a sealed stream", Run: within(dropSealed)},
	{Name: "drop moves the mark first", Run: within(dropOrder)},
	{Name: "end", Run: within(end)},
	{Name: "end unborn", Run: within(endUnborn)},
	{Name: "end against append", Run: within(endRaces)},
	{Name: "seal", Run: within(seal)},
	{Name: "fill", Run: within(fill)},
	{Name: "fill refused", Run: within(fillRefused)},
	{Name: "void", Run: within(void)},
	{Name: "one number, many writers", Run: within(oneNumber)},
	{Name: "many streams, many flights", Run: within(manyStreams)},
	{Name: "marks never fall", Run: within(marksRise)},
	{Name: "names", Run: within(names)},
	{Name: "register", Run: within(register)},
	{Name: "clocks ahead", Run: within(clocksAhead)},
	{Name: "directory races", Run: within(directoryRaces)},
	{Name: "expire", Run: within(expire)},
	{Name: "faults", Needs: proof.Faults, Run: within(faults)},
	{Name: "faults of reads", Needs: proof.Faults, Run: within(readFaults)},
	{Name: "second handle", Needs: proof.Second, Run: within(secondHandle)},
	{Name: "model", Run: model},
}

// env is a case's journal and what it works with.
type env struct {
	T
	Fixture
	h   Harness
	s   sched.Scheduler // nil: the Go runtime
	ctx context.Context
}

// within makes a case of one journal.
func within(c func(e *env)) func(T, Harness) {
	return func(t T, h Harness) { h.within(t, func(s sched.Scheduler) { c(h.open(t, s)) }) }
}

func (h Harness) within(t T, body func(s sched.Scheduler)) {
	if h.Within == nil {
		body(nil)
		return
	}
	h.Within(t, body)
}

// open makes a journal whose days can hold streams.
func (h Harness) open(t T, s sched.Scheduler) *env {
	e := &env{T: t, h: h, s: s, ctx: context.Background()}
	if s == nil {
		e.ctx = proof.Context(t)
	}
	e.fresh()
	return e
}

// fresh gives the case another journal.
func (e *env) fresh() {
	e.Helper()
	e.Fixture = e.h.New(e.T)
	for d := day; d < day+3; d++ {
		e.ok(e.Directory.Prepare(e.ctx, d), "prepare %v", d)
	}
}

// each runs f(0..n-1) side by side and waits. f must not end the case: it returns an error.
func (e *env) each(n int, f func(i int) error) {
	e.Helper()
	if e.s == nil {
		proof.Each(e.T, n, f)
		return
	}
	e.ok(sched.Each(e.ctx, e.s, n, 0, func(_ context.Context, i int) error { return f(i) }), "an actor")
}

// pass lets the storage's clock go on by d or more.
func (e *env) pass(d time.Duration) {
	e.Helper()
	if e.s != nil {
		e.ok(e.s.Sleep(e.ctx, d), "sleep")
		return
	}
	now := func() time.Time {
		at, err := e.Directory.Now(e.ctx)
		e.ok(err, "now")
		return at
	}
	for began := now(); now().Sub(began) < d; {
	}
}

// ended is a context that was canceled before the call.
func (e *env) ended() context.Context {
	if e.s == nil {
		return proof.Ended()
	}
	ctx, cancel := e.s.WithCancel(context.Background())
	cancel()
	return ctx
}

// rounds is how often a race is tried.
func (e *env) rounds() int {
	if e.h.Slow {
		return 6
	}
	return 40
}
