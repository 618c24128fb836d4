// Package queuetest is the proof of ports/queue: every sentence of the contract as a case that an adapter passes or
// fails.
package queuetest

import (
	"testing"

	"tidemark/ports/internal/proof"
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
