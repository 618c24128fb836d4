package reach

import (
	"cmp"
	"context"
	"sync"
	"sync/atomic"
	"time"

	"tidemark/ports/sched"
)

// Side is which of two endpoints answered.
type Side uint8

// The sides: the one that is asked first, and the other.
const (
	Near Side = 0
	Far  Side = 1
)

// String is the side's name in answers.
func (s Side) String() string {
	if s == Far {
		return "far"
	}
	return "near"
}

// PairConfig bounds how long a read waits for the near endpoint before it asks the far one as well. A zero field
// stands for its default.
type PairConfig struct {
	Least time.Duration // 2 ms
	Most  time.Duration // 200 ms; also while too little is known of how long reads take
}

// Pair reads one kind of thing at two endpoints. How long it waits before it asks the second is what one of twenty
// reads of this kind takes longer than. It is safe for concurrent use.
type Pair struct {
	cfg       PairConfig
	near, far *Guard
	budget    *Budget
	sched     sched.Scheduler
	took      latency

	reads, hedged, won, over, spent atomic.Int64
}

// PairFigures is what a pair has counted.
type PairFigures struct {
	Reads  int64
	Hedged int64 // both were asked at once
	Won    int64 // of these, the far one answered first
	Over   int64 // the far one was asked because the near one had failed
	Spent  int64 // would have been hedged, but the budget was spent
}

// NewPair makes a pair of guarded endpoints. Pairs may share a budget.
func NewPair(cfg PairConfig, near, far *Guard, b *Budget, s sched.Scheduler) *Pair {
	cfg.Least, cfg.Most = cmp.Or(cfg.Least, 2*time.Millisecond), cmp.Or(cfg.Most, 200*time.Millisecond)
	return &Pair{cfg: cfg, near: near, far: far, budget: b, sched: s}
}

// Figures are its figures now.
func (p *Pair) Figures() PairFigures {
	return PairFigures{Reads: p.reads.Load(), Hedged: p.hedged.Load(), Won: p.won.Load(), Over: p.over.Load(),
		Spent: p.spent.Load()}
}

// Delay is how long a read waits now before the far endpoint is asked as well.
func (p *Pair) Delay() time.Duration {
	d, known := p.took.p95()
	if !known {
		return p.cfg.Most
	}
	return min(max(d, p.cfg.Least), p.cfg.Most)
}

// closed reports whether both breakers are.
func (p *Pair) closed() bool { return p.near.State() == Closed && p.far.State() == Closed }

// Read reads at the near endpoint, and after Delay at the far one as well, if both breakers are closed and the budget
// has a token. The first good answer wins, Side says whose it is, and the other call is canceled. near and far are
// calls through the guards, and only read.
//
// An answer is good if the endpoint said it: that something is not there, too. What that means at an endpoint that lags
// is for the caller, who is told the side.
//
// While the near breaker is not closed the far endpoint is asked alone, and when the near one fails the far one is
// asked at once. Neither takes a token: the far one is asked once for each read, as it would be by a reader that knew,
// and never by a reader whose own call of it failed.
func Read[T any](ctx context.Context, p *Pair, near, far func(context.Context) (T, error)) (T, Side, error) {
	p.reads.Add(1)
	p.budget.Earn()
	if !p.closed() {
		if p.far.State() == Closed {
			v, err := far(ctx)
			return v, Far, err
		}
		v, err := near(ctx)
		return v, Near, err
	}
	nearCtx, cancelNear := p.sched.WithCancel(ctx)
	defer cancelNear()
	farCtx, cancelFar := p.sched.WithCancel(ctx)
	defer cancelFar()
	r := &race[T]{done: p.sched.NewEvent()}
	stop := p.sched.AfterFunc(p.Delay(), func() {
		if r.start(p.mayHedge) {
			p.hedged.Add(1)
			if r.ended(far(farCtx)) {
				p.won.Add(1)
				cancelNear()
			}
			r.done.Set()
		}
	})
	began := p.sched.Now()
	v, err := near(nearCtx)
	stop()
	now := p.sched.Now()
	good, started := r.close(err)
	if good || started { // overtaken, it took at least so long
		p.took.add(now.Sub(began), now)
	}
	switch {
	case good:
		return v, Near, err
	case ctx.Err() != nil:
		return v, Near, err
	case started:
		if r.done.Wait(ctx) == nil && !useless(r.err) {
			return r.value, Far, r.err
		}
	case p.far.State() == Closed:
		p.over.Add(1)
		if other, failed := far(farCtx); !useless(failed) {
			return other, Far, failed
		}
	}
	return v, Near, err
}

// mayHedge reports whether the far endpoint may be asked as well.
func (p *Pair) mayHedge() bool {
	if !p.closed() {
		return false
	}
	if !p.budget.Take() {
		p.spent.Add(1)
		return false
	}
	return true
}

// race is a read under way at two endpoints.
type race[T any] struct {
	done sched.Event // the far call has ended

	mu      sync.Mutex
	started bool // the far call was made
	closed  bool // the near call has ended: the far one is not made any more
	won     bool // the far call, with a good answer
	value   T    // its answer
	err     error
}

// start reports whether the far call is to be made.
func (r *race[T]) start(may func() bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started = !r.closed && may()
	return r.started
}

// ended takes what came of the far call, and reports whether it came first.
func (r *race[T]) ended(v T, err error) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.value, r.err = v, err
	r.won = !r.closed && !useless(err)
	return r.won
}

// close takes that the near call has ended. It reports whether its answer is good and came first, and whether the far
// call was made.
func (r *race[T]) close(err error) (good, started bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	good = !r.won && !useless(err)
	r.closed = good || !r.started // one that is under way may still answer
	return good, r.started
}
