package compose

import (
	"context"
	"sync"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// horizons knows the earliest time that is kept of each tenant's readings: what retention says, and what it was when it was last carried out or when
// whole years were given up, if that is later. What lies before expires at once, so a write of it is refused by name instead of taken and never shown.
type horizons struct {
	work  Work
	rows  chunks.Store
	sched sched.Scheduler

	mu    sync.Mutex
	known map[telemetry.Tenant]horizon
}

type horizon struct {
	read   time.Time
	before int64
}

// horizonAge is how long a horizon is remembered: it only moves up, by an hour at a time.
const horizonAge = time.Minute

func newHorizons(w Work, rows chunks.Store, s sched.Scheduler) *horizons {
	return &horizons{work: w, rows: rows, sched: s, known: map[telemetry.Tenant]horizon{}}
}

// oldest is that time in Unix nanoseconds. An account that does not answer leaves what retention says.
func (h *horizons) oldest(t telemetry.Tenant) int64 {
	now, keep := h.sched.Now(), h.work.retention(t)
	h.mu.Lock()
	k, ok := h.known[t]
	h.mu.Unlock()
	if ok && now.Sub(k.read) < horizonAge {
		return max(k.before, compaction.Expiry(keep, now))
	}
	ctx, cancel := h.sched.WithTimeout(context.Background(), time.Second)
	defer cancel()
	before, err := compaction.Horizon(ctx, h.rows, t, keep, now)
	if err != nil {
		before = max(k.before, compaction.Expiry(keep, now))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.known[t] = horizon{read: now, before: before}
	return before
}
