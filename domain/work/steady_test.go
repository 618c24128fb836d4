package work_test

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/region"
	"tidemark/domain/retention"
	"tidemark/domain/sweep"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/chunks"
)

// plant is a region under steady load: clients that write one reading a second for each tenant, and worker processes
// that share a queue.
type plant struct {
	*testing.T
	tenants, processes int
	slow               time.Duration                // a compaction pass or a purge takes this long
	lag                time.Duration                // of the tidemark
	load               time.Duration                // how long the clients write
	every              time.Duration                // a client writes this often; default 1 s
	fault              func(op string) memory.Fault // of the queue
	passBytes          int                          // of blocks a pass takes

	sched         *memory.Sched
	queue, poison *sent
	account       *memory.Account
	rows          *counted
	tail          *tail.Tail
	workers       []*work.Service
	over          bool

	longest int           // messages in the queue
	oldest  time.Duration // for which a block was seen in a journal
	done    tally         // under load, of the tenant with the least
}

// tally counts work that was carried out.
type tally struct{ passes, purges, retains int }

// sent is a queue that counts what is sent.
type sent struct {
	*memory.Queue
	n int
}

func (s *sent) Send(ctx context.Context, body []byte, delay time.Duration) error {
	s.n++
	return s.Queue.Send(ctx, body, delay)
}

// counted is the account's rows. It counts by the calls that only that work makes.
type counted struct {
	*memory.Rows
	of      map[telemetry.Tenant]*tally
	purging bool // deletions may stand
}

// tally is that of a tenant.
func (c *counted) tally(t telemetry.Tenant) *tally {
	if c.of[t] == nil {
		c.of[t] = &tally{}
	}
	return c.of[t]
}

// Get sees every pass, purge and retention, which ask for the horizon once; a purge is always due while the plant has
// something to purge.
func (c *counted) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	row, err := c.Rows.Get(ctx, k)
	switch k {
	case chunks.HorizonKey(k.Tenant):
		c.tally(k.Tenant).passes++
	case chunks.DeletionsKey(k.Tenant):
		if c.purging {
			row.Value = []byte("1?")
		}
	}
	return row, err
}

// Scan sees purges and retentions, which look through the catalogue.
func (c *counted) Scan(ctx context.Context, r chunks.Range) iter.Seq2[chunks.Row, error] {
	if r == chunks.Sources(r.Partition.Tenant, "") {
		c.tally(r.Partition.Tenant).passes--
	}
	return c.Rows.Scan(ctx, r)
}

func (c *counted) Apply(ctx context.Context, changes ...chunks.Change) error {
	switch k := changes[0].Key; k {
	case chunks.HorizonKey(k.Tenant):
		c.tally(k.Tenant).retains++
	case chunks.DeletionsKey(k.Tenant): // what a purge that came to its end writes
		c.tally(k.Tenant).purges++
	}
	return c.Rows.Apply(ctx, changes...)
}

// least is what was done for the tenant with the least.
func (c *counted) least() tally {
	out := tally{1 << 30, 1 << 30, 1 << 30}
	for _, n := range c.of {
		out = tally{min(out.passes, n.passes), min(out.purges, n.purges), min(out.retains, n.retains)}
	}
	return out
}

func (p *plant) shard(i int) telemetry.Shard {
	return telemetry.Shard{Tenant: telemetry.Tenant(fmt.Sprintf("t%02d", i))}
}

// run runs the plant and then looks at its queue until it has come to rest.
func (p *plant) run() {
	p.Helper()
	p.sched = memory.NewSched(3)
	in := p.build()
	err := p.sched.Run(func() {
		ctx, cancel := p.sched.WithCancel(context.Background())
		if err := p.rows.Prepare(ctx); err != nil {
			p.Fatal(err)
		}
		for i := range p.tenants {
			p.sched.Go("client", func() { p.client(ctx, in, i) })
		}
		for _, w := range p.workers {
			p.sched.Go("worker", func() { w.Run(ctx) })
			p.sched.Go("sweeper", func() { w.Sweep(ctx, func(context.Context) error { return nil }) })
		}
		p.watch(ctx)
		p.done = p.rows.least()
		p.over = true
		p.rest(ctx)
		cancel()
		_ = p.sched.Sleep(context.Background(), time.Minute)
	})
	if err != nil {
		p.Fatal(err)
	}
}

