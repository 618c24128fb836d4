package node_test

import (
	"context"
	"testing"
	"time"

	"tidemark/domain/node"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
)

// TestANodeThatDoesNotSweepIsTold by one of either region that does: it claims what was acknowledged one, and what it
// has at risk settles. One that begins later claims the same, before anybody sweeps again.
func TestANodeThatDoesNotSweepIsTold(t *testing.T) {
	for _, at := range []region.Name{"east", "west"} {
		inPair(t, "east", "west", false, func(ctx context.Context, p *pair) {
			other := map[region.Name]region.Name{"east": "west", "west": "east"}[at]
			worker := p.node(at, other, true)
			want := func(when string, n *node.Node, even time.Time, atRisk int64) {
				t.Helper()
				r, err := n.Status.Status(ctx, tenant)
				if p.must(err); !r.Pair.Even.Equal(even) || *r.AtRisk != atRisk {
					t.Errorf("%s: even up to %v, %d at risk; want %v and %d", when, r.Pair.Even, *r.AtRisk, even,
						atRisk)
				}
				p.n = n
				if c := p.from(ctx, when, "east", 0); !c.AsOfOne.Equal(even) {
					t.Errorf("%s: as of %v for one, want %v", when, c.AsOfOne, even)
				}
			}
			first := p.n
			p.watch(ctx)
			p.put(ctx, 1, telemetry.DurableBoth)
			p.hurt("west", refuses)
			_ = p.sched.Sleep(ctx, 5*time.Second)
			p.put(ctx, 2, telemetry.DurableOne)
			p.want = []int64{1, 2}
			want("before a sweep", first, time.Time{}, 1)
			p.heal("west")
			_ = p.sched.Sleep(ctx, time.Minute)
			var even time.Time
			for range 3 {
				_, err := worker.Continuity.Sweep(ctx)
				p.must(err)
				even = worker.Continuity.Even()
				_ = p.sched.Sleep(ctx, 15*time.Second)
			}
			want("after it", first, even, 0)
			later := p.node("east", "west", false)
			if got := later.Told.Even(); !got.IsZero() {
				t.Errorf("one that has read nothing knows that both are even up to %v", got)
			}
			p.sched.Go("watch", func() { later.Watch(ctx) })
			_ = p.sched.Sleep(ctx, 2*time.Second)
			want("two seconds later", later, even, 0)
		})
	}
}
