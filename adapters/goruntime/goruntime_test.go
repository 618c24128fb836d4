package goruntime_test

import (
	"testing"

	"tidemark/adapters/goruntime"
	"tidemark/ports/sched"
	"tidemark/ports/sched/schedtest"
)

func TestProof(t *testing.T) {
	schedtest.Run(t, func(_ schedtest.T, body func(sched.Scheduler)) { body(goruntime.New()) })
}
