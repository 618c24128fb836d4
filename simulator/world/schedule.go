package world

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/simulator/history"
	"tidemark/simulator/inject/schedule"
)

// Plan says what a schedule does. Everything else comes from the seed.
type Plan struct {
	Nodes      int           // started at first; a killed one is replaced
	Clients    int           // each writes, reads and deletes, one thing after another
	For        time.Duration // virtual
	Sources    int
	Shards     int
	Begin      time.Duration // after the world's midnight
	Skew       time.Duration // the storages' clocks are up to this far from the nodes', either way, each its own
	Keep       time.Duration // retention, 0 for ever
	Slots      int           // times that readings have, over a few years and close together
	Kills      int
	Freezes    int
	FaultRate  float64
	HoldRate   float64
	Deletions  float64 // share of the operations
	ChunkSplit int     // readings at which chunks are split
	FineSplit  int     // the same for windows of five minutes and less; 0 is the default of compaction

	Memory   int64         // bytes of the journal that a node keeps, 0 is plenty; a pass takes half of it
	SlowRead time.Duration // a block that is read of the journal takes up to this long
	Tideless time.Duration // for this long, somewhere in the middle, there is no tidemark: the journal grows

	Metrics     int // of each source; 0 is one
	SourceSplit int // bytes of a source's row at which it is split; 0 is the default of compaction

	Dashboards int           // each asks a node for every series again and again
	Lull       time.Duration // after a third of the time nobody writes for so long: the journal empties
	Cacheless  float64       // share of the nodes that are without a cache
	Lag        time.Duration // of the account's replication; 0 is an account without
	Failovers  int           // unplanned ones: what had not replicated is gone
	Clerks     int           // clients of the account itself: its rows, its secondary, its Last Sync Time

	// Drawn has faults drawn from a mix that is drawn itself, within what is promised, instead of those above.
	Drawn bool

	Broken Broken // nothing, but where checkers are tried
}

// DefaultPlan is a schedule of a few virtual minutes with everything in it.
var DefaultPlan = Plan{Nodes: 3, Clients: 4, For: 4 * time.Minute, Sources: 3, Shards: 1, Slots: 40, Kills: 3,
	Freezes:   2,
	FaultRate: 0.02, HoldRate: 0.02, Deletions: 0.05, ChunkSplit: 8}

// HardPlan has two shards, a day that ends in the middle and takes readings with it that expire, clocks that
// disagree, more deletions, and windows that are split down to the least.
var HardPlan = Plan{Nodes: 3, Clients: 5, For: 4 * time.Minute, Sources: 5, Shards: 2, Slots: 40, Kills: 3, Freezes: 3,
	FaultRate: 0.02, HoldRate: 0.03, Deletions: 0.12, ChunkSplit: 6, FineSplit: 4,
	Begin: 23*time.Hour + 58*time.Minute, Skew: 5 * time.Second, Keep: (7*400*24 + 23) * time.Hour}

// TightPlan is the hard one on nodes with memory for a few blocks and a journal that grows until no question can read
// it in time.
var TightPlan = func() Plan {
	p := HardPlan
	p.Memory, p.SlowRead, p.Tideless = 2000, 600*time.Millisecond, 2*time.Minute
	return p
}()

// FailoverPlan is the hard one over an account that replicates and fails over, and storages whose clocks are up to
// ten minutes from the nodes'.
var FailoverPlan = func() Plan {
	p := HardPlan
	p.Lag, p.Failovers, p.Skew, p.Keep = 8*time.Second, 1, 10*time.Minute, 0
	p.Slots, p.ChunkSplit = 400, 12
	p.For, p.Lull, p.Sources, p.Dashboards, p.Cacheless = 3*time.Minute, 50*time.Second, 15, 1, 0.7
	p.Clerks = 2
	return p
}()

// DrawnPlan has its faults drawn, from a mix that is drawn itself: half of what can go wrong does not, and some of it
// does to excess. Short, so that many can be run.
var DrawnPlan = func() Plan {
	p := FailoverPlan
	p.Drawn, p.Skew, p.For, p.Lull, p.Nodes, p.Clients, p.Sources = true, 5*time.Second, 100*time.Second,
		15*time.Second, 2, 3, 4
	p.Lag, p.Slots, p.Shards, p.Begin, p.Dashboards = 0, 40, 1, 0, 0
	return p
}()

