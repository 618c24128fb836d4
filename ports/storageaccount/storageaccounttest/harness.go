package storageaccounttest

import (
	"time"

	"tidemark/domain/region"
	"tidemark/ports/chunks"
	"tidemark/ports/internal/proof"
	"tidemark/ports/storageaccount"
)

// T is what the proof speaks to; *testing.T is one.
type T = proof.T

// Fault is what the next operation suffers.
type Fault = proof.Fault

// The faults: refused, answered with the answer lost, lost altogether. For a question they are the same.
const (
	Failed  = proof.Failed
	Applied = proof.Applied
	Lost    = proof.Lost
)

// Resolution is how coarsely an account tells time.
const Resolution = time.Second

// Harness says how to make an account and what it can do.
type Harness struct {
	// New makes an account of its own, which is Single. Cleanup is T's.
	New func(t T) Fixture
	// Faults says that the fixture has Arm, States that it has Set.
	Faults, States bool
}

// Fixture is one account.
type Fixture struct {
	Account storageaccount.Account
	// Rows is a store on the same storage.
	Rows chunks.Store
	// Arm lets the next call of Account suffer a fault; later calls suffer nothing.
	Arm func(Fault)
	// Set puts the account into a state of its replication. A Live one keeps up within a few seconds.
	Set func(region.State)
	// Pass lets time pass on the storage's clock, by sleeping or by moving the clock.
	Pass func(time.Duration)
	// Now is the storage's own clock; nil leaves the tidemark compared only with the times of rows.
	Now func() time.Time
}
