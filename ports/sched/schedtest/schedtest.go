// Package schedtest is the proof of ports/sched: every sentence of the contract as a case that a scheduler passes or
// fails, Each and Group included.
//
// The cases hold on real and on virtual time. On real time they wait some tens of milliseconds in all, and never
// demand that something happens quickly, only that it happens after, or long before.
package schedtest

import (
	"testing"

	"tidemark/ports/internal/proof"
)

// Cases is the proof, case by case.
var Cases = []proof.Case[Within]{
	{Name: "clock", Run: within(clock)},
	{Name: "sleep ends with the context", Run: within(sleepEnds)},
	{Name: "sleep lets others run", Run: within(sleepYields)},
	{Name: "after", Run: within(after)},
	{Name: "after stopped", Run: within(afterStopped)},
	{Name: "go", Run: within(start)},
	{Name: "event", Run: within(event)},
	{Name: "event and context", Run: within(eventAndContext)},
	{Name: "cancel", Run: within(cancel)},
	{Name: "timeout", Run: within(timeout)},
	{Name: "timeout of a parent", Run: within(parentTimeout)},
	{Name: "values", Run: within(values)},
	{Name: "derived by the standard library", Run: within(derived)},
	{Name: "each", Run: within(each)},
	{Name: "each bounds", Run: within(eachBounds)},
	{Name: "each fails", Run: within(eachFails)},
	{Name: "group", Run: within(group)},
	{Name: "group waits for all", Run: within(groupWaits)},
	{Name: "group canceled", Run: within(groupCanceled)},
}

// Run tries every case, each within a scheduler of its own.
func Run(t *testing.T, w Within) {
	proof.Run(t, Cases, proof.None, func(T) Within { return w })
}
