package world

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// TestAFailoverBringsWholeWindowsBack splits a window that held settled readings, lets nodes and the cache see the split, and fails over to the
// moment before it: what a node or the cache remembers of the split must not stand for the window, which is whole again.
func TestAFailoverBringsWholeWindowsBack(t *testing.T) {
	const lag = 20 * time.Second
	for _, noCache := range []bool{true, false} {
		t.Run(fmt.Sprintf("without cache %v", noCache), func(t *testing.T) {
			set := Settings{NoCache: noCache, Compaction: compaction.Config{ChunkReadings: 6, Bound: 30 * time.Second}}
			in(t, 1, set, func(ctx context.Context, w *World, n *Node) {
				s := telemetry.Series{Source: "s", Metric: "m"}
				w.Replicate(lag)
				want := 0
				write := func(minutes ...int) {
					var b telemetry.Batch
					of := b.AddSeries(s, "")
					for _, m := range minutes {
						b.Add(of, start.Add(time.Duration(m)*time.Minute).UnixNano(), 1)
					}
					send(ctx, t, n, &b)
					want += len(minutes)
				}
				write(0, 90, 200, 600, 700)
				compactAll(ctx, t, w, n)
				before := w.Sched.Now()
				_ = w.Sched.Sleep(ctx, time.Second)
				write(5, 95, 205, 605, 705)
				for range 3 { // the rows are split, and have not settled
					_, err := n.Compaction.Compact(ctx, telemetry.Shard{Tenant: tenant})
					check(t, err)
					_ = w.Sched.Sleep(ctx, time.Second)
				}
				fresh := w.Start(set)
				for _, node := range []*Node{n, n, fresh} {
					if got := len(times(ctx, t, node, s)); got != want {
						t.Fatalf("%d readings before the failover, want %d", got, want)
					}
				}
				looked := false
				w.FailoverTo(ctx, before, func() {
					looked = true
					for name, node := range map[string]*Node{"the same node": n, "one that saw the split": fresh, "a new one": w.Start(set)} {
						if got := len(times(ctx, t, node, s)); got != want {
							t.Errorf("%s: %d readings after the failover, want %d", name, got, want)
						}
						if got := count(ctx, t, node, s); got != want {
							t.Errorf("%s counts %d readings after the failover, want %d", name, got, want)
						}
					}
				})
				if !looked {
					t.Fatal("nobody looked")
				}
			})
		})
	}
}

func times(ctx context.Context, t *testing.T, n *Node, s telemetry.Series) []int64 {
	t.Helper()
	page, err := n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: s, From: telemetry.MinTime, To: telemetry.MaxTime, Limit: 1000})
	check(t, err)
	return page.Times
}

func count(ctx context.Context, t *testing.T, n *Node, s telemetry.Series) int {
	t.Helper()
	page, err := n.Query.Series(ctx, tenant, query.Selector{Source: s.Source, Metric: s.Metric}, telemetry.Series{}, 10)
	check(t, err)
	if len(page.Series) != 1 {
		t.Fatalf("series %v", page.Series)
	}
	return int(page.Series[0].Count)
}
