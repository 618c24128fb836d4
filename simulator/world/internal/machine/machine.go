// Package machine is time as processes have it on machines whose clocks may be wrong.
package machine

import (
	"time"

	"tidemark/ports/sched"
)

// stepBound is how far a machine's clock runs ahead before a process on it follows, as in adapters/goruntime.
const stepBound = 100 * time.Millisecond

// machine is time as a node on a machine has it whose clock may be wrong: what the clock said when the node started,
// and what has passed since. A clock that is set ahead is followed, one that is set back is not (adapters/goruntime).
type machine struct {
	sched.Scheduler
	wrong func() time.Duration // how far the machine's clock is ahead
	ahead time.Duration        // how far the node is
	steps int                  // how often it followed
}

// On gives a node the time of a machine; the right one if its clock is never wrong.
func On(s sched.Scheduler, wrong func() time.Duration) sched.Scheduler {
	if wrong == nil {
		return s
	}
	return &machine{s, wrong, wrong(), 0}
}

func (m *machine) Now() time.Time {
	if wrong := m.wrong(); wrong > m.ahead+stepBound {
		m.ahead = wrong
		m.steps++
	}
	return m.Scheduler.Now().Add(m.ahead)
}

func (m *machine) Steps() int { return m.steps }
