package bounds

import (
	"context"
	"sync"
	"time"

	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

const (
	// resolution is what a journal's clock is cut to at most.
	resolution = time.Second
	// clockAge is for how long an answer of the journal is used before it is asked again. Clocks drift by less than a
	// millisecond meanwhile; a node's that is set is corrected after that time.
	clockAge = 15 * time.Second
	// patience is how long anybody waits for a storage to say such a thing.
	patience = time.Second
	// silence is for how long a journal that did not answer is left alone.
	silence = 5 * time.Second
)

// Clock tells the time by the journal's clock. It asks now and then, while it is used, and between answers goes on by
// the node's. It is safe for concurrent use.
type Clock struct {
	dir   journal.Directory
	sched sched.Scheduler

	mu     sync.Mutex
	heard  answer
	asked  time.Time   // by the node's clock; zero before the first time
	asking sched.Event // nil while no question is under way
}

// NewClock makes a clock of a journal.
func NewClock(d journal.Directory, s sched.Scheduler) *Clock { return &Clock{dir: d, sched: s} }

// Now is what time it is. While the journal has said nothing, a second at most is waited for it, and then it is the
// node's clock.
func (c *Clock) Now(ctx context.Context) time.Time {
	now := c.sched.Now()
	c.mu.Lock()
	heard := !c.heard.said.IsZero()
	ask := c.due(now, heard)
	asking := c.asking
	c.mu.Unlock()
	if ask {
		c.sched.Go("journal clock", c.ask)
	}
	if !heard && asking != nil {
		_ = asking.Wait(ctx)
		now = c.sched.Now()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.heard.correct(now)
}

// Passed is a time that has come by both clocks, for what expires.
func (c *Clock) Passed(ctx context.Context) time.Time {
	return Earlier(c.sched.Now(), c.Now(ctx))
}

// due reports whether the caller has to ask, and notes that it does. Called with mu held.
func (c *Clock) due(now time.Time, heard bool) bool {
	after := silence
	if heard {
		after = clockAge
	}
	if c.asking != nil || !c.asked.IsZero() && now.Sub(c.asked) < after {
		return false
	}
	c.asked, c.asking = now, c.sched.NewEvent()
	return true
}

func (c *Clock) ask() {
	ctx, cancel := c.sched.WithTimeout(context.Background(), patience)
	defer cancel()
	sent := c.sched.Now()
	said, err := c.dir.Now(ctx)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.heard = answer{sent: sent, arrived: c.sched.Now(), said: said}
	}
	c.asking.Set()
	c.asking = nil
}

// answer is what the journal's clock said in answer to a question that was sent and answered at these times of the
// node's clock; zero before the first.
type answer struct{ sent, arrived, said time.Time }

// correct is the node's clock as far as the answer does not disprove it. The journal's stood at or after said when
// the answer arrived, and before said plus the resolution when the question was sent: a node whose clock is right is
// not cut to seconds.
func (a answer) correct(now time.Time) time.Time {
	if a.said.IsZero() {
		return now
	}
	if least := a.said.Add(now.Sub(a.arrived)); now.Before(least) {
		return least
	}
	if most := a.said.Add(resolution + now.Sub(a.sent)); now.After(most) {
		return most
	}
	return now
}

// Earlier is the node's clock or the journal's, whichever is behind; the node's where the journal said nothing
// (zero).
func Earlier(node, journal time.Time) time.Time {
	if !journal.IsZero() && journal.Before(node) {
		return journal
	}
	return node
}