// ChurnPlan is short and rough: processes come and go all the time, appends are held and overtake one another, calls
// fail, and clients write the same few readings over and over.
var ChurnPlan = func() Plan {
	p := DefaultPlan
	p.For, p.Clients, p.Sources, p.Slots, p.Deletions, p.ChunkSplit = 100*time.Second, 6, 3, 14, 0.1, 6
	p.Kills, p.Freezes, p.FaultRate, p.HoldRate = 8, 4, 0.05, 0.15
	return p
}()

// PartsPlan is the one with failovers, of sources whose rows, and the deletions of whose metrics, are split among
// parts all the time.
var PartsPlan = func() Plan {
	p := FailoverPlan
	p.Metrics, p.SourceSplit, p.Deletions, p.ChunkSplit, p.FineSplit, p.Failovers = 9, 200, 0.2, 30, 0, 2
	return p
}()

const tenant = telemetry.Tenant("world")

// run is a schedule under way. One actor runs at a time: no locks.
type run struct {
	w     *World
	west  *rand.Rand // what came to the world last: it changes nothing that is drawn for the rest
	plan  Plan
	nodes []*Node
	rec   *recorder
	names map[*Node]string
	began time.Time
	value float64
	over  bool
	left  int
	err   error // what kept the faults from being carried out

	faults schedule.Schedule
}

// Outcome is how a run ended.
type Outcome struct {
	History *history.History
	Faults  schedule.Schedule // what went wrong in it, and when
	// Err is nil, or *Violation, *memory.Stuck (a hang), *memory.ActorPanic (a crash), or what else kept it from its
	// end.
	Err error
}

// Run runs a plan from a seed to its end: load and faults, then everything is healed, then a check that everything
// acknowledged is there and that the journal is empty. The faults are those of the plan, or these if there are any.
func Run(seed uint64, p Plan, faults schedule.Schedule) Outcome {
	w := New(seed)
	h := &history.History{Header: history.Header{Run: "world", Seed: seed}}
	w.rec = &recorder{h, w.Sched.Now}
	r := &run{w: w, west: rand.New(rand.NewPCG(seed, 0x7765_7374)), plan: p, rec: w.rec, names: map[*Node]string{}, faults: faults}
	w.broken = p.Broken
	var failed error
	err := w.Sched.Run(func() { failed = r.main() })
	if err == nil {
		err = failed
	}
	if err == nil {
		err = judge(h, p)
	}
	return Outcome{h, r.faults, err}
}

// Schedule is Run with the faults of the plan.
func Schedule(seed uint64, p Plan) (*history.History, error) {
	o := Run(seed, p, nil)
	return o.History, o.Err
}

func (r *run) main() error {
	ctx := context.Background()
	w := r.w
	if skew := int64(r.plan.Skew); skew > 0 {
		span := func(rng *rand.Rand) time.Duration { return time.Duration(rng.Int64N(2*skew) - skew) }
		w.Skew(span(w.Rand), span(w.Rand), span(r.west))
	}
	_ = w.Sched.Sleep(ctx, r.plan.Begin)
	if err := w.Open(ctx); err != nil {
		return err
	}
	if err := r.openAccounts(ctx); err != nil {
		return err
	}
	w.SlowRead, w.doubt = r.plan.SlowRead, 2*r.plan.FaultRate
	r.began = w.Sched.Now()
	for range r.plan.Nodes {
		r.nodes = append(r.nodes, r.start())
	}
	if err := r.plant(); err != nil {
		return err
	}
	r.background("faults", func() { r.perform(ctx, r.faults, r.plan.For) })
	for c := range r.plan.Clients {
		r.background(fmt.Sprintf("client %d", c), func() { r.client(ctx, c) })
	}
	for range r.plan.Dashboards {
		r.background("dashboard", func() { r.dashboard(ctx) })
	}
	for c := range r.plan.Clerks {
		r.background("clerk", func() { r.clerk(ctx, fmt.Sprintf("clerk %d", c)) })
	}
	_ = w.Sched.Sleep(ctx, r.plan.For)
	r.over = true
	for r.left > 0 {
		_ = w.Sched.Sleep(ctx, time.Second)
	}
	if r.err != nil {
		return r.err
	}
	return r.settle(ctx)
}

