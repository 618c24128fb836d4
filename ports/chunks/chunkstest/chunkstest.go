// Package chunkstest is the proof of ports/chunks: every sentence of the contract as a case that an adapter passes or
// fails.
package chunkstest

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
		{Name: "absence", Run: absence},
		{Name: "a row comes back as it was stored", Run: roundTrip},
		{Name: "versions", Run: versions},
		{Name: "a wrong version changes nothing", Run: conflicts},
		{Name: "values are nobody's but the receiver's", Run: aliasing},
		{Name: "all or nothing", Run: allOrNothing},
		{Name: "bounds", Run: bounds},
		{Name: "what is not one change of one partition is invalid", Run: invalid},
		{Name: "a context that ended", Run: canceled},
		{Name: "scan order", Run: func(t T, f Fixture) { scanOrder(t, f, h.OrderedBytes) }},
		{Name: "ranges end before their end", Run: ranges},
		{Name: "a scan may stop", Run: stoppedScan},
		{Name: "a scan of more than a page", Run: longScan},
		{Name: "a scan leaves out nothing that was there all the time", Run: scanWhileWriting},
		{Name: "keys never meet", Run: keysNeverMeet},
		{Name: "partitions never meet", Run: partitionsNeverMeet},
		{Name: "64 writers of one row", Run: counterRace},
		{Name: "64 writers of a new row", Run: insertRace},
		{Name: "64 writers of two rows", Run: batchRace},
		{Name: "a second handle", Needs: proof.Second, Run: secondHandle},
		{Name: "commit times", Run: commitTimes},
		{Name: "prepare", Run: prepare},
		{Name: "expire", Run: expire},
		{Name: "faults of apply", Needs: proof.Faults, Run: applyFaults},
		{Name: "faults of reads", Needs: proof.Faults, Run: readFaults},
		{Name: "faults of tables", Needs: proof.Faults, Run: tableFaults},
		{Name: "model", Run: func(t T, _ Fixture) { model(t, h) }},
	}
}
