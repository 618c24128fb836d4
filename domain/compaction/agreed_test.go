package compaction_test

import (
	"context"
	"testing"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

// TestANodeOfBeforeDoesNothing lets the storage become another while a process runs: from then on it folds nothing and
// drops nothing, and every pass says why.
func TestANodeOfBeforeDoesNothing(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		h.Put(ctx, 1000)
		_, err := h.Compaction.Compact(ctx, shard)
		h.Must(err)
		h.Refuses = fault.New(fault.Conflict, "account", "an account was added")
		h.Put(ctx, 2000)
		for range 100 {
			if _, err := h.Compaction.Compact(ctx, shard); !fault.Is(err, fault.Conflict) {
				t.Fatalf("the pass says %v", err)
			}
			h.Sleep(ctx, 3*time.Second)
		}
		if got := h.Mark(ctx); got != 0 {
			t.Errorf("it has dropped up to %d", got)
		}
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, 1000); c == nil || len(c.Times) != 1 {
			t.Errorf("the chunk is %+v, want the reading of before alone", c)
		}
		h.Refuses = nil
		for range 100 {
			_, err := h.Compaction.Compact(ctx, shard)
			h.Must(err)
			h.Sleep(ctx, 3*time.Second)
		}
		if got := h.Mark(ctx); got != 2 {
			t.Errorf("the mark is %d, want 2: it is as it was again", got)
		}
	})
}
