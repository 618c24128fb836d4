package world

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/domain/node"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// background runs a node's worker and sweeper until the returned function is called.
func background(ctx context.Context, w *World, n *Node) (stop func()) {
	ctx, cancel := w.Sched.WithCancel(ctx)
	w.Sched.Go("worker", func() { n.Work.Run(ctx) })
	w.Sched.Go("sweeper", func() { n.Work.Sweep(ctx, func(context.Context) error { return nil }) })
	return cancel
}

// sourceIn is a source of a shard of two.
func sourceIn(shard uint16) telemetry.Source {
	for i := 0; ; i++ {
		if s := telemetry.Source(fmt.Sprintf("s%d", i)); telemetry.ShardOf(s, 2) == shard {
			return s
		}
	}
}

func one(s telemetry.Series, at int64, v float64) *telemetry.Batch {
	var b telemetry.Batch
	b.Add(b.AddSeries(s, ""), at, v)
	return &b
}

func read(ctx context.Context, t *testing.T, n *Node, s telemetry.Series) string {
	t.Helper()
	page, err := n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: s, From: telemetry.MinTime,
		To: telemetry.MaxTime, Limit: 100})
	must(t, err)
	return fmt.Sprint(page.Times, page.Values)
}

// TestPurgeLeavesBlocksOfOtherShardsAlone purges while a block of another shard than the message's, older than that
// shard's bound, waits in the journal: a chunk made again with the floor of the wrong shard would claim to include
// it.
func TestPurgeLeavesBlocksOfOtherShardsAlone(t *testing.T) {
	set := Settings{Config: node.Config{Shards: 2, Bound: 10 * time.Second}}
	in(t, 1, set, func(ctx context.Context, w *World, n *Node) {
		mine, other := telemetry.Shard{Tenant: tenant, Index: 0}, telemetry.Shard{Tenant: tenant, Index: 1}
		s := telemetry.Series{Source: sourceIn(1), Metric: "m"}
		pass := func(shard telemetry.Shard) {
			_ = w.Sched.Sleep(ctx, 5*time.Second)
			_, err := n.Compaction.Compact(ctx, shard)
			must(t, err)
		}
		send(ctx, t, n, one(telemetry.Series{Source: sourceIn(0), Metric: "m"}, 1, 1))
		send(ctx, t, n, one(s, 1000, 1))
		send(ctx, t, n, &telemetry.Batch{Deletions: []telemetry.Deletion{{Series: s, From: 900, To: 1100}}})
		for range 3 {
			pass(other)
		}
		send(ctx, t, n, one(s, 2000, 2)) // stays in the journal: nobody compacts its shard
		for range 8 {
			pass(mine)
		}
		for range 3 {
			_, err := n.Retention.Purge(ctx, mine)
			must(t, err)
			_ = w.Sched.Sleep(ctx, 5*time.Second)
		}
		for _, n := range []*Node{n, w.Start(Settings{NoCache: true, Config: set.Config})} {
			if got := read(ctx, t, n, s); got != "[2000] [2]" {
				t.Fatalf("readings %s, want the one that was acknowledged after the deletion", got)
			}
		}
	})
}

// TestHintsDoNotMultiply writes for two minutes without a pause: a journal under load is never empty, and still the
// queue stays short.
func TestHintsDoNotMultiply(t *testing.T) {
	in(t, 1, Settings{}, func(ctx context.Context, w *World, n *Node) {
		stop := background(ctx, w, n)
		for i := range 600 {
			send(ctx, t, n, one(telemetry.Series{Source: "s", Metric: "m"}, int64(i), 1))
			_ = w.Sched.Sleep(ctx, 200*time.Millisecond)
		}
		waiting, err := w.Queue.Length(ctx)
		must(t, err)
		if waiting > 10 {
			t.Errorf("%d messages wait in the queue", waiting)
		}
		stop()
		_ = w.Sched.Sleep(ctx, time.Minute)
	})
}

