package world

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/node"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/chunkcodec"
	"tidemark/ports/chunks"
	"tidemark/simulator/inject"
	"tidemark/simulator/path"
)

// TestAFailoverBringsWholeWindowsBack splits a window that held settled readings, lets nodes and the cache see the
// split, and fails over to the moment before it: what a node or the cache remembers of the split must not stand for
// the window, which is whole again.
func TestAFailoverBringsWholeWindowsBack(t *testing.T) {
	for _, noCache := range []bool{true, false} {
		t.Run(fmt.Sprintf("without cache %v", noCache), func(t *testing.T) {
			set := Settings{NoCache: noCache, Config: node.Config{Bound: 30 * time.Second,
				Compaction: compaction.Config{ChunkReadings: 6}}}
			in(t, 1, set, func(ctx context.Context, w *World, n *Node) {
				s := telemetry.Series{Source: "s", Metric: "m"}
				must(t, w.Replicate("constant 20s"))
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
				must(t, w.Settle(ctx))
				_ = w.Sched.Sleep(ctx, time.Second)
				write(5, 95, 205, 605, 705)
				for range 3 { // the rows are split, and have not settled
					_, err := n.Compaction.Compact(ctx, telemetry.Shard{Tenant: tenant})
					must(t, err)
					_ = w.Sched.Sleep(ctx, time.Second)
				}
				fresh := w.Start(set)
				for _, node := range []*Node{n, n, fresh} {
					if got := len(times(ctx, t, node, s)); got != want {
						t.Fatalf("%d readings before the failover, want %d", got, want)
					}
				}
				must(t, w.Failover(ctx))
				for name, node := range map[string]*Node{"the same node": n, "one that saw the split": fresh,
					"a new one": w.Start(set)} {
					if got := len(times(ctx, t, node, s)); got != want {
						t.Errorf("%s: %d readings after the failover, want %d", name, got, want)
					}
					if got := count(ctx, t, node, s); got != want {
						t.Errorf("%s counts %d readings after the failover, want %d", name, got, want)
					}
				}
			})
		})
	}
}

// frozenOver lets something begin on a node, freezes the node at one of its calls to the account, fails over, and thaws
// it. It gives how many calls to the account were made before the failover, and after it.
func frozenOver(ctx context.Context, t *testing.T, w *World, n *Node, at int,
	do func(ctx context.Context)) (before, after int) {
	t.Helper()
	calls := 0
	n.path.Observe = func(c inject.Call, _ *path.Error) {
		if c.Account != "geo" {
			return
		}
		if calls++; calls == at {
			n.Freeze()
		}
	}
	done := w.Sched.NewEvent()
	w.Sched.Go("frozen", func() {
		do(ctx)
		done.Set()
	})
	_ = w.Sched.Sleep(ctx, time.Second)
	before = calls
	must(t, w.Failover(ctx))
	n.Thaw()
	_ = done.Wait(ctx)
	n.path.Observe = nil
	return before, calls - before
}

// splitAndUnsettled writes readings that settle, has a failover go back to that moment, and writes others that split
// the window they are in.
func splitAndUnsettled(ctx context.Context, t *testing.T, w *World, n *Node, s telemetry.Series, splitting bool) {
	t.Helper()
	must(t, w.Replicate("constant 20s"))
	write := func(days ...int) {
		var b telemetry.Batch
		of := b.AddSeries(s, "")
		for _, d := range days {
			b.Add(of, start.AddDate(0, 0, d).UnixNano(), 1)
		}
		send(ctx, t, n, &b)
	}
	write(0, 1, 100)
	compactAll(ctx, t, w, n)
	must(t, w.Settle(ctx))
	_ = w.Sched.Sleep(ctx, time.Second)
	write(3, 4, 5, 6, 7, 60)
	if splitting {
		_, err := n.Compaction.Compact(ctx, telemetry.Shard{Tenant: tenant})
		must(t, err)
	}
}

// TestAQuestionOutlivesAFailover freezes a node in the middle of a question, at each of its calls, over a failover
// that makes a split window whole: the answer is complete, because the question begins again, or there is none.
func TestAQuestionOutlivesAFailover(t *testing.T) {
	set := Settings{NoCache: true, Config: node.Config{Bound: 30 * time.Second,
		Compaction: compaction.Config{ChunkReadings: 6}}}
	most, plain := 0, 0 // calls of a question that a failover met, and of one that none did
	for call, met := 1, true; met; call++ {
		in(t, 1, set, func(ctx context.Context, w *World, n *Node) {
			s := telemetry.Series{Source: "s", Metric: "m"}
			splitAndUnsettled(ctx, t, w, n, s, true)
			before, after := frozenOver(ctx, t, w, n, call, func(ctx context.Context) {
				q := query.ReadingsQuery{Series: s, From: telemetry.MinTime, To: telemetry.MaxTime, Limit: 1000}
				page, err := n.Query.Readings(ctx, tenant, q)
				switch {
				case fault.Is(err, fault.Unavailable):
				case err != nil:
					t.Errorf("frozen at call %d: %v", call, err)
				case len(page.Times) != 9:
					t.Errorf("frozen at call %d: %d readings, want 9", call, len(page.Times))
				}
			})
			met, most, plain = before >= call, max(most, before+after), before
		})
	}
	if most <= plain {
		t.Errorf("no question began again, with %d calls at most, and %d of one that no failover met: it was never "+
			"frozen between a marker and what is below it", most, plain)
	}
}

