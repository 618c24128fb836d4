package world

import (
	"context"
	"fmt"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
	"tidemark/simulator/history"
	"time"
)

// call waits for a call until its time-out: the caller of a dead node goes on.
func (r *run) call(ctx context.Context, do func(context.Context)) {
	ctx, cancel := r.w.Sched.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	done := r.w.Sched.NewEvent()
	r.w.Sched.Go("call", func() {
		do(ctx)
		done.Set()
	})
	_ = done.Wait(ctx)
}

// client does one thing after another until the time is over.
func (r *run) client(ctx context.Context, id int) {
	for !r.over {
		client, amends := fmt.Sprintf("c%d", id), r.plan.Amends > 0 && !r.lull() && r.w.Rand.Float64() < r.plan.Amends
		if amends {
			r.amend(ctx, client, r.series(r.w.Rand.IntN(r.plan.Sources)))
		} else {
			r.call(ctx, func(ctx context.Context) { r.act(ctx, client) })
		}
		_ = r.w.Sched.Sleep(ctx, time.Duration(r.w.Rand.Int64N(int64(2*time.Second))))
	}
}

func (r *run) act(ctx context.Context, client string) {
	series := r.series(r.w.Rand.IntN(r.plan.Sources))
	switch x := r.w.Rand.Float64(); {
	case x < 0.65 && r.lull():
	case x < r.plan.Deletions:
		r.delete(ctx, client, series)
	case x < 0.5:
		r.write(ctx, client, series)
	case x < 0.6:
		r.writeMany(ctx, client, series)
	case x < 0.65:
		r.writeWide(ctx, client, telemetry.ShardOf(series.Source, r.plan.Shards))
	case x < 0.72:
		r.latest(ctx, client, r.pick(), series)
	case x < 0.8:
		r.count(ctx, client, r.pick(), series)
	default:
		r.read(ctx, client, r.pick(), series)
	}
}

// writeWide writes readings of every series of a shard in one request.
func (r *run) writeWide(ctx context.Context, client string, shard uint16) {
	var all []telemetry.Series
	for i := range r.plan.Sources {
		if s := r.series(i); telemetry.ShardOf(s.Source, r.plan.Shards) == shard {
			all = append(all, s)
		}
	}
	r.send(ctx, client, []int64{r.slot(), r.slot()}, ingest.Options{}, all...)
}

func (r *run) write(ctx context.Context, client string, s telemetry.Series) {
	r.send(ctx, client, []int64{r.slot()}, ingest.Options{}, s)
}

// amend writes a reading, and another value for it when that is answered, mostly through another node: one whose clock
// is behind must not have the first stand. It says after which stamp the second is, or waits until nobody can doubt it.
func (r *run) amend(ctx context.Context, client string, s telemetry.Series) {
	at := []int64{r.slot()}
	var o ingest.Options
	r.call(ctx, func(ctx context.Context) { o.After = r.send(ctx, client, at, ingest.Options{}, s) })
	if r.w.Rand.IntN(4) > 0 {
		o = ingest.Options{}
		_ = r.w.Sched.Sleep(ctx, apart+time.Duration(r.w.Rand.Int64N(int64(time.Second))))
	}
	r.call(ctx, func(ctx context.Context) { r.send(ctx, client, at, o, s) })
	r.call(ctx, func(ctx context.Context) { r.read(ctx, client, r.pick(), s) })
}

func (r *run) writeMany(ctx context.Context, client string, s telemetry.Series) {
	times := make([]int64, 0, 6)
	for range 6 {
		times = append(times, r.slot())
	}
	r.send(ctx, client, times, ingest.Options{}, s)
}

