package world

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/node"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// TestAFailoverBringsWholeSourcesBack splits the row of a source that held settled metrics, lets nodes and the cache
// see the parts, and fails over to the moment before, or to one when a part held more: what is remembered of parts
// must not stand for the source.
func TestAFailoverBringsWholeSourcesBack(t *testing.T) {
	for back := range 2 {
		for _, noCache := range []bool{true, false} {
			set := Settings{NoCache: noCache, Config: node.Config{Bound: 30 * time.Second,
				Compaction: compaction.Config{SourceBytes: 400}}}
			in(t, 1, set, func(ctx context.Context, w *World, n *Node) {
				must(t, w.Replicate("constant 20s"))
				want := 0
				write := func(metrics int) {
					var b telemetry.Batch
					for i := range metrics {
						m := telemetry.Metric(fmt.Sprintf("m%03d", (want+i)*37%101))
						b.Add(b.AddSeries(telemetry.Series{Source: "s", Metric: m}, ""), start.UnixNano(), 1)
					}
					send(ctx, t, n, &b)
					want += metrics
				}
				write(5)
				compactAll(ctx, t, w, n)
				for round := range 2 {
					if round == back {
						must(t, w.Settle(ctx))
					}
					_ = w.Sched.Sleep(ctx, time.Second)
					write(30)
					for range 3 { // the rows are split, and have not settled
						_, err := n.Compaction.Compact(ctx, telemetry.Shard{Tenant: tenant})
						must(t, err)
						_ = w.Sched.Sleep(ctx, time.Second)
					}
				}
				fresh := w.Start(set)
				look := func(when string) {
					nodes := map[string]*Node{"the same node": n, "one that saw the parts": fresh,
						"a new one": w.Start(set)}
					for name, node := range nodes {
						page, err := node.Query.Series(ctx, tenant, query.Selector{Source: "s"}, telemetry.Series{},
							1000)
						must(t, err)
						if len(page.Series) != want {
							t.Errorf("%s the failover %s lists %d series, want %d", when, name, len(page.Series), want)
						}
						for _, s := range page.Series {
							if s.Count != 1 || len(times(ctx, t, node, s.Series)) != 1 {
								t.Errorf("%s the failover %s has %d readings of %v, want one", when, name, s.Count,
									s.Series)
							}
						}
					}
				}
				look("before")
				must(t, w.Failover(ctx))
				look("after")
			})
		}
	}
}
