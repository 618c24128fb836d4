package journaltest

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/internal/proof"
	"tidemark/ports/sched"
)

// env is a case's journal and what it works with.
type env struct {
	T
	Fixture
	h   Harness
	s   sched.Scheduler // nil: the Go runtime
	ctx context.Context

	noted map[telemetry.Stream]string // versions that a case has noted
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
	e := &env{T: t, h: h, s: s, ctx: context.Background(), noted: map[telemetry.Stream]string{}}
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

// day is the first of three days that are prepared.
const day telemetry.Day = 20400

func (e *env) ok(err error, what string, args ...any) {
	e.Helper()
	proof.OK(e.T, err, what, args...)
}

func (e *env) kind(err error, what string, want ...fault.Kind) {
	e.Helper()
	proof.Kind(e.T, err, what, want...)
}
