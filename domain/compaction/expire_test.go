package compaction_test

import (
	"context"
	"testing"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// TestExpireGivesUpWholePeriods drops what the longest retention of anybody has passed, and nothing while somebody
// keeps for ever.
func TestExpireGivesUpWholePeriods(t *testing.T) {
	keep := map[telemetry.Tenant]time.Duration{"": 24 * time.Hour, "t": 3 * 24 * time.Hour}
	cfg := compaction.Config{Retention: func(t telemetry.Tenant) time.Duration { return keep[t] }}
	in(t, cfg, func(ctx context.Context, h *house) {
		now := telemetry.Moment(h.sched.Now())
		this, old := telemetry.YearOf(now), telemetry.YearOf(0)
		gone := func(want bool) {
			t.Helper()
			err := h.rows.Prepare(ctx, old)
			if fault.Is(err, fault.Conflict) != want {
				t.Fatalf("the old year: %v, want given up %v", err, want)
			}
		}
		for _, who := range []telemetry.Tenant{"", "t"} {
			was := keep[who]
			keep[who] = 0
			h.must(h.svc.Expire(ctx))
			gone(false)
			keep[who] = was
		}
		h.must(h.svc.Expire(ctx))
		gone(true)
		h.must(h.rows.Prepare(ctx, this))
		if err := h.j.Prepare(ctx, h.stream.Day); err != nil {
			t.Fatalf("the present day was given up: %v", err)
		}
	})
}
