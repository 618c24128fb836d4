package journaltest

import (
	"tidemark/ports/internal/proof"
	"tidemark/ports/journal/journaltest/internal/stage"
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
type Harness = stage.Harness

// Fixture is one journal and its directory.
type Fixture = stage.Fixture

// Armed is a fault that strikes one storage call: what a Fixture's Arm arms, for storages that ask before each call.
type Armed = stage.Armed