// send writes readings with values that nobody else writes, of series of one shard, to a node. Each source comes with
// its label. It gives the stamp of the acknowledgement.
func (r *run) send(ctx context.Context, client string, times []int64, o ingest.Options,
	series ...telemetry.Series) telemetry.Stamp {
	var b telemetry.Batch
	c := history.Call{Kind: history.Write, After: history.Stamp(o.After)}
	for _, s := range series {
		of := b.AddSeries(s, "")
		b.Sources = append(b.Sources, telemetry.Description{Source: s.Source,
			Labels: []telemetry.Label{labelOf(s.Source)}})
		col := history.Column{Source: string(s.Source), Metric: string(s.Metric), Times: times}
		for _, t := range times {
			r.value++
			b.Add(of, t, r.value)
			col.Values = append(col.Values, r.value)
		}
		c.Readings = append(c.Readings, col)
	}
	return r.submit(ctx, client, c, &b, o)
}

// submit has a node take a batch in. A process that is dead takes and answers nothing, and a frozen one later.
func (r *run) submit(ctx context.Context, client string, c history.Call, b *telemetry.Batch,
	o ingest.Options) telemetry.Stamp {
	n := r.pick()
	op := r.rec.begin(who{client, r.names[n]}, c)
	n.Pass()
	rec, err := n.Ingest.Write(ctx, tenant, b, o)
	n.Pass()
	r.rec.wrote(op, rec, err)
	return rec.Stamp
}

func (r *run) delete(ctx context.Context, client string, s telemetry.Series) {
	c := of(history.Delete, s)
	c.From = r.slot()
	c.To = c.From + int64(time.Duration(r.w.Rand.IntN(200))*time.Minute) + 1
	b := telemetry.Batch{Deletions: []telemetry.Deletion{{Series: s, From: c.From, To: c.To}}}
	r.submit(ctx, client, c, &b, ingest.Options{})
}

func (r *run) read(ctx context.Context, client string, n *Node, s telemetry.Series) {
	op, gone := r.ask(who{client, r.names[n]}, of(history.Read, s))
	n.Pass()
	page, err := n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: s, From: telemetry.MinTime,
		To: telemetry.MaxTime, Limit: 1 << 20})
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	n.Pass()
	r.answered(op, gone, page.Times, page.Values, err)
}

// latest asks for the last reading of a series.
func (r *run) latest(ctx context.Context, client string, n *Node, s telemetry.Series) {
	op, gone := r.ask(who{client, r.names[n]}, of(history.Latest, s))
	n.Pass()
	page, err := n.Query.Latest(ctx, tenant, query.Selector{Source: s.Source, Metric: s.Metric}, telemetry.Series{}, 10)
	var times []int64
	var values []float64
	for _, l := range page.Latest {
		times, values = append(times, l.Time), append(values, l.Value)
	}
	n.Pass()
	r.answered(op, gone, times, values, err)
}

// count asks how many readings a series has: rollups say it where no reading has to be looked at.
func (r *run) count(ctx context.Context, client string, n *Node, s telemetry.Series) {
	op, gone := r.ask(who{client, r.names[n]}, of(history.Count, s))
	n.Pass()
	page, err := n.Query.Series(ctx, tenant, query.Selector{Source: s.Source, Metric: s.Metric}, telemetry.Series{}, 10)
	n.Pass()
	counted := 0
	for _, listed := range page.Series {
		counted += int(listed.Count)
	}
	r.rec.counted(op, counted, r.expiry(gone), err)
}

// ask begins a read; gone is the time before which everything has expired now.
func (r *run) ask(w who, c history.Call) (op *history.Op, gone int64) {
	return r.rec.begin(w, c), bounds.Expiry(r.plan.Keep, r.w.earliest())
}

func (r *run) answered(op *history.Op, gone int64, times []int64, values []float64, err error) {
	r.rec.saw(op, times, values, r.expiry(gone), err)
}

// expiry is what has to have expired, and what may have.
func (r *run) expiry(gone int64) history.Expiry {
	return history.Expiry{Gone: gone, Going: bounds.Expiry(r.plan.Keep, r.w.expires())}
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
	for s := range r.plan.Sources {
		r.call(ctx, func(ctx context.Context) { r.read(ctx, client, n, r.series(s)) })
	}
}

func labelOf(s telemetry.Source) telemetry.Label {
	return telemetry.Label{Name: "is", Value: string(s)}
}
