package reach

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"tidemark/domain/region"
	"tidemark/ports/sched"
)

// look is how often a watch looks at its guards: silence is known so much later at most.
const look = 250 * time.Millisecond

// WatchConfig is what a process has to watch.
type WatchConfig struct {
	Policy   region.Policy
	Journals []region.Name
	Accounts []region.Account
	// Decided hears what was decided, in order and one at a time; it does not wait for anything, and does not ask the
	// watch. Nil is nobody.
	Decided func(region.Decision)
}

// Watch knows what a process reaches: it hears of every call of its guards. It is safe for concurrent use.
type Watch struct {
	cfg   WatchConfig
	sched sched.Scheduler
	mode  atomic.Uint32
	ends  map[region.Endpoint]*lately

	mu     sync.Mutex
	reach  region.Reach
	turned sched.Event // the mode is another
	guards []*Guard
}

// lately is what was heard of an endpoint and not taken in yet: of one that is well another answer says nothing new
// but when it came.
type lately struct {
	steady   atomic.Bool
	health   atomic.Uint32
	answered atomic.Int64 // nanoseconds since 1970; 0 is none
}

// NewWatch makes a watch that has heard of nobody.
func NewWatch(cfg WatchConfig, s sched.Scheduler) *Watch {
	if cfg.Decided == nil {
		cfg.Decided = func(region.Decision) {}
	}
	w := &Watch{cfg: cfg, sched: s, reach: region.New(cfg.Policy, cfg.Journals, cfg.Accounts...),
		ends: map[region.Endpoint]*lately{}, turned: s.NewEvent()}
	for _, of := range w.reach.Endpoints() {
		w.ends[of] = &lately{}
	}
	w.mode.Store(uint32(w.reach.Mode()))
	return w
}

// Guard makes a guard that the watch hears of. Several may stand before one endpoint.
func (w *Watch) Guard(of region.Endpoint, cfg Config) *Guard {
	e := w.ends[of]
	if e == nil {
		e = &lately{} // nothing is configured of it, and the reach takes nothing of it in
	}
	g := NewGuard(of, cfg, w.sched, func(c region.Called) { w.called(e, c) })
	w.mu.Lock()
	defer w.mu.Unlock()
	w.guards = append(w.guards, g)
	return g
}

// Guards are those it was asked for.
func (w *Watch) Guards() []*Guard {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.guards[:len(w.guards):len(w.guards)]
}

// Mode is the present mode. It costs nothing.
func (w *Watch) Mode() region.Mode { return region.Mode(w.mode.Load()) }

// Health is that of an endpoint. It costs no more than to find it.
func (w *Watch) Health(of region.Endpoint) region.Health {
	if e := w.ends[of]; e != nil {
		return region.Health(e.health.Load())
	}
	return region.Unknown
}

// Turned is the present mode, and what is set once it is another: whoever waits for what only this mode gives does not
// wait any more.
func (w *Watch) Turned() (region.Mode, sched.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reach.Mode(), w.turned
}

// Reach is what is reached now.
func (w *Watch) Reach() region.Reach {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.reach
}

// Told takes a tidemark in: it is what Account tells.
func (w *Watch) Told(t region.Told) { w.step(t, w.sched.Now()) }

// Run looks at the guards and asks the endpoints of which nothing was heard, until the context ends. ask says how: a
// brief call through a guard of the endpoint. An endpoint without one is never asked.
func (w *Watch) Run(ctx context.Context, ask map[region.Endpoint]func(context.Context) error) error {
	under := make(map[region.Endpoint]*atomic.Bool, len(ask))
	for of := range ask {
		under[of] = &atomic.Bool{}
	}
	asks := sched.NewGroup(ctx, w.sched, 0)
	for {
		for _, g := range w.Guards() {
			g.Look()
		}
		now := w.sched.Now()
		for _, d := range w.step(region.Tick{}, now) {
			d, is := d.(region.Ask)
			if !is || ask[d.At] == nil || !under[d.At].CompareAndSwap(false, true) {
				continue
			}
			asks.Go(func(ctx context.Context) error {
				defer under[d.At].Store(false)
				ctx, cancel := w.sched.WithTimeout(ctx, DefaultSilence)
				defer cancel()
				_ = ask[d.At](ctx) // the guard has told
				return nil
			})
		}
		pause := look
		if next := w.Reach().Next(); !next.IsZero() {
			pause = min(pause, max(next.Sub(now), time.Millisecond))
		}
		if err := w.sched.Sleep(ctx, pause); err != nil {
			_ = asks.Wait()
			return err
		}
	}
}

// called takes an outcome in. Of an endpoint that is well an answer waits for the next step.
func (w *Watch) called(e *lately, c region.Called) {
	if c.Outcome == region.Answered && e.steady.Load() {
		e.answered.Store(c.Ended.UnixNano())
		return
	}
	w.step(c, c.Ended)
}

// step takes an observation in, and tells what was decided.
func (w *Watch) step(o region.Observation, now time.Time) []region.Decision {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.takeIn()
	return w.stepped(o, now)
}

// takeIn takes the answers in that wait. w.mu is held.
func (w *Watch) takeIn() {
	for _, of := range w.reach.Endpoints() {
		if n := w.ends[of].answered.Swap(0); n != 0 {
			at := time.Unix(0, n).UTC()
			w.stepped(region.Called{At: of, Outcome: region.Answered, Began: at, Ended: at}, at)
		}
	}
}

// stepped makes a step. w.mu is held.
func (w *Watch) stepped(o region.Observation, now time.Time) (decisions []region.Decision) {
	before := w.reach.Mode()
	w.reach, decisions = w.reach.Step(o, now)
	if mode := w.reach.Mode(); mode != before {
		w.mode.Store(uint32(mode))
		w.turned.Set()
		w.turned = w.sched.NewEvent()
	}
	for of, e := range w.ends {
		e.steady.Store(w.reach.Steady(of))
		e.health.Store(uint32(w.reach.Health(of)))
	}
	for _, d := range decisions {
		w.cfg.Decided(d)
	}
	return decisions
}
