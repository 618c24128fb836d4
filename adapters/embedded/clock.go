package embedded

import (
	"sync"
	"time"
)

// slack is how far a told time may lie above the greatest one in the file: the resolution that storageaccount.Account
// allows. A store opened again starts this far above the file, so that no time falls below one told before.
const slack = time.Second

// clock is the store's own time, Unix nanoseconds: it never falls, and stands still while a transaction is being
// written.
type clock struct {
	mu      sync.Mutex
	read    func() time.Time
	last    int64 // the greatest time given to anybody
	kept    int64 // the greatest time in the file
	writing bool
}

// newClock starts a clock above everything that a store with that time in its file may have told; a fresh store has
// told nothing.
func newClock(read func() time.Time, kept int64, fresh bool) *clock {
	c := &clock{read: read, kept: kept, last: kept}
	if !fresh {
		c.last += int64(slack)
	}
	return c
}

func (c *clock) advance() int64 {
	c.last = max(c.last, c.read().UnixNano())
	return c.last
}

// begin is the time of a transaction; the clock stands until end.
func (c *clock) begin() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = true
	return c.advance()
}

// end lets the clock go on; kept says that the transaction's time is in the file.
func (c *clock) end(kept bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing = false
	if kept {
		c.kept = c.last
	}
}

// look is the time now, for whoever keeps it within the process: the file need not learn of it.
func (c *clock) look() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.writing {
		c.advance()
	}
	return c.last
}

// now is the time to tell, and whether it lags because the file has to learn of a newer one first.
func (c *clock) now() (nanos int64, due bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.writing {
		c.advance()
	}
	if limit := c.kept + int64(slack); c.last > limit {
		return limit, !c.writing
	}
	return c.last, false
}
