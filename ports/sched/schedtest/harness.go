package schedtest

import (
	"tidemark/ports/internal/proof"
	"tidemark/ports/sched"
)

// T is what the proof speaks to; *testing.T is one.
type T = proof.T

// Within calls body in an actor of a fresh scheduler and returns when body has.
type Within func(t T, body func(s sched.Scheduler))
