// Package journaltest is the proof of ports/journal: every sentence of the contract as a case that an adapter passes
// or fails.
package journaltest

import (
	"testing"

	"tidemark/ports/internal/proof"
	"tidemark/ports/journal/journaltest/internal/evens"
	"tidemark/ports/journal/journaltest/internal/firsts"
	"tidemark/ports/journal/journaltest/internal/places"
	"tidemark/ports/journal/journaltest/internal/stage"
)

// Run proves a journal.
func Run(t *testing.T, h Harness) {
	has := proof.None
	if h.Faults {
		has |= proof.Faults
	}
	if h.Second {
		has |= proof.Second
	}
	if h.Wipes {
		has |= proof.Wipes
	}
	proof.Run(t, Cases, has, func(T) Harness { return h })
}

// Cases is the proof, case by case.
var Cases = []proof.Case[Harness]{
	{Name: "identity", Run: stage.Within(places.Identity)},
	{Name: "identity without a bound", Run: stage.Within(places.Unbound)},
	{Name: "identity of a pair", Run: stage.Within(places.Change)},
	{Name: "identity that cannot be", Run: stage.Within(places.Refused)},
	{Name: "identity and names", Run: stage.Within(places.Names)},
	{Name: "identity, many changes", Run: stage.Within(places.Races)},
	{Name: "even", Run: stage.Within(evens.Rise)},
	{Name: "even of several pairs", Run: stage.Within(evens.Pairs)},
	{Name: "even, many changes", Run: stage.Within(evens.Races)},
	{Name: "absence", Run: within(absence)},
	{Name: "append and read", Run: within(appendAndRead)},
	{Name: "holes", Run: within(holes)},
	{Name: "repetition", Run: within(repetition)},
	{Name: "stamps", Run: within(stamps)},
	{Name: "birth overtaken", Run: within(birthOvertaken)},
	{Name: "birth twice", Run: within(birthTwice)},
	{Name: "continues", Run: within(continues)},
	{Name: "aliasing", Run: within(aliasing)},
	{Name: "bounds", Run: within(bounds)},
	{Name: "many blocks", Run: within(manyBlocks)},
	{Name: "clock", Run: within(clock)},
	{Name: "canceled", Run: within(canceled)},
	{Name: "index", Run: within(index)},
	{Name: "index hides finished streams", Run: within(indexFinished)},
	{Name: "index version", Run: within(indexVersion)},
	{Name: "stream version", Run: within(streamVersion)},
	{Name: "stream version against appends", Run: within(versionRaces)},
	{Name: "state of one stream", Run: within(stateOfOne)},
	{Name: "drop", Run: within(drop)},
	{Name: "drop sweeps", Run: within(dropSweeps)},
	{Name: "drop of a sealed stream", Run: within(dropSealed)},
	{Name: "drop moves the mark first", Run: within(dropOrder)},
	{Name: "end", Run: within(end)},
	{Name: "end unborn", Run: within(endUnborn)},
	{Name: "end against append", Run: within(endRaces)},
	{Name: "seal", Run: within(seal)},
	{Name: "seal of what has not changed", Run: within(sealUnchanged)},
	{Name: "seal against fill", Run: within(sealRaces)},
	{Name: "fill", Run: within(fill)},
	{Name: "fill refused", Run: within(fillRefused)},
	{Name: "void", Run: within(void)},
	{Name: "one number, many writers", Run: within(oneNumber)},
	{Name: "many streams, many flights", Run: within(manyStreams)},
	{Name: "marks never fall", Run: within(marksRise)},
	{Name: "stories", Run: within(stories)},
	{Name: "names", Run: within(names)},
	{Name: "register", Run: stage.Within(firsts.Register)},
	{Name: "clocks ahead", Run: stage.Within(firsts.ClocksAhead)},
	{Name: "lower", Run: stage.Within(firsts.Lower)},
	{Name: "lower against advance", Run: stage.Within(firsts.LowerRaces)},
	{Name: "directory races", Run: within(directoryRaces)},
	{Name: "expire", Run: within(expire)},
	{Name: "faults", Needs: proof.Faults, Run: within(faults)},
	{Name: "faults of reads", Needs: proof.Faults, Run: within(readFaults)},
	{Name: "second handle", Needs: proof.Second, Run: within(secondHandle)},
	{Name: "generations", Needs: proof.Wipes, Run: within(generations)},
	{Name: "model", Run: model},
}
