// Package phases notes which kinds of faults met which phases of the program in a world, and has faults wait for a
// phase: what lasts for milliseconds is seldom met by one whose moment is drawn.
package phases

import "tidemark/simulator/inject"

// Phase is something that the program, or the account, is at work on.
type Phase uint8

// The phases. All but the last two are calls under way.
const (
	Writing Phase = iota // an append of a writer
	Birth                // the first append of a stream, and what is prepared for it
	Ending               // the end or the seal of a stream
	Copying              // by a sweep, of what one journal lacks
	Folding              // of a compaction: rows, and the drops that follow
	Asking               // of a client, from its beginning to the answer
	Failing              // of the account, or the copy that makes it redundant again
	number  = iota
)

// String is the phase in tables.
func (p Phase) String() string {
	return [number]string{"write", "birth", "end", "copy", "fold", "question", "failover"}[p]
}

// All are all of them.
func All() []Phase { return []Phase{Writing, Birth, Ending, Copying, Folding, Asking, Failing} }

// Hit is a kind of fault that met a phase.
type Hit struct {
	Fault string
	Phase Phase
}

// Kinds of faults beside what rules do to calls.
const (
	RegionOut = "region out"
	Cut       = "cut"
	Distance  = "distance"
	Lag       = "lag"
	Pause     = "pause"
	Failover  = "failover"
	Reenable  = "reenable"
	LastSync  = "last sync time"
	Clock     = "clock"
)

// Kinds are the kinds of faults that a world has: what rules do to calls, and the others.
func Kinds() []string {
	return []string{"reset", "reset after", "hold", "delay", "delay after", "status", "status after", "hang",
		"hang after", "throttle", RegionOut, Cut, Distance, string(inject.Kill), string(inject.Restart),
		string(inject.Freeze), Lag, Pause, Failover, Reenable, LastSync, Clock}
}
