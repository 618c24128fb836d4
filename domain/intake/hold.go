package intake

import (
	"context"
	"time"
)

// Hold is a body's part of a pool. The zero value holds nothing. Begin, Grow, Shrink, Came, Work, Yield and Close are
// called by one goroutine at a time, Cut by any.
type Hold struct {
	pool  *Pool
	share share
}

// Begin says whose hold it is, and the most that it will ever need; cutter is told when it has to give its memory
// back. The hold must hold nothing.
func (p *Pool) Begin(h *Hold, need int64, cutter Cutter) {
	*h = Hold{pool: p, share: share{cutter: cutter, need: min(need, p.ledger.largest)}}
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
	p.ledger.enter(&h.share)
	h.share.need = max(h.share.need, to)
	switch {
	case h.share.state == cut:
		p.mu.Unlock()
		return ErrSlow
	case to <= h.share.held || p.ledger.grow(&h.share, to):
		p.mu.Unlock()
		return nil
	}
	p.mu.Unlock()
	return p.await(ctx, &h.share, to)
}

// Came says that bytes have arrived, so that the hold is not late.
func (h *Hold) Came(n int) {
	now := h.pool.sched.Now()
	h.pool.mu.Lock()
	h.pool.ledger.came(&h.share, n, now)
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
	switch h.share.state {
	case cut:
		return ErrSlow
	case outside:
		return nil
	}
	h.share.state, h.share.need, h.share.deadline = s, max(h.share.held, min(need, h.share.need)), late
	return nil
}

// Shrink gives back what the hold has over so much.
func (h *Hold) Shrink(to int64) {
	p := h.pool
	p.mu.Lock()
	p.ledger.shrink(&h.share, to)
	p.mu.Unlock()
	p.settle()
}

// Cut takes the hold out of its pool's line and lets Grow and Work fail. What it holds stays its own until Close.
func (h *Hold) Cut() {
	if h.pool == nil {
		return
	}
	h.pool.mu.Lock()
	granted := h.share.granted
	if h.share.state != outside && h.share.state != cut {
		h.pool.ledger.end(&h.share)
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
	return h.share.state == cut
}

// Close gives everything back. Closing again is harmless.
func (h *Hold) Close() {
	p := h.pool
	if p == nil {
		return
	}
	p.mu.Lock()
	p.ledger.remove(&h.share)
	if len(p.ledger.line) == 0 {
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	p.settle()
}
