package tail_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
)

// figures tells what the tail knows of a tenant's first shards.
func (h *house) figures(tenant telemetry.Tenant, shards int) tail.Figures {
	return h.tail.Figures(tenant, shards)
}

// TestFiguresAreATenantsOwn lets two tenants write, asks for the journal of one and for the figures of both.
func TestFiguresAreATenantsOwn(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		mine, theirs := h.stream("a"), h.stream("b")
		theirs.Shard = telemetry.Shard{Tenant: "u"}
		h.must(h.j.Register(ctx, theirs.Shard, theirs.Day))
		h.fill(ctx, mine, 1, 3)
		h.fill(ctx, theirs, 1, 40)
		h.numbers(ctx)
		if got := h.figures("t", 1); got.Blocks != 3 || got.Readings != 3 || got.Bytes == 0 || got.Looked.IsZero() {
			t.Errorf("%+v, want the 3 blocks of this tenant", got)
		}
		if got := h.figures("u", 1); got != (tail.Figures{}) {
			t.Errorf("%+v of a tenant whose journal nobody has looked at: nothing is known", got)
		}
		_ = h.sched.Sleep(ctx, time.Second) // the look behind it
		if got := h.figures("u", 1); got.Blocks != 40 {
			t.Errorf("%+v, want the 40 blocks of the other", got)
		}
		if got := h.figures("nobody", 1); got != (tail.Figures{}) {
			t.Errorf("%+v of a tenant that there is not", got)
		}
		_ = h.sched.Sleep(ctx, time.Second)
		if got := h.figures("nobody", 1); got.Held != (tail.Held{}) || got.Looked.IsZero() {
			t.Errorf("%+v of a tenant that wrote nothing: that is known", got)
		}
	})
}

// TestFiguresCostNoCall asks for the figures of a tenant with many shards, a thousand times in a minute: the journal
// is looked at behind it, once in five seconds at most, whether it answers or not.
func TestFiguresCostNoCall(t *testing.T) {
	const shards = 20
	for _, trouble := range []memory.Fault{memory.FaultNone, memory.FaultFail} {
		in(t, 0, func(ctx context.Context, h *house) {
			calls := 0
			h.j.SetFault(func(string) memory.Fault { calls++; return trouble })
			for range 1000 {
				h.figures("t", shards)
				_ = h.sched.Sleep(ctx, 60*time.Millisecond)
			}
			if looks := 13; calls < shards || calls > looks*shards*5 {
				t.Errorf("%d calls in a minute, want those of at most %d looks", calls, looks)
			}
		})
	}
}

// TestFiguresGrowOld says how old they are while the journal does not answer, and are right again soon after it does.
func TestFiguresGrowOld(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		s := h.stream("a")
		h.fill(ctx, s, 1, 3)
		h.numbers(ctx)
		looked := h.figures("t", 1).Looked
		h.must(h.j.Drop(ctx, s, 2))
		away := true
		h.j.SetFault(func(string) memory.Fault {
			if away {
				return memory.FaultFail
			}
			return memory.FaultNone
		})
		for range 5 {
			_ = h.sched.Sleep(ctx, 10*time.Second)
			if got := h.figures("t", 1); got.Looked != looked || got.Blocks != 3 {
				t.Fatalf("%+v, want what was seen at %v", got, looked)
			}
		}
		away = false
		_ = h.sched.Sleep(ctx, 10*time.Second)
		h.figures("t", 1)
		_ = h.sched.Sleep(ctx, time.Second)
		if got := h.figures("t", 1); got.Blocks != 1 || h.sched.Now().Sub(got.Looked) > 2*time.Second {
			t.Fatalf("%+v, want the block that is left", got)
		}
	})
}
