package compaction_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/compaction"
	"tidemark/domain/telemetry"
)

// erase appends a block with a deletion of the series.
func (h *house) erase(ctx context.Context, from, to int64) {
	h.Helper()
	h.append(ctx, &telemetry.Block{Deletions: []telemetry.Deletion{{Series: series, From: from, To: to}}})
}

// purge gives how many deletions still stand.
func (h *house) purge(ctx context.Context) int {
	h.Helper()
	standing, err := h.svc.Purge(ctx, shard)
	h.must(err)
	return standing
}

// forget compacts and purges until no deletion stands.
func (h *house) forget(ctx context.Context) {
	h.Helper()
	for range 40 {
		h.compact(ctx)
		if h.purge(ctx) == 0 {
			return
		}
		h.sleep(ctx, 5*time.Second)
	}
	h.Fatal("a deletion still stands")
}

// TestPurgeWithoutATidemark: while nobody answers for the secondary a purge is no failure, chunks are made again, and
// nothing counts as passed.
func TestPurgeWithoutATidemark(t *testing.T) {
	in(t, compaction.Config{Bound: 10 * time.Second}, func(ctx context.Context, h *house) {
		h.put(ctx, 1000, 3000)
		h.settle(ctx)
		h.erase(ctx, 1<<60, 1<<60+1) // of a time without a chunk
		h.erase(ctx, 0, 2000)
		h.settle(ctx)
		h.account.SetFault(func(string) memory.Fault { return memory.FaultFail })
		for range 20 {
			h.compact(ctx)
			if standing := h.purge(ctx); standing != 2 {
				t.Fatalf("%d deletions stand without a tidemark", standing)
			}
			h.sleep(ctx, 10*time.Second)
		}
		if c, _ := h.chunk(ctx, telemetry.WindowYear, 1000); len(c.Times) != 1 {
			t.Fatalf("the chunk was not made again: %v", c.Times)
		}
		h.account.SetFault(nil)
		h.forget(ctx)
	})
}

// TestPurgeOfNothingReadsNoCatalogue counts how often the catalogue is read while no deletion stands, and that it is
// when one does.
func TestPurgeOfNothingReadsNoCatalogue(t *testing.T) {
	in(t, compaction.Config{Bound: 10 * time.Second}, func(ctx context.Context, h *house) {
		scans := 0
		h.during = func(op string) memory.Fault {
			if op == "chunks.scan" {
				scans++
			}
			return memory.FaultNone
		}
		h.put(ctx, 1000, 3000)
		h.settle(ctx)
		for range 50 {
			h.purge(ctx)
			h.sleep(ctx, time.Minute)
		}
		if scans != 1 {
			t.Fatalf("%d scans in 50 minutes without a deletion, want one", scans)
		}
		for range 20 { // and once an hour, whatever a state row says
			h.purge(ctx)
			h.sleep(ctx, time.Minute)
		}
		if scans != 2 {
			t.Fatalf("%d scans in 70 minutes without a deletion, want two", scans)
		}
		h.erase(ctx, 0, 2000)
		h.settle(ctx)
		if h.purge(ctx) != 1 {
			t.Fatal("a deletion stands, and the purge did not see it")
		}
		h.forget(ctx)
		h.purge(ctx)
		before := scans
		h.purge(ctx)
		if scans != before {
			t.Fatal("the catalogue was read although nothing stands any more")
		}
	})
}

// TestADeletionThatComesWhileAPurgeLooks settles a deletion after a purge has looked through the catalogue and before
// it says that nothing stands, and one while the row that says so cannot be written.
func TestADeletionThatComesWhileAPurgeLooks(t *testing.T) {
	in(t, compaction.Config{Bound: 10 * time.Second}, func(ctx context.Context, h *house) {
		h.put(ctx, 1000, 3000)
		h.settle(ctx)
		come := false
		h.during = func(op string) memory.Fault {
			if op == "chunks.apply" && !come {
				come = true
				h.erase(ctx, 0, 2000)
				h.settle(ctx)
			}
			return memory.FaultNone
		}
		if standing := h.purge(ctx); standing != 0 || !come {
			t.Fatalf("%d stand; came %v", standing, come)
		}
		if standing := h.purge(ctx); standing != 1 {
			t.Fatalf("%d stand: the deletion is hidden", standing)
		}
		h.during = nil
		h.forget(ctx)
		h.erase(ctx, 2000, 4000)
		h.compact(ctx)
		h.sleep(ctx, 5*time.Second)
		h.during = func(op string) memory.Fault {
			if op == "chunks.apply" {
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		if _, err := h.svc.Compact(ctx, shard); err == nil && h.mark(ctx) == h.last {
			t.Fatal("the deletion left the journal, and nothing says that it may stand")
		}
		h.during = nil
		h.settle(ctx)
		if standing := h.purge(ctx); standing != 1 {
			t.Fatalf("%d stand: the second deletion is hidden", standing)
		}
	})
}
