package journaltest

import (
	"time"

	"tidemark/ports/internal/proof"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// T is what the proof speaks to; *testing.T is one.
type T = proof.T

// Fault is what a call to the storage suffers; zero is nothing.
type Fault = proof.Fault

// The faults: refused and known to be, done with the answer lost, not done with the answer lost.
const (
	Failed  = proof.Failed
	Applied = proof.Applied
	Lost    = proof.Lost
)

// Harness says how to make a journal and what it can do.
type Harness struct {
	// New makes a journal of its own: no place, no streams, nothing prepared. Cleanup is T's.
	New func(t T) Fixture
	// Faults says that the fixture has Arm, Second that it has second handles.
	Faults, Second bool
	// Slow is for a journal behind a network: fewer repetitions and random runs.
	Slow bool
	// Resolution is what the storage's clock is cut to; zero is exact.
	Resolution time.Duration
	// Within runs a case in an actor of a scheduler, which then starts all actors of the case; New is called within.
	// Nil is the Go runtime.
	Within func(t T, body func(s sched.Scheduler))
}

// Fixture is one journal and its directory.
type Fixture struct {
	Journal   journal.Journal
	Directory journal.Directory
	// SecondJournal and SecondDirectory are other handles on the same storage, as another process has them.
	SecondJournal   journal.Journal
	SecondDirectory journal.Directory
	// Arm lets the storage call that comes after the next skip ones suffer a fault; calls after it suffer nothing. An
	// operation may make several storage calls. Arming again, with a fault of zero too, replaces what was armed.
	Arm func(f Fault, skip int)
}
