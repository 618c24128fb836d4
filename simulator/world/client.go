package world

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"tidemark/domain/telemetry"
	"tidemark/simulator/history"
	"tidemark/simulator/traffic"
)

// usualPause is how long a client does nothing between two calls at most.
const usualPause = 2 * time.Second

// asker is a client by a name. It waits for a call until its time-out: the caller of a dead node goes on.
func (r *run) asker(name string) *traffic.Client {
	return &traffic.Client{Name: name, Tenant: string(tenant), Log: traffic.NewLog(r.rec.h, r.rec.now),
		Sched: r.w.Sched, Rand: r.w.Rand, Pick: func() traffic.Node { return r.at(r.pick()) },
		Patience: 5 * time.Second, Pause: cmp.Or(r.plan.Pause, usualPause)}
}

// at is a node as clients ask it.
func (r *run) at(n *Node) traffic.Node { return traffic.Node{Name: r.names[n], Service: service{r, n}} }

// client does one thing after another until the time is over.
func (r *run) client(ctx context.Context, id int) {
	c, w := r.asker(fmt.Sprintf("c%d", id)), r.work()
	for c.Next = w.Next; !r.over; c.Rest(ctx) {
		if r.plan.Amends > 0 && !r.lull() && r.w.Rand.Float64() < r.plan.Amends {
			r.amend(ctx, c, w, w.Series[r.w.Rand.IntN(len(w.Series))])
		} else {
			c.Step(ctx)
		}
	}
}

// amend writes a reading, and another value for it when that is answered, mostly through another node: one whose clock
// is behind must not have the first stand. It says after which stamp the second is, or waits until nobody can doubt it.
func (r *run) amend(ctx context.Context, c *traffic.Client, w *traffic.Work, s traffic.Series) {
	at := []int64{r.slot()}
	var after history.Stamp
	write := func(ctx context.Context) {
		call := w.Writes(at, s)
		call.After = after
		after = c.Do(ctx, r.at(r.pick()), call).Answer.Origin.Stamp
	}
	c.Bounded(ctx, write)
	if r.w.Rand.IntN(4) > 0 {
		after = 0
		_ = r.w.Sched.Sleep(ctx, apart+time.Duration(r.w.Rand.Int64N(int64(time.Second))))
	}
	c.Bounded(ctx, write)
	c.Bounded(ctx, func(ctx context.Context) { c.Do(ctx, r.at(r.pick()), w.Whole(history.Read, s)) })
}

// work is what clients do: a little of everything, with values that nobody else writes.
func (r *run) work() *traffic.Work {
	all := make([]traffic.Series, r.plan.Sources)
	shards := map[uint16][]traffic.Series{}
	shardOf := func(s traffic.Series) uint16 { return telemetry.ShardOf(telemetry.Source(s.Source), r.plan.Shards) }
	for i := range all {
		s := r.series(i)
		all[i] = traffic.Series{Source: string(s.Source), Metric: string(s.Metric)}
		shards[shardOf(all[i])] = append(shards[shardOf(all[i])], all[i])
	}
	return &traffic.Work{Series: all, From: telemetry.MinTime, To: telemetry.MaxTime, Reach: 200 * time.Minute,
		Time: func(*rand.Rand) int64 { return r.slot() },
		Value: func() float64 {
			r.value++
			return r.value
		},
		Wide:  func(s traffic.Series) []traffic.Series { return shards[shardOf(s)] },
		Quiet: r.lull,
		Mix: []traffic.Share{{Below: r.plan.Deletions, Do: traffic.Delete}, {Below: 0.5, Do: traffic.Write},
			{Below: 0.6, Do: traffic.WriteMany}, {Below: 0.65, Do: traffic.WriteWide},
			{Below: 0.72, Do: traffic.Latest}, {Below: 0.8, Do: traffic.Count}}}
}

// read asks for all readings of a series.
func (r *run) read(ctx context.Context, client string, n *Node, s telemetry.Series) {
	r.asker(client).Do(ctx, r.at(n), of(history.Read, s))
}

// latest asks for the last reading of a series.
func (r *run) latest(ctx context.Context, client string, n *Node, s telemetry.Series) {
	r.asker(client).Do(ctx, r.at(n), of(history.Latest, s))
}

// dashboard asks one node after another for every series.
func (r *run) dashboard(ctx context.Context) {
	for !r.over {
		r.look(ctx, "dashboard", r.pick())
		_ = r.w.Sched.Sleep(ctx, time.Duration(r.w.Rand.Int64N(int64(4*time.Second))))
	}
}

// look asks a node for every series.
func (r *run) look(ctx context.Context, client string, n *Node) {
	c := r.asker(client)
	for s := range r.plan.Sources {
		c.Bounded(ctx, func(ctx context.Context) { c.Do(ctx, r.at(n), of(history.Read, r.series(s))) })
	}
}
