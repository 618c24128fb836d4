package retention_test

import (
	"context"
	"testing"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/internal/house"
	"tidemark/domain/telemetry"
)

// TestExpireGivesUpWholePeriods drops what the longest retention of anybody has passed, and nothing while somebody
// keeps for ever.
func TestExpireGivesUpWholePeriods(t *testing.T) {
	keep := map[telemetry.Tenant]time.Duration{"": 24 * time.Hour, "t": 3 * 24 * time.Hour}
	cfg := compaction.Config{Retention: func(t telemetry.Tenant) time.Duration { return keep[t] }}
	house.In(t, cfg, func(ctx context.Context, h *house.House) {
		now := telemetry.Moment(h.Sched.Now())
		this, old := telemetry.YearOf(now), telemetry.YearOf(0)
		gone := func(want bool) {
			t.Helper()
			err := h.Rows.Prepare(ctx, old)
			if fault.Is(err, fault.Conflict) != want {
				t.Fatalf("the old year: %v, want given up %v", err, want)
			}
		}
		for _, who := range []telemetry.Tenant{"", "t"} {
			was := keep[who]
			keep[who] = 0
			h.Must(h.Retention.Expire(ctx))
			gone(false)
			keep[who] = was
		}
		h.Must(h.Retention.Expire(ctx))
		gone(true)
		h.Must(h.Rows.Prepare(ctx, this))
		if err := h.Journal.Prepare(ctx, h.Stream.Day); err != nil {
			t.Fatalf("the present day was given up: %v", err)
		}
	})
}

// TestRetentionTrustsTheEarlierClock: a node whose clock is years ahead expires nothing that the storage's clock does
// not.
func TestRetentionTrustsTheEarlierClock(t *testing.T) {
	cfg := compaction.Config{Retention: func(telemetry.Tenant) time.Duration { return 400 * 24 * time.Hour }}
	house.In(t, cfg, func(ctx context.Context, h *house.House) {
		h.Journal.SetSkew(-3 * 365 * 24 * time.Hour)
		_, err := h.Retention.Retain(ctx, "t")
		h.Must(err)
		horizon, err := bounds.Horizon(ctx, h.Rows, "t", 0, h.Sched.Now())
		h.Must(err)
		if limit := h.Sched.Now().AddDate(-4, 0, 0); horizon > limit.UnixNano() {
			t.Errorf("everything before %v expired, by the storage's clock it is %v", time.Unix(0, horizon).UTC(),
				h.Sched.Now().AddDate(-3, 0, 0))
		}
	})
}