// TestQuietTenantsAreLookedAfter deletes, goes quiet, and waits: without further writes the deletion is carried out
// and forgotten, and expired rows go, also of a tenant that has only the second of two shards.
func TestQuietTenantsAreLookedAfter(t *testing.T) {
	keep := func(telemetry.Tenant) time.Duration { return 500 * 24 * time.Hour }
	set := Settings{Config: node.Config{Shards: 2, Bound: 10 * time.Second, Retention: keep}}
	in(t, 1, set, func(ctx context.Context, w *World, n *Node) {
		s := telemetry.Series{Source: sourceIn(1), Metric: "m"}
		old := w.Sched.Now().AddDate(0, 0, -400).UnixNano()
		send(ctx, t, n, one(s, old, 1))
		send(ctx, t, n, one(s, w.Sched.Now().UnixNano(), 1))
		send(ctx, t, n, &telemetry.Batch{Deletions: []telemetry.Deletion{{Series: s,
			From: w.Sched.Now().Add(-time.Hour).UnixNano(), To: telemetry.MaxTime}}})
		stop := background(ctx, w, n)
		_ = w.Sched.Sleep(ctx, 10*time.Minute)
		standing, err := n.Retention.Purge(ctx, telemetry.Shard{Tenant: tenant, Index: 1})
		must(t, err)
		if standing != 0 {
			t.Errorf("%d deletions still stand ten minutes later", standing)
		}
		stop()
		_ = w.Sched.Sleep(ctx, 900*24*time.Hour) // without the worker, which would look at its queue 150 million times
		stop = background(ctx, w, n)
		_ = w.Sched.Sleep(ctx, 2*time.Minute)
		deleted, err := n.Retention.Retain(ctx, tenant)
		must(t, err)
		if deleted != 0 {
			t.Errorf("%d expired rows were left to find", deleted)
		}
		stop()
		_ = w.Sched.Sleep(ctx, time.Minute)
	})
}

// TestClocksDaysApart writes and reads where the storage's clock is days from the node's, either way.
func TestClocksDaysApart(t *testing.T) {
	for _, skew := range []time.Duration{-72 * time.Hour, 72 * time.Hour} {
		skewed(t, 1, skew, skew, Settings{}, func(ctx context.Context, w *World, n *Node) {
			s := telemetry.Series{Source: "s", Metric: "m"}
			rec := send(ctx, t, n, one(s, 1, 1))
			if day := rec.Blocks[0].Stream.Day; day != telemetry.DayOf(w.Sched.Now().Add(skew)) {
				t.Errorf("skew %v: the stream is of day %v", skew, day)
			}
			if ahead := rec.Stamp.Time().Sub(w.Sched.Now().Add(skew)); ahead > 5*time.Second || ahead < -5*time.Second {
				t.Errorf("skew %v: the first stamp is %v from the storage's clock", skew, ahead)
			}
			if got := read(ctx, t, n, s); got != "[1] [1]" {
				t.Errorf("skew %v: readings %s", skew, got)
			}
			compactAll(ctx, t, w, n)
			if got := read(ctx, t, n, s); got != "[1] [1]" {
				t.Errorf("skew %v: readings %s after compaction", skew, got)
			}
		})
	}
}

// TestClocksOfJournalAndAccountApart has a journal whose storage's clock is twenty minutes ahead of the account's, or
// behind it: when a block may leave the journal goes by the account's clock alone.
func TestClocksOfJournalAndAccountApart(t *testing.T) {
	for _, skew := range []time.Duration{10 * time.Minute, -10 * time.Minute} {
		skewed(t, 1, skew, -skew, Settings{}, func(ctx context.Context, w *World, n *Node) {
			s := telemetry.Series{Source: "s", Metric: "m"}
			send(ctx, t, n, one(s, 1, 1))
			compactAll(ctx, t, w, n)
			if got := read(ctx, t, n, s); got != "[1] [1]" {
				t.Errorf("skew %v: readings %s", skew, got)
			}
		})
	}
}
