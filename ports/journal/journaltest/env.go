package journaltest

import (
	"context"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/journal/journaltest/internal/stage"
	"tidemark/ports/sched"
)

// env is the stage of a case about streams and shards.
type env struct {
	stage.Stage
	ctx context.Context

	// what a case has read, to use it later
	noted      map[telemetry.Stream]string
	registered map[telemetry.Shard]journal.Registered
}

// day is the first of three days that are prepared.
const day = stage.Day

// within makes a case of one journal.
func within(c func(e *env)) func(T, Harness) {
	return func(t T, h Harness) { h.Act(t, func(s sched.Scheduler) { c(open(t, h, s)) }) }
}

// open makes a journal whose days can hold streams.
func open(t T, h Harness, s sched.Scheduler) *env {
	on := h.Open(t, s)
	return &env{Stage: on, ctx: on.Ctx, noted: map[telemetry.Stream]string{},
		registered: map[telemetry.Shard]journal.Registered{}}
}

// prepare makes the days ready again: a journal that is initialised begins anew.
func (e *env) prepare() {
	e.Helper()
	for d := day; d < day+3; d++ {
		e.ok(e.Directory.Prepare(e.ctx, d), "prepare %v", d)
	}
}

func (e *env) ok(err error, what string, args ...any) {
	e.Helper()
	e.OK(err, what, args...)
}

func (e *env) kind(err error, what string, want ...fault.Kind) {
	e.Helper()
	e.Kind(err, what, want...)
}
