package reach

import (
	"cmp"
	"context"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/ports/sched"
)

// Config bounds what stands before one endpoint. A zero field stands for its default.
type Config struct {
	Calls   int           // under way at once; 256
	Silence time.Duration // so long without an answer, and it is taken for away; 1 s
	Bound   time.Duration // of a brief call, if the adapter does not bound it itself; 0 is without
	Breaker BreakerConfig
}

// The defaults.
const (
	DefaultCalls   = 256
	DefaultSilence = time.Second
)

// Guard stands before one endpoint. It is safe for concurrent use.
type Guard struct {
	of    region.Endpoint
	cfg   Config
	sched sched.Scheduler
	seen  func(region.Called)

	mu       sync.Mutex
	breaker  breaker
	underWay int
	waiting  int           // of the calls under way, brief ones that wait for the endpoint
	quiet    time.Time     // since when nothing came of them
	waited   time.Duration // how long nothing came of those that were given up before
	figures  Figures
}

// Figures is what a guard has counted since it was made, and how it is.
type Figures struct {
	Breaker  State
	UnderWay int
	Opened   int64 // the breaker has
	Refused  int64 // calls, by the breaker
	Full     int64 // calls, by the bulkhead
}

// NewGuard makes a guard. seen hears of what came of calls, by several actors at once, and does not wait for anything.
func NewGuard(of region.Endpoint, cfg Config, s sched.Scheduler, seen func(region.Called)) *Guard {
	cfg.Calls, cfg.Silence = cmp.Or(cfg.Calls, DefaultCalls), cmp.Or(cfg.Silence, DefaultSilence)
	cfg.Breaker = cfg.Breaker.whole()
	return &Guard{of: of, cfg: cfg, sched: s, seen: seen, breaker: breaker{cfg: cfg.Breaker}}
}

// Of is the endpoint.
func (g *Guard) Of() region.Endpoint { return g.of }

// Figures are its figures now.
func (g *Guard) Figures() Figures {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := g.figures
	f.Breaker, f.UnderWay = g.breaker.state, g.underWay
	return f
}

// State is the breaker's.
func (g *Guard) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.breaker.state
}

// Look takes it for silence when brief calls have waited for as long as silence takes, together, and nothing has come.
// So it is known when the endpoint hangs, however long whoever calls it would wait, or however soon each gives up.
func (g *Guard) Look() {
	now := g.sched.Now()
	g.mu.Lock()
	waited, began := g.waited, now.Add(-g.waited)
	if g.waiting > 0 {
		waited, began = now.Sub(g.quiet), g.quiet
	}
	hangs := waited >= g.cfg.Silence
	if hangs {
		g.quiet, g.waited = now, 0
	}
	g.mu.Unlock()
	if hangs {
		g.noticed(region.Silent, began, now)
	}
}

// noticed takes an outcome, and tells it.
func (g *Guard) noticed(o region.Outcome, began, now time.Time) {
	g.mu.Lock()
	was := g.breaker.state
	barred := g.breaker.ended(o, began, now)
	if g.breaker.state == Open && was != Open {
		g.figures.Opened++
	}
	g.mu.Unlock()
	g.seen(region.Called{At: g.of, Outcome: o, Began: began, Ended: now})
	if barred {
		g.seen(region.Called{At: g.of, Outcome: region.Barred, Began: began, Ended: now})
	}
}

// kind says what a call does, and so what it may be taken for.
type kind uint8

// The kinds. A long call makes many requests, or tables: how long it takes says nothing.
const (
	read kind = iota
	write
	long
)

// call is one that was let through.
type call struct {
	g       *Guard
	ctx     context.Context // whose end gives it up
	began   time.Time
	tries   bool // whether the endpoint is back
	waiting bool
}

// begin lets a call through, or refuses it.
func (g *Guard) begin(ctx context.Context, op string, k kind) (call, error) {
	now := g.sched.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.underWay >= g.cfg.Calls {
		g.figures.Full++
		return call{}, g.refused(op, "has too many calls under way", time.Second)
	}
	if ok, wait := g.breaker.admit(now); !ok {
		g.figures.Refused++
		return call{}, g.refused(op, "does not answer", wait)
	}
	c := call{g: g, ctx: ctx, began: now, tries: g.breaker.state == HalfOpen}
	g.underWay++
	if k != long {
		c.waits(now)
	}
	return c, nil
}

// refused is the error of a call that is not made.
func (g *Guard) refused(op, why string, again time.Duration) error {
	what := "the account"
	if g.of.Role == region.Journal {
		what = "the journal in " + g.of.Of
	}
	return &fault.Error{Kind: fault.Unavailable, Op: op, RetryAfter: again,
		Message: what + " " + why + ": try again later"}
}

// waits takes that the call waits for the endpoint. g.mu is held.
func (c *call) waits(now time.Time) {
	if c.g.waiting == 0 {
		c.g.quiet = now.Add(-c.g.waited)
	}
	c.g.waiting++
	c.waiting = true
}

// came takes that something came, or that nothing will. g.mu is held.
func (c *call) came(now time.Time, something bool) {
	if something {
		c.g.quiet, c.g.waited = now, 0
	}
	if !c.waiting {
		return
	}
	c.waiting = false
	if c.g.waiting--; c.g.waiting == 0 {
		c.g.waited = max(0, now.Sub(c.g.quiet))
	}
}

// end takes what came of the call, and when.
func (c *call) end(err error, at time.Time) {
	g := c.g
	outcome, says := outcomeOf(c.ctx, err, at.Sub(c.began), g.cfg.Silence)
	g.mu.Lock()
	g.underWay--
	c.came(at, says && outcome != region.Silent)
	if !says {
		g.breaker.left(c.began)
	}
	g.mu.Unlock()
	if says {
		g.noticed(outcome, c.began, at)
	}
}

// abandon takes that a panic or a scheduler ended the call.
func (c *call) abandon() { c.end(context.Canceled, c.began) }
