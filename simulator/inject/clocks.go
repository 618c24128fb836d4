package inject

import (
	"slices"
	"sync"
	"time"
)

// Clocks are the clocks that are wrong now. The zero value: all are right. They are safe for concurrent use.
type Clocks struct {
	mu    sync.Mutex
	wrong []wrongClock
}

// wrongClock is a fault of a clock, and since when it holds.
type wrongClock struct {
	Clock
	since time.Time
}

// Begin has a clock be wrong from a moment on.
func (c *Clocks) Begin(f Clock, at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wrong = append(c.wrong, wrongClock{f, at})
}

// End ends the fault that began last of those that are the same.
func (c *Clocks) End(f Clock) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, w := range slices.Backward(c.wrong) {
		if w.Clock == f {
			c.wrong = slices.Delete(c.wrong, i, i+1)
			return
		}
	}
}

// Ahead is how far a clock is ahead at a moment.
func (c *Clocks) Ahead(of string, at time.Time) (ahead time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range c.wrong {
		if w.Of == of {
			ahead += w.Ahead(at.Sub(w.since))
		}
	}
	return ahead
}
