package goruntime

import (
	"sync/atomic"
	"time"
)

// stepBound is how far the wall clock may run ahead before it is followed. Below it lies what slewing and the two
// clock reads do.
const stepBound = 100 * time.Millisecond

// clock turns readings of time.Now into times in UTC whose differences never go back.
//
// time.Time.UTC strips the monotonic reading, and a wall clock that is set back would stretch every lease. So the
// answer is the wall time at the start plus what the monotonic clock counted since. A monotonic clock stands still
// while a machine is suspended, and then a lease would look alive: when the wall clock runs ahead of the answer by
// more than stepBound it is followed, forward only. A difference of two answers is therefore never less than the time
// that passed; after a step back the answer stays ahead of the wall clock, which the corrections by the storage's
// Date absorb.
type clock struct {
	start time.Time    // with its monotonic reading
	wall  time.Time    // the same moment in UTC, without
	ahead atomic.Int64 // nanoseconds by which the wall clock was followed
	steps atomic.Int64 // rises around each time
}

func newClock(start time.Time) *clock { return &clock{start: start, wall: start.UTC()} }

// at is the answer for a reading of time.Now.
func (c *clock) at(reading time.Time) time.Time {
	ran := reading.Sub(c.start)
	drift := int64(reading.UTC().Sub(c.wall) - ran)
	return c.wall.Add(ran + time.Duration(c.follow(drift)))
}

// follow raises ahead to drift if that is more than stepBound above it, and gives ahead.
func (c *clock) follow(drift int64) int64 {
	for {
		ahead := c.ahead.Load()
		if drift-ahead <= int64(stepBound) {
			return ahead
		}
		c.steps.Add(1) // before any answer shows the step
		if c.ahead.CompareAndSwap(ahead, drift) {
			c.steps.Add(1) // after every answer that did not: the number between holds for none of them
			return drift
		}
	}
}
