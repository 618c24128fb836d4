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

// await is the slow half of Grow.
func (p *Pool) await(ctx context.Context, h *share, to int64) error {
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
