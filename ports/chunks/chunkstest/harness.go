package chunkstest

import (
	"time"

	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
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

// Harness says how to make a store and what it can do.
type Harness struct {
	// New makes a store of its own: no tables, no rows, nothing expired. Cleanup is T's.
	New func(t T) Fixture
	// Faults says that the fixture has Arm, Second that it has a second handle.
	Faults, Second bool
	// Slow is for a store behind a network: fewer random runs.
	Slow bool
	// OrderedBytes is how many leading bytes of a row the order is certain for, where a service's keys are too short
	// for all of them; 0 is all.
	OrderedBytes int
}

// Fixture is one store.
type Fixture struct {
	Store chunks.Store
	// Second is another handle on the same storage, as another process has it.
	Second chunks.Store
	// Arm lets the next call of Store suffer a fault; later calls suffer nothing.
	Arm func(Fault)
	// Now is the storage's own clock; nil leaves commit times compared only with one another. Resolution is how far
	// both may be cut.
	Now        func() time.Time
	Resolution time.Duration
}
