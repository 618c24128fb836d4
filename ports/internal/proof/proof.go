// Package proof is what the proofs of the ports share: the T they speak to, a recorder that lets a proof of the proof
// see a failure without failing itself, the faults a harness can inject, and names that try to break key codecs.
package proof

import (
	"context"
	"fmt"
	"sync"
	"time"

	"tidemark/domain/fault"

	"pgregory.net/rapid"
)

// T is what a proof asks of a test. *testing.T, *rapid.T and *Recorder have it.
type T interface {
	rapid.TB
	// Cleanup runs f when the case is over.
	Cleanup(f func())
}

// Case is one claim of a contract and how it is tried on a fixture F. Needs names the trait without which the case
// cannot be tried.
type Case[F any] struct {
	Name  string
	Needs Trait
	Run   func(t T, f F)
}

// Trait is what a harness declares of its adapter. A case that needs a trait the harness does not declare is left
// out; a trait that is declared and then not delivered fails.
type Trait uint8

// The traits.
const (
	None   Trait = 0
	Faults Trait = 1 << iota // the fixture can inject faults
	Second                   // the fixture has a second handle on the same storage
	States                   // the fixture can set the state of what it tests
	Bounds                   // the fixture knows how many bytes are kept
	Wipes                    // the fixture can empty its storage
)

// Fault is what the next operation of a fixture suffers. Every fault of a write comes in each shape.
type Fault uint8

// The faults.
const (
	Failed  Fault = iota + 1 // it did not happen and the caller can know: fault.Unavailable
	Applied                  // it happened and the answer was lost: fault.Indeterminate
	Lost                     // it did not happen and the caller cannot know: fault.Indeterminate
)

// AllFaults is every shape of fault.
var AllFaults = []Fault{Failed, Applied, Lost}

// String is the fault's name.
func (f Fault) String() string { return [...]string{"none", "failed", "applied", "lost"}[f] }

// Kind is how a write that suffered the fault has to be reported.
func (f Fault) Kind() fault.Kind {
	if f == Failed {
		return fault.Unavailable
	}
	return fault.Indeterminate
}

// Patience bounds a case, so that an adapter that hangs fails instead of hanging the proof.
const Patience = 2 * time.Minute

// Context is a context for a case.
func Context(t T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	t.Cleanup(cancel)
	return ctx
}

// Ended is a context that was canceled before the call.
func Ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// OK fails the case now if err is not nil.
func OK(t T, err error, what string, args ...any) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", fmt.Sprintf(what, args...), err)
	}
}

// Kind fails the case unless err is of one of the kinds.
func Kind(t T, err error, what string, want ...fault.Kind) {
	t.Helper()
	for _, k := range want {
		if fault.Is(err, k) {
			return
		}
	}
	t.Errorf("%s: got %v (%v), want %v", what, fault.KindOf(err), err, want)
}

// Each runs f(0..n-1) side by side on the Go runtime and waits. f must not end the case (FailNow, Fatalf): it returns
// an error.
func Each(t T, n int, f func(i int) error) {
	t.Helper()
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("actor %d: %v", i, err)
		}
	}
}

// Check is rapid.Check with at most n runs before a failure is found: storage behind a network is slow.
func Check(t T, n int, prop func(*rapid.T)) {
	t.Helper()
	runs, failed := 0, false
	rapid.Check(t, func(rt *rapid.T) {
		if runs++; runs > n && !failed {
			return
		}
		done := false
		defer func() { failed = failed || !done || rt.Failed() }()
		prop(rt)
		done = true
	})
}