func (p *plant) build() *ingest.Service {
	j := memory.NewJournal(p.sched)
	p.queue, p.poison = &sent{Queue: memory.NewQueue(p.sched)}, &sent{Queue: memory.NewQueue(p.sched)}
	p.queue.SetFault(p.fault)
	p.rows = &counted{Rows: memory.NewRows(p.sched), of: map[telemetry.Tenant]*tally{}, purging: true}
	p.account = memory.NewAccount(p.sched)
	p.account.SetState(region.Live, p.lag)
	p.account.SetFault(func(string) memory.Fault {
		_ = p.sched.Sleep(context.Background(), p.slow)
		return memory.FaultNone
	})
	rows := bounds.One(p.rows, p.account)
	keep := func(telemetry.Tenant) time.Duration { return 24 * time.Hour }
	n := 0
	name := func() string { n++; return fmt.Sprintf("%026d", n) }
	for range p.processes {
		p.tail = tail.New(tail.Config{}, j, j, p.sched, nil)
		c := compaction.New(compaction.Config{Retention: keep, PassBytes: p.passBytes},
			compaction.Stores{Journal: j, Directory: j, Tail: p.tail, Rows: rows}, p.sched)
		p.workers = append(p.workers, work.New(work.Config{RetainEach: 10 * time.Minute}, p.queue, p.poison,
			work.Uses{Compaction: c,
				Retention: retention.New(retention.Config{Keep: keep}, j, rows, p.sched), Sweep: sweep.New(j, j, 0),
				Directory: j}, p.rows,
			p.sched, name, nil))
	}
	return ingest.New(ingest.Config{}, ingest.One("east", j, j), p.sched,
		func() telemetry.Writer { return telemetry.Writer(name()) }, p.workers[0].Hint, ingest.Observer{})
}

func (p *plant) write(ctx context.Context, in *ingest.Service, i int) {
	var b telemetry.Batch
	b.Add(b.AddSeries(telemetry.Series{Source: "s", Metric: "m"}, ""), p.sched.Now().UnixNano(), 1)
	if _, err := in.Write(ctx, p.shard(i).Tenant, &b, ingest.Options{}); err != nil {
		p.Errorf("tenant %d: %v", i, err)
	}
}

func (p *plant) client(ctx context.Context, in *ingest.Service, i int) {
	every := cmp.Or(p.every, time.Second)
	_ = p.sched.Sleep(ctx, time.Duration(i)*every/time.Duration(p.tenants))
	for !p.over {
		p.write(ctx, in, i)
		_ = p.sched.Sleep(ctx, every)
	}
}

// watch looks every ten seconds for the longest queue and the block that waited for longest in a journal.
func (p *plant) watch(ctx context.Context) {
	for until := p.sched.Now().Add(p.load); p.sched.Now().Before(until); {
		_ = p.sched.Sleep(ctx, 9*time.Second+700*time.Millisecond)
		n, err := p.queue.Length(ctx)
		if err == nil { // the queue may be in trouble
			p.longest = max(p.longest, n)
		}
		for i := range p.tenants {
			snap, err := p.tail.Snapshot(ctx, p.shard(i))
			if err != nil {
				p.Fatal(err)
			}
			for _, b := range snap.Blocks {
				p.oldest = max(p.oldest, p.sched.Now().Sub(b.View.Header().Stamp.Time()))
			}
		}
	}
}

// rest waits until the journals and the queue are empty, but for what the sweeper asks every minute.
func (p *plant) rest(ctx context.Context) {
	_ = p.sched.Sleep(ctx, 4*time.Minute)
	for i := range p.tenants {
		snap, err := p.tail.Snapshot(ctx, p.shard(i))
		if err != nil || len(snap.Blocks) > 0 {
			p.Errorf("tenant %d: the journal did not become empty: %v, %v", i, len(snap.Blocks), err)
		}
	}
	n, err := p.queue.Length(ctx)
	for i := 0; i < 60 && err == nil && n > 0; i++ { // a minute's purges may just be under way
		_ = p.sched.Sleep(ctx, time.Second)
		n, err = p.queue.Length(ctx)
	}
	if err != nil || n > 0 {
		p.Errorf("an idle system has %d messages in its queue: %v", n, err)
	}
	p.rows.purging = false
	_ = p.sched.Sleep(ctx, 3*time.Minute)
	before := p.queue.n
	_ = p.sched.Sleep(ctx, 10*time.Minute)
	// a retention, and perhaps the purge of the hour, a tenant and process
	if sent := p.queue.n - before; sent > 2*p.tenants*p.processes {
		p.Errorf("an idle system sent %d messages in ten minutes", sent)
	}
	if n, err := p.poison.Length(ctx); err != nil || n > 0 {
		p.Errorf("%d messages are poison: %v", n, err)
	}
}

