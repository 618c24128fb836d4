// Package storageaccounttest is the proof of ports/storageaccount: every sentence of the contract as a case that an
// adapter passes or fails, on an account whose rows (ports/chunks) can be written.
package storageaccounttest

import (
	"testing"

	"tidemark/ports/internal/proof"
)

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
