package queuetest

import (
	"time"

	"tidemark/ports/internal/proof"
	"tidemark/ports/queue"
)

// T is what the proof speaks to; *testing.T is one.
type T = proof.T

// Fault is what the next operation suffers.
type Fault = proof.Fault

// The faults: refused and known to be, done with the answer lost, not done with the answer lost.
const (
	Failed  = proof.Failed
	Applied = proof.Applied
	Lost    = proof.Lost
)

// Harness says how to make a queue and what it can do.
type Harness struct {
	// New makes an empty queue of its own. Cleanup is T's.
	New func(t T) Fixture
	// Faults says that the fixture has Arm, Second that it has a second handle.
	Faults, Second bool
	// Slow is for a queue behind a network, whose clock is the world's: fewer random runs, and none that let time
	// pass.
	Slow bool
}

// Fixture is one queue.
type Fixture struct {
	Queue queue.Queue
	// Second is another handle on the same queue, as another process has it.
	Second queue.Queue
	// Arm lets the next call of Queue suffer a fault; later calls suffer nothing.
	Arm func(Fault)
	// Pass lets time pass on the storage's clock, by sleeping or by moving the clock.
	Pass func(time.Duration)
	// Now is the storage's own clock; nil leaves times of insertion unchecked. Resolution is how far they may be cut.
	Now        func() time.Time
	Resolution time.Duration
}
