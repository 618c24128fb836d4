package bounds

import (
	"context"
	"sync"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// Expiry is the time (Unix ns) before which a retention expires readings at now, which is the Earlier of two clocks.
// It is to the hour, so that answers do not change from moment to moment, and telemetry.MinTime for 0 (keep).
func Expiry(retention time.Duration, now time.Time) int64 {
	if retention <= 0 {
		return telemetry.MinTime
	}
	return now.Add(-retention).Truncate(time.Hour).UnixNano()
}

// CarriedOut is the time (Unix ns) before which a tenant's readings were expired: by a retention, or because the
// account has given up whole years for everybody; telemetry.MinTime without either.
func CarriedOut(ctx context.Context, rows chunks.Reader, t telemetry.Tenant) (int64, error) {
	before, err := Retained(ctx, rows, t)
	if err != nil {
		return 0, err
	}
	years, err := GivenUp(ctx, rows)
	return max(before, years), err
}

// Retained is the time (Unix ns) before which a tenant's readings were expired by a retention; telemetry.MinTime
// without one.
func Retained(ctx context.Context, rows chunks.Reader, t telemetry.Tenant) (int64, error) {
	row, err := rows.Get(ctx, chunks.HorizonKey(t))
	switch {
	case fault.Is(err, fault.NotFound):
		return telemetry.MinTime, nil
	case err != nil:
		return 0, err
	}
	h, err := telemetry.DecodeHorizon(row.Value)
	if err != nil {
		return 0, fault.Wrap(fault.Corrupt, "horizon", err)
	}
	return max(telemetry.MinTime, h.Before), nil
}

// GivenUp is the time (Unix ns) before which the account has given up whole years for everybody; telemetry.MinTime if
// it has none. A year that was given up is never made again, so a reading of it could never leave the journal: it is
// expired also after a retention was raised.
func GivenUp(ctx context.Context, rows chunks.Reader) (int64, error) {
	year, err := rows.Expired(ctx)
	if err != nil {
		return 0, err
	}
	return max(telemetry.MinTime, telemetry.YearWindow(year).Start()), nil
}

// Horizon is the time (Unix ns) before which a tenant's readings are expired: the greater of what was carried out and
// of what a retention says at now, which is the Earlier of two clocks.
func Horizon(ctx context.Context, rows chunks.Reader, t telemetry.Tenant, keep time.Duration,
	now time.Time) (int64, error) {
	before, err := CarriedOut(ctx, rows, t)
	return max(before, Expiry(keep, now)), err
}

// Horizons remembers the horizon of each tenant for a while, for whoever refuses by name what would expire at once.
// It is safe for concurrent use.
type Horizons struct {
	keep  func(telemetry.Tenant) time.Duration
	rows  chunks.Reader
	clock *Clock
	sched sched.Scheduler

	mu    sync.Mutex
	known map[telemetry.Tenant]known
}

// known is what was carried out for a tenant, when that was read.
type known struct {
	read   time.Time
	before int64
}

// horizonAge is how long that is remembered: it only moves up, and by an hour at a time.
const horizonAge = time.Minute

// NewHorizons makes one. keep is a tenant's retention, 0 for ever.
func NewHorizons(keep func(telemetry.Tenant) time.Duration, rows chunks.Reader, c *Clock,
	s sched.Scheduler) *Horizons {
	return &Horizons{keep: keep, rows: rows, clock: c, sched: s, known: map[telemetry.Tenant]known{}}
}

// Oldest is the horizon of a tenant now, in Unix nanoseconds. An account that does not answer leaves what is
// remembered, and what retention says.
func (h *Horizons) Oldest(ctx context.Context, t telemetry.Tenant) int64 {
	before := h.carriedOut(ctx, t)
	if keep := h.keep(t); keep > 0 {
		before = max(before, Expiry(keep, h.clock.Passed(ctx)))
	}
	return before
}

func (h *Horizons) carriedOut(ctx context.Context, t telemetry.Tenant) int64 {
	now := h.sched.Now()
	h.mu.Lock()
	k, ok := h.known[t]
	h.mu.Unlock()
	if ok && now.Sub(k.read) < horizonAge {
		return k.before
	}
	if !ok {
		k.before = telemetry.MinTime
	}
	ctx, cancel := h.sched.WithTimeout(ctx, patience)
	defer cancel()
	if before, err := CarriedOut(ctx, h.rows, t); err == nil {
		k.before = before
	}
	k.read = now
	h.mu.Lock()
	defer h.mu.Unlock()
	h.known[t] = k
	return k.before
}
