package intake

import (
	"context"
	"slices"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/sched"
)

// Turns lets a few at a time do what takes a processor, in the order in which they came. It is safe for concurrent
// use.
type Turns struct {
	sched    sched.Scheduler
	patience time.Duration
	refused  func(Reason)

	mu   sync.Mutex
	free int
	line []sched.Event
}

func newTurns(cfg Config, s sched.Scheduler, n int) *Turns {
	return &Turns{sched: s, patience: cfg.Patience, refused: cfg.Refused, free: n}
}

// Try takes a turn if one is free. Whoever has one gives it back.
func (t *Turns) Try() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.free == 0 {
		return false
	}
	t.free--
	return true
}

// Take waits for a turn. The error is fault.Throttled when none came in time, or the context's, as fault.Canceled.
func (t *Turns) Take(ctx context.Context) error {
	mine := t.sched.NewEvent()
	t.mu.Lock()
	if t.free > 0 {
		t.free--
		t.mu.Unlock()
		return nil
	}
	t.line = append(t.line, mine)
	t.mu.Unlock()

	ctx, cancel := t.sched.WithTimeout(ctx, t.patience)
	defer cancel()
	err := mine.Wait(ctx)

	t.mu.Lock()
	i := slices.Index(t.line, mine)
	if i >= 0 {
		t.line = slices.Delete(t.line, i, i+1)
	}
	t.mu.Unlock()
	switch {
	case i < 0: // it came, perhaps at the last moment
		return nil
	case ctx.Err() == context.DeadlineExceeded:
		t.refused(Full)
		return errFull()
	}
	return fault.Wrap(fault.Canceled, op, err)
}

// Give gives a turn back.
func (t *Turns) Give() {
	t.mu.Lock()
	if len(t.line) == 0 {
		t.free++
		t.mu.Unlock()
		return
	}
	next := t.line[0]
	t.line = slices.Delete(t.line, 0, 1)
	t.mu.Unlock()
	next.Set()
}