// TestACompactorThatWakesUpAfterAFailover freezes one at each of its calls: below a window that is whole it leaves no
// row.
func TestACompactorThatWakesUpAfterAFailover(t *testing.T) {
	set := Settings{NoCache: true, Config: node.Config{Bound: 30 * time.Second,
		Compaction: compaction.Config{ChunkReadings: 6}}}
	for call, met := 1, true; met; call++ {
		in(t, 1, set, func(ctx context.Context, w *World, n *Node) {
			s := telemetry.Series{Source: "s", Metric: "m"}
			splitAndUnsettled(ctx, t, w, n, s, false)
			before, _ := frozenOver(ctx, t, w, n, call, func(ctx context.Context) {
				_, _ = n.Compaction.Compact(ctx, telemetry.Shard{Tenant: tenant})
			})
			met = before >= call
			year := telemetry.WindowOf(telemetry.WindowYear, start.UnixNano())
			row, err := w.Rows.Get(ctx, chunks.ChunkKey(tenant, s, year))
			must(t, err)
			if c, err := chunkcodec.Decode(row.Value); err != nil || c.Split {
				return
			}
			for row, err := range w.Rows.Scan(ctx, chunks.Range{Partition: chunks.PartitionOf(tenant, s, year)}) {
				must(t, err)
				if win, ok := chunks.WindowOfRow(row.Key.Row); ok && win.Size > telemetry.WindowYear {
					t.Fatalf("frozen at call %d: %v lies below a window that is whole", call, win)
				}
			}
		})
	}
}

func times(ctx context.Context, t *testing.T, n *Node, s telemetry.Series) []int64 {
	t.Helper()
	page, err := n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: s, From: telemetry.MinTime,
		To: telemetry.MaxTime, Limit: 1000})
	must(t, err)
	return page.Times
}

func count(ctx context.Context, t *testing.T, n *Node, s telemetry.Series) int {
	t.Helper()
	page, err := n.Query.Series(ctx, tenant, query.Selector{Source: s.Source, Metric: s.Metric}, telemetry.Series{}, 10)
	must(t, err)
	if len(page.Series) != 1 {
		t.Fatalf("series %v", page.Series)
	}
	return int(page.Series[0].Count)
}

// TestRowsOfASplitThatWasUndone has a compactor that read a split, was frozen over the failover that undid it, and
// then wrote a child below a window that is whole again. Nobody reads such a row, and it must not keep the window
// from being split once more.
func TestRowsOfASplitThatWasUndone(t *testing.T) {
	set := Settings{NoCache: true, Config: node.Config{Bound: 30 * time.Second,
		Compaction: compaction.Config{ChunkReadings: 6}}}
	in(t, 1, set, func(ctx context.Context, w *World, n *Node) {
		s := telemetry.Series{Source: "s", Metric: "m"}
		must(t, w.Replicate("constant 20s"))
		write := func(days ...int) {
			var b telemetry.Batch
			of := b.AddSeries(s, "")
			for _, d := range days {
				b.Add(of, start.AddDate(0, 0, d).UnixNano(), 1)
			}
			send(ctx, t, n, &b)
		}
		write(0, 1, 2)
		compactAll(ctx, t, w, n)
		must(t, w.Settle(ctx))
		_ = w.Sched.Sleep(ctx, time.Second)
		write(3, 4, 5, 6, 7, 60)
		_, err := n.Compaction.Compact(ctx, telemetry.Shard{Tenant: tenant})
		must(t, err)
		var children []chunks.Change
		of := chunks.PartitionOf(tenant, s, telemetry.WindowOf(telemetry.WindowYear, start.UnixNano()))
		for row, err := range w.Rows.Scan(ctx, chunks.Range{Partition: of}) {
			must(t, err)
			if win, ok := chunks.WindowOfRow(row.Key.Row); ok && win.Size == telemetry.WindowMonth {
				children = append(children, chunks.Change{Key: row.Key, Value: row.Value})
			}
		}
		if len(children) < 2 {
			t.Fatalf("%d rows of children: nothing was split", len(children))
		}
		must(t, w.Failover(ctx))
		must(t, w.Rows.Apply(ctx, children...))
		must(t, w.Redundant(ctx))
		compactAll(ctx, t, w, n)
		if got := len(times(ctx, t, n, s)); got != 9 {
			t.Errorf("%d readings, want 9", got)
		}
	})
}
