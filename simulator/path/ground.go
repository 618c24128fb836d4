package path

import (
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/inject"
)

// Leg is one direction of the ground between a sender and a storage, now. The zero value is open and takes no time.
type Leg struct {
	Delay time.Duration
	How   inject.How // it fails
	Why   string     // which fault it is
}

// Ground is what lies between places.
type Ground interface {
	// Legs are those of a call from a place to a service of another, now.
	Legs(from, to, service string) (request, answer Leg)
	// Changed is set when a leg has changed. Take it before looking.
	Changed() sched.Event
}
