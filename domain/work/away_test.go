package work_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// TestStorageThatIsAwayIsNoPoison keeps the account away for an hour: the work goes on when it is back, and nobody
// has to drive anything again.
func TestStorageThatIsAwayIsNoPoison(t *testing.T) {
	for _, kind := range []fault.Kind{fault.Unavailable, fault.Indeterminate, fault.Canceled} {
		in(t, func(ctx context.Context, h *house) {
			h.trouble = kind
			h.svc.Hint(ctx, telemetry.Shard{Tenant: "t"})
			h.run(ctx, time.Hour)
			if q, p := h.length(ctx); q != 1 || p != 0 {
				t.Fatalf("%v: %d queued, %d poisoned", kind, q, p)
			}
			page, err := h.svc.Tasks(ctx, "t", "", 10)
			if err != nil || len(page.Tasks) != 0 {
				t.Fatalf("%v: tasks %+v, %v", kind, page, err)
			}
			h.trouble = 0
			h.run(ctx, time.Minute)
			if q, p := h.length(ctx); q != 0 || p != 0 || h.passes == 0 {
				t.Fatalf("%v: %d queued, %d poisoned, %d passes", kind, q, p, h.passes)
			}
		})
	}
}

// TestAQueueThatIsAwayIsToldOfNowAndThen and not at every call.
func TestAQueueThatIsAwayIsToldOfNowAndThen(t *testing.T) {
	in(t, func(ctx context.Context, h *house) {
		away := true
		h.queue.SetFault(func(string) memory.Fault {
			if away {
				return memory.FaultFail
			}
			return memory.FaultNone
		})
		h.sched.Go("comes back", func() {
			_ = h.sched.Sleep(ctx, 10*time.Minute)
			away = false
		})
		h.run(ctx, 15*time.Minute)
		if n := len(h.logged); n < 5 || n > 15 || !strings.HasPrefix(h.logged[0], "the queue does not answer: ") ||
			!strings.HasPrefix(h.logged[n-1], "the queue answers again, after 10m") {
			t.Errorf("%d lines: %q", n, h.logged)
		}
	})
}

// TestAQueueThatTakesNothingNewIsNoPoison keeps the account away while the queue gives messages out and takes none,
// or deletes none.
func TestAQueueThatTakesNothingNewIsNoPoison(t *testing.T) {
	for _, op := range []string{"queue.send", "queue.delete"} {
		in(t, func(ctx context.Context, h *house) {
			h.trouble = fault.Unavailable
			h.svc.Hint(ctx, telemetry.Shard{Tenant: "t"})
			h.queue.SetFault(func(called string) memory.Fault {
				if called == op && h.trouble != 0 {
					return memory.FaultFail
				}
				return memory.FaultNone
			})
			h.run(ctx, 20*time.Minute)
			if _, p := h.length(ctx); p != 0 {
				t.Errorf("%s: %d poisoned", op, p)
			}
			h.trouble = 0
			h.run(ctx, 2*time.Minute)
			if q, p := h.length(ctx); q != 0 || p != 0 {
				t.Errorf("%s: %d queued, %d poisoned: %q", op, q, p, h.logged[max(0, len(h.logged)-6):])
			}
		})
	}
}
