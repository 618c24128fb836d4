// Package cachetest is the proof of ports/cache: every sentence of the contract as a case that an adapter passes or
// fails.
//
// A cache may forget anything; the proof asks a fresh one with room enough to keep the little that a case gives it,
// because a cache that keeps nothing would be right and useless.
package cachetest

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
	for trait, declared := range map[proof.Trait]bool{proof.Faults: h.Troubles, proof.Second: h.Second,
		proof.Bounds: h.Bounded} {
		if declared {
			has |= trait
		}
	}
	return has
}

func cases(h Harness) []proof.Case[Fixture] {
	return []proof.Case[Fixture]{
		{Name: "absence", Run: absence},
		{Name: "a value comes back as it was set", Run: roundTrip},
		{Name: "values come in the order of the keys", Run: order},
		{Name: "values are nobody's but the receiver's", Run: aliasing},
		{Name: "a value set again", Run: replaced},
		{Name: "delete", Run: deletes},
		{Name: "a value lives for its time at most", Run: expires},
		{Name: "no time is never for ever", Run: noTime},
		{Name: "keys never meet", Run: keysNeverMeet},
		{Name: "tenants never meet", Run: tenantsNeverMeet},
		{Name: "many at once", Run: concurrency},
		{Name: "a context that ended", Run: canceled},
		{Name: "a second handle", Needs: proof.Second, Run: secondHandle},
		{Name: "trouble is an error, soon, and passes", Needs: proof.Faults, Run: trouble},
		{Name: "a bounded number of bytes", Needs: proof.Bounds, Run: bounded},
		{Name: "model", Run: func(t T, _ Fixture) { model(t, h) }},
	}
}