func (r *run) start() *Node {
	keep := func(telemetry.Tenant) time.Duration { return r.plan.Keep }
	set := Settings{
		Ingest: ingest.Config{Idle: 15 * time.Second, Bound: 30 * time.Second, Shards: r.plan.Shards},
		Compaction: compaction.Config{Bound: 30 * time.Second, ChunkReadings: r.plan.ChunkSplit,
			FineReadings: r.plan.FineSplit, SourceBytes: r.plan.SourceSplit, StreamIdle: 20 * time.Second,
			Retention: keep},
		Query: query.Config{Shards: r.plan.Shards, Retention: keep},
		Tail:  tail.Config{Keep: r.plan.Memory},
		Work:  work.Config{PurgeEvery: 20 * time.Second, RetainEach: 30 * time.Second},
	}
	if r.plan.Memory > 0 {
		set.Compaction.PassBytes = int(r.plan.Memory / 2)
		set.Tail.Parallel = 1 // what was not read in time is whole streams
	}
	set.NoCache = r.plan.Cacheless > 0 && r.w.Rand.Float64() < r.plan.Cacheless
	n := r.w.Start(set)
	r.names[n] = fmt.Sprintf("n%d", len(r.names)+1)
	ctx := context.Background()
	r.w.Sched.Go("worker", func() { n.Work.Run(ctx) })
	r.w.Sched.Go("sweeper", func() { n.Work.Sweep(ctx, func(context.Context) error { return nil }) })
	return n
}

func (r *run) pick() *Node { return r.nodes[r.w.Rand.IntN(len(r.nodes))] }

// moment is some time of the schedule; half of the time one soon after the lull, when what the account has got last
// has not replicated yet and the journal no longer has what came before.
func (r *run) moment() time.Duration {
	if r.plan.Lull > 0 && r.w.Rand.IntN(2) == 0 {
		return r.plan.For/3 + r.plan.Lull + time.Duration(r.w.Rand.Int64N(int64(2*r.plan.Lag)))
	}
	return time.Duration(r.w.Rand.Int64N(int64(r.plan.For)))
}

