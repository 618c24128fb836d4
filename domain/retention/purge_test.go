package retention_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/compaction"
	"tidemark/domain/internal/house"
	"tidemark/domain/telemetry"
)

// TestPurgeWithoutATidemark: while nobody answers for the secondary a purge is no failure, chunks are made again, and
// nothing counts as passed.
func TestPurgeWithoutATidemark(t *testing.T) {
	house.In(t, compaction.Config{Bound: 10 * time.Second}, func(ctx context.Context, h *house.House) {
		h.Put(ctx, 1000, 3000)
		h.Settle(ctx)
		h.Erase(ctx, 1<<60, 1<<60+1) // of a time without a chunk
		h.Erase(ctx, 0, 2000)
		h.Settle(ctx)
		h.Account.SetFault(func(string) memory.Fault { return memory.FaultFail })
		for range 20 {
			h.Compact(ctx)
			if standing := h.Purge(ctx); standing != 2 {
				t.Fatalf("%d deletions stand without a tidemark", standing)
			}
			h.Sleep(ctx, 10*time.Second)
		}
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, 1000); len(c.Times) != 1 {
			t.Fatalf("the chunk was not made again: %v", c.Times)
		}
		h.Account.SetFault(nil)
		h.Forget(ctx)
	})
}

// TestPurgeOfNothingReadsNoCatalogue counts how often the catalogue is read while no deletion stands, and that it is
// when one does.
func TestPurgeOfNothingReadsNoCatalogue(t *testing.T) {
	house.In(t, compaction.Config{Bound: 10 * time.Second}, func(ctx context.Context, h *house.House) {
		scans := 0
		h.During = func(op string) memory.Fault {
			if op == "chunks.scan" {
				scans++
			}
			return memory.FaultNone
		}
		h.Put(ctx, 1000, 3000)
		h.Settle(ctx)
		for range 50 {
			h.Purge(ctx)
			h.Sleep(ctx, time.Minute)
		}
		if scans != 1 {
			t.Fatalf("%d scans in 50 minutes without a deletion, want one", scans)
		}
		for range 20 { // and once an hour, whatever a state row says
			h.Purge(ctx)
			h.Sleep(ctx, time.Minute)
		}
		if scans != 2 {
			t.Fatalf("%d scans in 70 minutes without a deletion, want two", scans)
		}
		h.Erase(ctx, 0, 2000)
		h.Settle(ctx)
		if h.Purge(ctx) != 1 {
			t.Fatal("a deletion stands, and the purge did not see it")
		}
		h.Forget(ctx)
		h.Purge(ctx)
		before := scans
		h.Purge(ctx)
		if scans != before {
			t.Fatal("the catalogue was read although nothing stands any more")
		}
	})
}

// TestADeletionThatComesWhileAPurgeLooks settles a deletion after a purge has looked through the catalogue and before
// it says that nothing stands, and one while the row that says so cannot be written.
func TestADeletionThatComesWhileAPurgeLooks(t *testing.T) {
	house.In(t, compaction.Config{Bound: 10 * time.Second}, func(ctx context.Context, h *house.House) {
		h.Put(ctx, 1000, 3000)
		h.Settle(ctx)
		come := false
		h.During = func(op string) memory.Fault {
			if op == "chunks.apply" && !come {
				come = true
				h.Erase(ctx, 0, 2000)
				h.Settle(ctx)
			}
			return memory.FaultNone
		}
		if standing := h.Purge(ctx); standing != 0 || !come {
			t.Fatalf("%d stand; came %v", standing, come)
		}
		if standing := h.Purge(ctx); standing != 1 {
			t.Fatalf("%d stand: the deletion is hidden", standing)
		}
		h.During = nil
		h.Forget(ctx)
		h.Erase(ctx, 2000, 4000)
		h.Compact(ctx)
		h.Sleep(ctx, 5*time.Second)
		h.During = func(op string) memory.Fault {
			if op == "chunks.apply" {
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		if _, err := h.Compaction.Compact(ctx, house.Shard); err == nil && h.Mark(ctx) == h.Last {
			t.Fatal("the deletion left the journal, and nothing says that it may stand")
		}
		h.During = nil
		h.Settle(ctx)
		if standing := h.Purge(ctx); standing != 1 {
			t.Fatalf("%d stand: the second deletion is hidden", standing)
		}
	})
}
