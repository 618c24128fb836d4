// Package machine is time on a machine whose clock may be wrong.
package machine

import (
	"time"

	"tidemark/ports/sched"
)

// stepBound is how far a machine's clock runs ahead before a process on it follows, as in adapters/goruntime.
const stepBound = 100 * time.Millisecond

// clock is time as a node on a machine has it whose clock may be wrong: what the clock said when the node started,
// and what has passed since. A clock that is set ahead is followed, one that is set back is not (adapters/goruntime).
type clock struct {
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
	return &clock{s, wrong, wrong(), 0}
}

// Now implements sched.Scheduler.
func (c *clock) Now() time.Time {
	if wrong := c.wrong(); wrong > c.ahead+stepBound {
		c.ahead = wrong
		c.steps++
	}
	return c.Scheduler.Now().Add(c.ahead)
}

// Steps implements sched.Scheduler.
func (c *clock) Steps() int { return c.steps }
