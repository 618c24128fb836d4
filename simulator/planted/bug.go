package planted

import "tidemark/simulator/world"

// Bug is one planted bug.
type Bug struct {
	Name   string
	Breaks string // what, and which rule
	// Guard is the test that finds it without luck, as folder and name: "domain/ingest TestAcknowledgedInOrder".
	Guard string
	// Broken is the part of the simulator that is broken; nil of a bug of the use cases, which is switched on by Name.
	Broken func() world.Broken
	// Why says why no schedule is expected to find it; "" of the others.
	Why string
}