// TestSteadyLoadOfManyShards writes to more shards than there are workers, without a pause: the queue stays bounded,
// every shard is compacted at its cadence, every tenant's purges and retention are carried out, and when the load
// ends the system comes to rest. The last plant has more work than its workers can do.
func TestSteadyLoadOfManyShards(t *testing.T) {
	const ms, s = time.Millisecond, time.Second
	for _, c := range []struct {
		plant
		oldest time.Duration // bound on what a block waits
		purges int           // at least, under load
	}{
		{plant{tenants: 1, processes: 1, lag: 5 * s, load: time.Hour}, 20 * s, 59},
		{plant{tenants: 2, processes: 1, lag: 5 * s, slow: 100 * ms, load: time.Hour}, 20 * s, 59},
		{plant{tenants: 10, processes: 1, lag: 0, slow: 100 * ms, load: 20 * time.Minute}, 10 * s, 19},
		{plant{tenants: 10, processes: 1, lag: 5 * s, slow: 100 * ms, load: time.Hour}, 20 * s, 59},
		// A process hints again 15 s after a hint at most. If another one took that message and was past the block
		// already, the sweeper finds the block, every 15 s; then it waits for the lag and a pass.
		{plant{tenants: 10, processes: 3, lag: 5 * s, slow: 100 * ms, load: 20 * time.Minute}, 36 * s, 19},
		{plant{tenants: 40, processes: 1, lag: 5 * s, slow: 100 * ms, load: time.Hour}, 20 * s, 59},
		{plant{tenants: 40, processes: 1, lag: 5 * s, slow: s, load: 20 * time.Minute}, 60 * s, 19},
	} {
		t.Run(fmt.Sprintf("%d tenants, %d processes, lag %v, passes of %v", c.tenants, c.processes, c.lag, c.slow),
			func(t *testing.T) {
				p := c.plant
				p.T = t
				p.run()
				t.Logf("%d messages sent; at most %d waited; a block waited up to %v; of the tenant with the least, "+
					"in %v: %+v",
					p.queue.n, p.longest, p.oldest, p.load, p.done)
				if limit := 4 * p.tenants * p.processes; p.longest > limit {
					t.Errorf("%d messages waited in the queue: more than %d", p.longest, limit)
				}
				if p.oldest > c.oldest {
					t.Errorf("a block waited for %v in a journal: more than %v", p.oldest, c.oldest)
				}
				if most := p.processes * int(p.load/(2*time.Second)); p.done.passes > most {
					t.Errorf("%d passes over a shard: more than %d", p.done.passes, most)
				}
				if p.done.purges < c.purges || p.done.retains < 1 {
					t.Errorf("some tenant was purged %d times, or its retention carried out %d times: less than %d "+
						"and 1", p.done.purges, p.done.retains, c.purges)
				}
			})
	}
}

// TestSteadyLoadWithATroubledQueue loses calls of the queue and their answers: hints that were lost are found by the
// sweeper, those that were sent or delivered twice are one piece of work.
func TestSteadyLoadWithATroubledQueue(t *testing.T) {
	const seed = 7
	random := rand.New(rand.NewPCG(seed, 1))
	p := &plant{T: t, tenants: 5, processes: 2, lag: 5 * time.Second, slow: 100 * time.Millisecond,
		load: 20 * time.Minute}
	p.fault = func(string) memory.Fault {
		if p.over || random.Float64() > 0.1 {
			return memory.FaultNone
		}
		return []memory.Fault{memory.FaultFail, memory.FaultApplied, memory.FaultLost}[random.IntN(3)]
	}
	p.run()
	t.Logf("seed %d: %d messages sent; at most %d waited; a block waited up to %v; %+v", seed, p.queue.n, p.longest,
		p.oldest, p.done)
	if limit := 8 * p.tenants * p.processes; p.longest > limit || p.oldest > 75*time.Second {
		t.Errorf("seed %d: %d messages waited in the queue (at most %d), and a block for %v in a journal", seed,
			p.longest, limit, p.oldest)
	}
}

// TestOneHintIsEnough gives a worker one hint for blocks that take many passes, some of them to be made at once, and
// no sweeper: each pass sees to the next, also while the queue is slow to delete and the next message comes before
// the last one is gone.
func TestOneHintIsEnough(t *testing.T) {
	p := &plant{T: t, tenants: 1, processes: 1, lag: 5 * time.Second, passBytes: 1}
	p.sched = memory.NewSched(3)
	p.fault = func(op string) memory.Fault {
		if op == "queue.delete" {
			_ = p.sched.Sleep(context.Background(), 2*time.Second)
		}
		return memory.FaultNone
	}
	in := p.build()
	err := p.sched.Run(func() {
		ctx, cancel := p.sched.WithCancel(context.Background())
		if err := p.rows.Prepare(ctx); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			p.write(ctx, in, 0)
		}
		if p.queue.n != 1 {
			t.Fatalf("%d hints", p.queue.n)
		}
		p.sched.Go("worker", func() { p.workers[0].Run(ctx) })
		_ = p.sched.Sleep(ctx, 2*time.Minute)
		snap, err := p.tail.Snapshot(ctx, p.shard(0))
		if err != nil || len(snap.Blocks) > 0 {
			t.Errorf("%d blocks are left, %v", len(snap.Blocks), err)
		}
		if n, err := p.queue.Length(ctx); n != 0 || err != nil {
			t.Errorf("%d messages are left, %v", n, err)
		}
		cancel()
		_ = p.sched.Sleep(context.Background(), time.Minute)
	})
	if err != nil {
		t.Fatal(err)
	}
}
