package work_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/telemetry"
)

// TestAServiceThatStopsTellsNoTrouble stops a service at one moment after another, whatever it has under way: the
// worker, the sweeper, a hint. Every call takes a while, so that the end comes in the middle of one.
func TestAServiceThatStopsTellsNoTrouble(t *testing.T) {
	const call, last = 70 * time.Millisecond, 6 * time.Second
	met := map[string]bool{}
	for cut := time.Duration(0); cut < last; cut += 50 * time.Millisecond {
		in(t, func(ctx context.Context, h *house) {
			during := ""
			slow := func(op string) memory.Fault {
				during = op
				_ = h.sched.Sleep(ctx, call)
				return memory.FaultNone
			}
			shards := []telemetry.Shard{{Tenant: "a"}, {Tenant: "b"}, {Tenant: "b", Index: 1}}
			for _, s := range shards {
				if err := h.journal.Register(ctx, s, telemetry.DayOf(h.sched.Now())); err != nil {
					t.Fatal(err)
				}
			}
			h.slow = call
			h.queue.SetFault(slow)
			h.rows.SetFault(slow)
			h.journal.SetFault(slow)
			own, cancel := h.sched.WithCancel(ctx)
			h.sched.Go("stop", func() { _ = h.sched.Sleep(ctx, cut); cancel() })
			h.sched.Go("hints", func() {
				for own.Err() == nil {
					h.svc.Hint(own, shards[1])
					_ = h.sched.Sleep(own, 200*time.Millisecond)
				}
			})
			over := h.sched.NewEvent()
			h.sched.Go("sweeper", func() {
				defer over.Set()
				h.svc.Sweep(own, func(ctx context.Context) error { return h.rows.Prepare(ctx) })
			})
			h.svc.Run(own)
			_ = over.Wait(ctx)
			met[during] = true
			if len(h.logged) > 0 {
				t.Errorf("stopped after %v during %s: %q", cut, during, h.logged)
			}
		})
	}
	if len(met) < 5 {
		t.Errorf("the end came in the middle of these calls only: %v", met)
	}
}