// lull reports whether nobody writes.
func (r *run) lull() bool {
	at := r.w.Sched.Now().Sub(r.began) - r.plan.For/3
	return 0 <= at && at < r.plan.Lull
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
		r.call(ctx, func(ctx context.Context) { r.act(ctx, fmt.Sprintf("c%d", id)) })
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

func (r *run) series(i int) telemetry.Series {
	if n := r.plan.Metrics; n > 1 {
		source, metric := fmt.Sprintf("s%d", i/n), fmt.Sprintf("m%d", i%n)
		return telemetry.Series{Source: telemetry.Source(source), Metric: telemetry.Metric(metric)}
	}
	return telemetry.Series{Source: telemetry.Source(fmt.Sprintf("s%d", i)), Metric: "m"}
}

// writeWide writes readings of every series of a shard in one request.
func (r *run) writeWide(ctx context.Context, client string, shard uint16) {
	var all []telemetry.Series
	for i := range r.plan.Sources {
		if s := r.series(i); telemetry.ShardOf(s.Source, r.plan.Shards) == shard {
			all = append(all, s)
		}
	}
	r.send(ctx, client, []int64{r.slot(), r.slot()}, all...)
}

// slot is one of the times that readings have: most within a day, some years away.
func (r *run) slot() int64 {
	n := int64(r.w.Rand.IntN(r.plan.Slots))
	base := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	if n%7 == 0 {
		return base - n%40*400*24*int64(time.Hour)
	}
	return base + n*int64(7*time.Minute)
}

func (r *run) write(ctx context.Context, client string, s telemetry.Series) {
	r.send(ctx, client, []int64{r.slot()}, s)
}

func (r *run) writeMany(ctx context.Context, client string, s telemetry.Series) {
	times := make([]int64, 0, 6)
	for range 6 {
		times = append(times, r.slot())
	}
	r.send(ctx, client, times, s)
}

// send writes readings with values that nobody else writes, of series of one shard, to a node. Each source comes with
// its label.
func (r *run) send(ctx context.Context, client string, times []int64, series ...telemetry.Series) {
	var b telemetry.Batch
	c := history.Call{Kind: history.Write}
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
	r.submit(ctx, client, c, &b)
}

// submit has a node take a batch in. A process that is dead takes and answers nothing, and a frozen one later.
func (r *run) submit(ctx context.Context, client string, c history.Call, b *telemetry.Batch) {
	n := r.pick()
	op := r.rec.begin(who{client, r.names[n]}, c)
	n.Pass()
	rec, err := n.Ingest.Write(ctx, tenant, b, ingest.Options{})
	n.Pass()
	r.rec.wrote(op, rec, err)
}

func labelOf(s telemetry.Source) telemetry.Label {
	return telemetry.Label{Name: "is", Value: string(s)}
}

func (r *run) delete(ctx context.Context, client string, s telemetry.Series) {
	c := of(history.Delete, s)
	c.From = r.slot()
	c.To = c.From + int64(time.Duration(r.w.Rand.IntN(200))*time.Minute) + 1
	b := telemetry.Batch{Deletions: []telemetry.Deletion{{Series: s, From: c.From, To: c.To}}}
	r.submit(ctx, client, c, &b)
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

// settle lets the world come to rest without faults, and looks at the end: no block in the journal, and every node,
// old or new, with a cache or without, answers the same.
func (r *run) settle(ctx context.Context) error {
	w := r.w
	if err := r.heal(ctx); err != nil {
		return err
	}
	r.rec.h.Enter(w.Sched.Now(), history.Healed)
	r.rec.lost(w)
	for i := 0; ; i++ {
		_ = w.Sched.Sleep(ctx, 10*time.Second)
		blocks, streams, err := r.journal(ctx)
		if err != nil {
			return err
		}
		r.rec.h.Note(w.Sched.Now(), history.Left{What: "blocks in the journal", Count: blocks})
		r.rec.h.Note(w.Sched.Now(), history.Left{What: "streams that are not finished", Count: streams})
		if stuck := int(promised(r.plan).Patience / (10 * time.Second)); blocks+streams == 0 && i > 12 || i > stuck {
			break // also past every held append
		}
	}
	r.settleClerks(ctx)
	fresh := r.start()
	for _, n := range append(r.nodes[:len(r.nodes):len(r.nodes)], fresh) {
		for s := range r.plan.Sources {
			r.read(ctx, "end", n, r.series(s))
			r.latest(ctx, "end", n, r.series(s))
		}
		if err := r.agree(ctx, n); err != nil {
			return err
		}
	}
	if n, err := r.w.Queue.Length(ctx); err != nil || n > 40 {
		return fmt.Errorf("after the peace the queue holds %d messages (%v)", n, err)
	}
	return nil
}

// agree compares what a node says of series and sources with their readings and with what was acknowledged.
func (r *run) agree(ctx context.Context, n *Node) error {
	series, err := n.Query.Series(ctx, tenant, query.Selector{}, telemetry.Series{}, 1000)
	if err != nil {
		return err
	}
	listed := map[telemetry.Series]bool{}
	for _, s := range series.Series {
		listed[s.Series] = true
		page, err := n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: s.Series, From: telemetry.MinTime,
			To: telemetry.MaxTime, Limit: 1 << 20})
		if err != nil {
			return err
		}
		count := len(page.Times)
		if int(s.Count) != count || count > 0 && (s.First != page.Times[0] || s.Last != page.Times[count-1]) {
			return fmt.Errorf("series %v: %d readings of %d..%d, read were %d", s.Series, s.Count, s.First, s.Last,
				count)
		}
	}
	sources, err := n.Query.Sources(ctx, tenant, query.Selector{}, nil, 1000)
	if err != nil {
		return err
	}
	labelled := map[telemetry.Source]bool{}
	for _, s := range sources.Sources {
		labelled[s.Source] = len(s.Labels) == 1 && s.Labels[0] == labelOf(s.Source)
	}
	for _, op := range r.rec.h.Ops {
		if op.Outcome != history.Done {
			continue
		}
		for _, c := range op.Call.Readings {
			s := telemetry.Series{Source: telemetry.Source(c.Source), Metric: telemetry.Metric(c.Metric)}
			if !listed[s] {
				return fmt.Errorf("series %v is not listed, which operation %d brought", s, op.ID)
			}
			if !labelled[s.Source] {
				return fmt.Errorf("source %q lacks the label that operation %d brought", s.Source, op.ID)
			}
		}
	}
	return nil
}

// journal counts what the journal holds: blocks above dropped marks, and streams that are not finished.
func (r *run) journal(ctx context.Context) (blocks, streams int, err error) {
	for reg, err := range r.w.Journal.Shards(ctx) {
		if err != nil {
			return 0, 0, err
		}
		for day := reg.First; day <= telemetry.DayOf(r.w.Sched.Now())+1; day++ {
			idx, err := r.w.Journal.Index(ctx, reg.Shard, day)
			if err != nil {
				return 0, 0, err
			}
			streams += len(idx.Streams)
			for _, st := range idx.Streams {
				for _, err := range r.w.Journal.Read(ctx, st.Stream, st.Mark) {
					if err != nil {
						return 0, 0, err
					}
					blocks++
				}
			}
		}
	}
	return blocks, streams, nil
}
