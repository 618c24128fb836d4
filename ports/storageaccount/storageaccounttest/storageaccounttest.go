// Package storageaccounttest is the proof of ports/storageaccount: every sentence of the contract as a case that an
// adapter passes or fails, on an account whose rows (ports/chunks) can be written.
package storageaccounttest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/domain/region"
	"tidemark/domain/telemetry"
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

// Run tries the whole contract.
func Run(t *testing.T, h Harness) {
	proof.Run(t, cases(), h.traits(), h.New)
}

func (h Harness) traits() proof.Trait {
	var has proof.Trait
	if h.Faults {
		has |= proof.Faults
	}
	if h.States {
		has |= proof.States
	}
	return has
}

func cases() []proof.Case[Fixture] {
	return []proof.Case[Fixture]{
		{Name: "a single account tells its own clock", Run: ownClock},
		{Name: "a single account's tidemark never falls", Run: neverFalls},
		{Name: "a single account's tidemark moves on", Run: movesOn},
		{Name: "rows committed afterwards are not older", Run: notOlder},
		{Name: "many ask at once", Run: crowd},
		{Name: "a context that ended", Run: canceled},
		{Name: "an account that cannot be asked", Needs: proof.Faults, Run: faults},
		{Name: "states without a tidemark", Needs: proof.States, Run: unknown},
		{Name: "a live account", Needs: proof.States, Run: live},
	}
}

// ask gives the tidemark.
func ask(ctx context.Context, t T, f Fixture) region.Tidemark {
	t.Helper()
	mark, err := f.Account.Tidemark(ctx)
	proof.OK(t, err, "tidemark")
	return mark
}

// commit writes a row and gives its commit time.
func commit(ctx context.Context, s chunks.Store, name string) (time.Time, error) {
	k := chunks.TaskKey(telemetry.Tenant("t1"), name)
	if err := s.Apply(ctx, chunks.Change{Key: k, Value: []byte("x")}); err != nil {
		return time.Time{}, err
	}
	row, err := s.Get(ctx, k)
	return row.Committed, err
}

// older is the breach of the contract, if there is one: a row committed after a tidemark was told is older than it.
func older(mark region.Tidemark, committed time.Time) error {
	if committed.Before(mark.At.Add(-Resolution)) || mark.Covers(committed, Resolution) {
		return fmt.Errorf("the tidemark was %v, and later a row was committed at %v", mark.At, committed)
	}
	return nil
}
