// Package queuetest is the proof of ports/queue: every sentence of the contract as a case that an adapter passes or
// fails.
package queuetest

import (
	"context"
	"testing"
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

// Leases of the cases: long is not meant to end during a case, short is meant to; after over it has.
const (
	long  = time.Hour
	short = 2 * time.Second
	over  = 3 * time.Second
)

// Run tries the whole contract.
func Run(t *testing.T, h Harness) {
	proof.Run(t, cases(h), h.traits(), h.New)
}

func (h Harness) traits() proof.Trait {
	var has proof.Trait
	if h.Faults {
		has |= proof.Faults
	}
	if h.Second {
		has |= proof.Second
	}
	return has
}

func cases(h Harness) []proof.Case[Fixture] {
	return []proof.Case[Fixture]{
		{Name: "an empty queue", Run: empty},
		{Name: "a message comes back as it was sent", Run: roundTrip},
		{Name: "the same body twice is two messages", Run: repetition},
		{Name: "bodies are nobody's but the receiver's", Run: aliasing},
		{Name: "bounds", Run: bounds},
		{Name: "as many as asked for", Run: maximum},
		{Name: "a context that ended", Run: canceled},
		{Name: "a lease hides", Run: leaseHides},
		{Name: "a lease ends", Run: leaseEnds},
		{Name: "a delayed message", Run: delayed},
		{Name: "extend renews the lease and the receipt", Run: extend},
		{Name: "extend counts from now", Run: extendShortens},
		{Name: "delete", Run: deletes},
		{Name: "peek leases nothing", Run: peek},
		{Name: "length counts the hidden too", Run: length},
		{Name: "many senders and receivers", Run: func(t T, f Fixture) { crowd(t, f, h.Slow) }},
		{Name: "a receipt is good once", Run: receiptRace},
		{Name: "a second handle", Needs: proof.Second, Run: secondHandle},
		{Name: "faults of send", Needs: proof.Faults, Run: sendFaults},
		{Name: "faults of receive", Needs: proof.Faults, Run: receiveFaults},
		{Name: "faults of extend", Needs: proof.Faults, Run: extendFaults},
		{Name: "faults of delete", Needs: proof.Faults, Run: deleteFaults},
		{Name: "faults of reads", Needs: proof.Faults, Run: readFaults},
		{Name: "model", Run: func(t T, _ Fixture) { model(t, h) }},
	}
}

// send sends bodies without delay.
func send(ctx context.Context, t T, q queue.Queue, bodies ...string) {
	t.Helper()
	for _, b := range bodies {
		proof.OK(t, q.Send(ctx, []byte(b), 0), "send")
	}
}

// receive leases exactly n messages.
func receive(ctx context.Context, t T, q queue.Queue, n int, visibility time.Duration) []queue.Delivery {
	t.Helper()
	var all []queue.Delivery
	for range n + 1 { // a service may give fewer than asked for, but not none
		got, err := q.Receive(ctx, min(n-len(all)+1, queue.MaxReceive), visibility)
		proof.OK(t, err, "receive")
		all = append(all, got...)
		if len(got) == 0 || len(all) > n {
			break
		}
	}
	if len(all) != n {
		t.Fatalf("received %d messages, want %d: %+v", len(all), n, all)
	}
	return all
}

// one is the only message there is to receive.
func one(ctx context.Context, t T, q queue.Queue, visibility time.Duration) queue.Delivery {
	t.Helper()
	return receive(ctx, t, q, 1, visibility)[0]
}

// none fails the case if a message is visible.
func none(ctx context.Context, t T, q queue.Queue) {
	t.Helper()
	seen, err := q.Peek(ctx, queue.MaxReceive)
	proof.OK(t, err, "peek")
	if len(seen) != 0 {
		t.Fatalf("peek sees %d messages, want none: %+v", len(seen), seen)
	}
	got, err := q.Receive(ctx, queue.MaxReceive, long)
	proof.OK(t, err, "receive")
	if len(got) != 0 {
		t.Fatalf("received %d messages, want none: %+v", len(got), got)
	}
}
