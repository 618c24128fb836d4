package intake

import (
	"context"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/sched"
)

// Pool is memory that holds share. It is safe for concurrent use.
type Pool struct {
	sched    sched.Scheduler
	patience time.Duration
	refused  func(Reason)

	mu     sync.Mutex
	ledger ledger
	timer  time.Time // when settling is due; zero: no timer runs
}

func newPool(cfg Config, s sched.Scheduler, bytes int64, strict bool) *Pool {
	largest := bytes
	if strict {
		largest = min(bytes, 2*Small) // compressed and decompressed
	}
	return &Pool{sched: s, patience: cfg.Patience, refused: cfg.Refused,
		ledger: ledger{bytes: bytes, largest: largest, grace: cfg.Grace, fill: cfg.Fill, strict: strict}}
}

// Bytes is the size of the pool: a body that needs more finds no room in it.
func (p *Pool) Bytes() int64 { return p.ledger.bytes }

// Held is how many bytes are held now.
func (p *Pool) Held() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ledger.held
}

// Begin says whose hold it is, and the most that it will ever need; cutter is told when it has to give its memory
// back. The hold must hold nothing.
func (p *Pool) Begin(h *Hold, need int64, cutter Cutter) {
	*h = Hold{pool: p, cutter: cutter, need: min(need, p.ledger.largest)}
}

// Grow waits until the hold has so many bytes. The error is ErrSlow for one that was cut off, fault.Throttled when
// there was no room in time, fault.TooLarge for more than there will ever be room for, or the context's. Then it has
// what it had.
func (h *Hold) Grow(ctx context.Context, to int64) error {
	p := h.pool
	if to > p.ledger.largest {
		return errLarge(p.ledger.largest)
	}
	p.mu.Lock()
	p.ledger.enter(h)
	h.need = max(h.need, to)
	switch {
	case h.state == cut:
		p.mu.Unlock()
		return ErrSlow
	case to <= h.held || p.ledger.grow(h, to):
		p.mu.Unlock()
		return nil
	}
	p.mu.Unlock()
	return p.await(ctx, h, to)
}

// await is the slow half of Grow.
func (p *Pool) await(ctx context.Context, h *Hold, to int64) error {
	granted := p.sched.NewEvent()
	now := p.sched.Now()
	p.mu.Lock()
	if h.state == cut {
		p.mu.Unlock()
		return ErrSlow
	}
	p.ledger.wait(h, to, granted)
	p.carryOut(p.ledger.settle(now))

	ctx, cancel := p.sched.WithTimeout(ctx, p.patience)
	defer cancel()
	err := granted.Wait(ctx)

	now = p.sched.Now()
	p.mu.Lock()
	switch {
	case h.state == cut:
		p.mu.Unlock()
		return ErrSlow
	case !h.waits():
		p.mu.Unlock()
		return nil
	}
	p.ledger.end(h) // it closes now
	p.carryOut(p.ledger.settle(now))
	if ctx.Err() == context.DeadlineExceeded {
		p.refused(Full)
		return errFull()
	}
	return fault.Wrap(fault.Canceled, op, err)
}

// Came says that bytes have arrived, so that the hold is not late.
func (h *Hold) Came(n int) {
	now := h.pool.sched.Now()
	h.pool.mu.Lock()
	h.pool.ledger.came(h, n, now)
	h.pool.mu.Unlock()
}

// Work says that everything has arrived, and the most that will be needed from now on. Such a hold is not cut off. It
// is ErrSlow if it already was.
func (h *Hold) Work(need int64) error {
	if h.pool == nil {
		return nil
	}
	return h.become(working, need, time.Time{})
}

// Yield says that the body waits for something that is not in this pool. It may for the grace; then it is cut off
// before others wait.
func (h *Hold) Yield() error {
	p := h.pool
	return h.become(yielding, 0, p.sched.Now().Add(p.ledger.grace))
}

func (h *Hold) become(s state, need int64, late time.Time) error {
	h.pool.mu.Lock()
	defer h.pool.mu.Unlock()
	switch h.state {
	case cut:
		return ErrSlow
	case outside:
		return nil
	}
	h.state, h.need, h.deadline = s, max(h.held, min(need, h.need)), late
	return nil
}

// Shrink gives back what the hold has over so much.
func (h *Hold) Shrink(to int64) {
	p := h.pool
	p.mu.Lock()
	p.ledger.shrink(h, to)
	p.mu.Unlock()
	p.settle()
}

// Cut takes the hold out of its pool's line and lets Grow and Work fail. What it holds stays its own until Close.
func (h *Hold) Cut() {
	if h.pool == nil {
		return
	}
	h.pool.mu.Lock()
	granted := h.granted
	if h.state != outside && h.state != cut {
		h.pool.ledger.end(h)
	}
	h.pool.mu.Unlock()
	if granted != nil {
		granted.Set()
	}
}

// isCut reports whether it was cut off.
func (h *Hold) isCut() bool {
	if h.pool == nil {
		return false
	}
	h.pool.mu.Lock()
	defer h.pool.mu.Unlock()
	return h.state == cut
}

// Close gives everything back. Closing again is harmless.
func (h *Hold) Close() {
	p := h.pool
	if p == nil {
		return
	}
	p.mu.Lock()
	p.ledger.remove(h)
	if len(p.ledger.line) == 0 {
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	p.settle()
}

// settle looks at who waits.
func (p *Pool) settle() {
	now := p.sched.Now()
	p.mu.Lock()
	p.carryOut(p.ledger.settle(now))
}

// carryOut does what follows from a step, and gives up the lock, which the caller holds.
func (p *Pool) carryOut(e effects) {
	arm := !e.check.IsZero() && (p.timer.IsZero() || e.check.Before(p.timer))
	if arm {
		p.timer = e.check
	}
	p.mu.Unlock()
	for _, granted := range e.granted {
		granted.Set()
	}
	for _, c := range e.cut {
		p.refused(Slow)
		c.Cut()
	}
	if arm {
		p.sched.AfterFunc(max(time.Millisecond, e.check.Sub(p.sched.Now())), func() { p.ring(e.check) })
	}
}

// ring settles when a hold may have become late.
func (p *Pool) ring(at time.Time) {
	p.mu.Lock()
	if p.timer.Equal(at) {
		p.timer = time.Time{}
	}
	p.mu.Unlock()
	p.settle()
}
