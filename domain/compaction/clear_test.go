package compaction_test

import (
	"context"
	"testing"

	"tidemark/adapters/memory"
	"tidemark/domain/compaction"
)

// TestADropThatDiedBeforeItsDeletesIsFinishedByASweep lets the mark reach the last number of a sealed stream while
// the deletes fail, as when the worker is killed between the two: the stream stays listed, and a sweep deletes the
// blocks.
func TestADropThatDiedBeforeItsDeletesIsFinishedByASweep(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		h.put(ctx, 1000)
		h.put(ctx, 2000)
		_, err := h.j.End(ctx, h.stream)
		h.must(err)
		h.must(h.j.Seal(ctx, h.stream, 2))
		h.during = func(op string) memory.Fault {
			if op == "journal.sweep" {
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		if err := h.j.Drop(ctx, h.stream, 2); err == nil {
			t.Fatal("the deletes did not fail")
		}
		h.during = nil
		left := func() int {
			n := 0
			for _, err := range h.j.Read(ctx, h.stream, 0) {
				h.must(err)
				n++
			}
			return n
		}
		if idx, err := h.j.Index(ctx, shard, h.stream.Day); err != nil || len(idx.Streams) != 1 || left() != 2 {
			t.Fatalf("%+v, %v, %d blocks: want the stream listed and its blocks there", idx.Streams, err, left())
		}
		_, err = h.svc.Sweep(ctx)
		h.must(err)
		if idx, err := h.j.Index(ctx, shard, h.stream.Day); err != nil || len(idx.Streams) != 0 || left() != 0 {
			t.Fatalf("after a sweep: %+v, %v, %d blocks", idx.Streams, err, left())
		}
	})
}
