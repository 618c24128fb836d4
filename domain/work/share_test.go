package work_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/retention"
	"tidemark/domain/sweep"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/chunks"
)

// floor is worker processes that share a queue, and nodes that hint and do no work. A pass finds nothing to do, and
// takes a while to find that.
type floor struct {
	*testing.T
	shards, processes int
	tenants           int           // others, with a purge each
	slow              time.Duration // a pass, a purge
	every             time.Duration // between hints of a node at a shard
	nodes             int           // that hint, each at every shard; default 1
	load              time.Duration // how long is hinted
	after             time.Duration // a process begins so long after the one before it

	sched   *memory.Sched
	queue   *memory.Queue
	rows    *memory.Rows
	workers []*work.Service
	hinting []*work.Service
	passes  []int // of each process, over shards of the tenant t
	purges  []int // of each process, of others
	longest int   // messages in the queue
	poison  *memory.Queue
}

func (f *floor) run() {
	f.Helper()
	f.sched = memory.NewSched(3)
	f.build()
	err := f.sched.Run(func() {
		ctx, cancel := f.sched.WithCancel(context.Background())
		if err := f.rows.Prepare(ctx); err != nil {
			f.Fatal(err)
		}
		for i, w := range f.workers {
			f.sched.Go("worker", func() {
				_ = f.sched.Sleep(ctx, time.Duration(i+1)*f.after)
				w.Run(ctx)
			})
		}
		for i := range f.tenants {
			purge := fmt.Appendf(nil, `{"v":1,"kind":"purge","tenant":"p%d","shard":0}`, i)
			if err := f.queue.Send(ctx, purge, 0); err != nil {
				f.Fatal(err)
			}
		}
		f.hint(ctx)
		if n, err := f.poison.Length(ctx); n > 0 || err != nil {
			f.Errorf("%d messages are poison, %v", n, err)
		}
		cancel()
		_ = f.sched.Sleep(context.Background(), time.Minute)
	})
	if err != nil {
		f.Fatal(err)
	}
}

// heard is rows that say of whom a process made a pass or a purge: each asks for the horizon once.
type heard struct {
	*memory.Rows
	did func(telemetry.Tenant)
}

func (h heard) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	if k == chunks.HorizonKey(k.Tenant) {
		h.did(k.Tenant)
	}
	return h.Rows.Get(ctx, k)
}

func (f *floor) build() {
	f.rows, f.queue = memory.NewRows(f.sched), memory.NewQueue(f.sched)
	f.queue.SetFault(func(string) memory.Fault {
		_ = f.sched.Sleep(context.Background(), 5*time.Millisecond) // a call
		return memory.FaultNone
	})
	j := memory.NewJournal(f.sched)
	f.poison, f.passes, f.purges = memory.NewQueue(f.sched), make([]int, f.processes), make([]int, f.processes)
	process := func(did func(telemetry.Tenant)) *work.Service {
		account := memory.NewAccount(f.sched)
		account.SetFault(func(string) memory.Fault {
			_ = f.sched.Sleep(context.Background(), f.slow)
			return memory.FaultNone
		})
		rows := bounds.One(heard{f.rows, did}, account)
		t := tail.New(tail.Config{}, j, j, f.sched, nil)
		stores := compaction.Stores{Journal: j, Directory: j, Tail: t, Rows: rows}
		names := func() string { return "there is no task" }
		trouble := func(what string, m work.Message, err error) { f.Error(what, m, err) }
		return work.New(work.Config{}, f.queue, f.poison, work.Uses{
			Compaction: compaction.New(compaction.Config{}, stores, f.sched),
			Retention:  retention.New(retention.Config{}, j, rows, f.sched), Sweep: sweep.New(j, j, 0), Directory: j},
			f.rows,
			f.sched, names, trouble)
	}
	for i := range f.processes {
		f.workers = append(f.workers, process(func(t telemetry.Tenant) {
			if t == "t" {
				f.passes[i]++
			} else {
				f.purges[i]++
			}
		}))
	}
	for range max(1, f.nodes) {
		f.hinting = append(f.hinting, process(func(telemetry.Tenant) {}))
	}
}

// hint hints at every shard once and again, and looks at the queue.
func (f *floor) hint(ctx context.Context) {
	for until := f.sched.Now().Add(f.load); f.sched.Now().Before(until); {
		next := f.sched.Now().Add(f.every)
		for i := range f.shards * len(f.hinting) {
			node, shard := f.hinting[i/f.shards], telemetry.Shard{Tenant: "t", Index: uint16(i % f.shards)}
			f.sched.Go("hint", func() { node.Hint(ctx, shard) })
		}
		_ = f.sched.Sleep(ctx, min(time.Second, f.every/2))
		n, err := f.queue.Length(ctx)
		if err != nil {
			f.Fatal(err)
		}
		f.longest = max(f.longest, n)
		_ = f.sched.Sleep(ctx, next.Sub(f.sched.Now()))
	}
}

// TestASecondProcessTakesItsShare gives 1,000 shards to a process that needs eight minutes for them, and lets another
// one join it.
func TestASecondProcessTakesItsShare(t *testing.T) {
	f := floor{T: t, shards: 1000, processes: 2, slow: time.Second,
		every: 5 * time.Minute, load: 5 * time.Minute, after: 10 * time.Second}
	f.run()
	t.Logf("passes %v in five minutes", f.passes)
	if f.passes[1]*10 < f.passes[0]*9 || f.passes[0]+f.passes[1] != f.shards {
		t.Errorf("the processes made %v passes", f.passes)
	}
}

// TestMoreHintsThanPasses hints more often than the processes can make passes. A hint that a later pass has carried
// out costs none: so the queue holds what comes while one process, alone, would go over all shards, and not more with
// time.
func TestMoreHintsThanPasses(t *testing.T) {
	for _, c := range []struct {
		shards, nodes int
		every, load   time.Duration
	}{
		{100, 1, 10 * time.Second, 20 * time.Minute},
		{100, 1, 3 * time.Second, 20 * time.Minute},
		{20, 10, time.Second, 5 * time.Minute}, // more messages than can be received one by one
	} {
		f := floor{T: t, shards: c.shards, nodes: c.nodes, processes: 2, slow: time.Second,
			every: c.every, load: c.load}
		f.run()
		t.Logf("%+v: passes %v, at most %d messages in the queue", c, f.passes, f.longest)
		round := time.Duration(f.shards) * f.slow / 2
		if limit := 3 * f.nodes * f.shards * int(round/f.every+1) / 2; f.longest > limit {
			t.Errorf("%+v: %d messages waited in the queue, more than %d", c, f.longest, limit)
		}
		if least := slices.Min(f.passes); least*10 < slices.Max(f.passes)*9 {
			t.Errorf("the processes made %v passes", f.passes)
		}
	}
}

// TestUpkeepBesideABusyCompaction gives a process more purges than it may hold while its workers are busy: all are
// carried out, none is poison, and a second process finds some of them.
func TestUpkeepBesideABusyCompaction(t *testing.T) {
	f := floor{T: t, shards: 50, tenants: 100, processes: 2, slow: time.Second,
		every: 10 * time.Second, load: 5 * time.Minute, after: time.Second}
	f.run()
	t.Logf("passes %v, purges %v", f.passes, f.purges)
	if f.purges[0] == 0 || f.purges[1] == 0 || f.purges[0]+f.purges[1] < f.tenants {
		t.Errorf("%v purges for %d tenants", f.purges, f.tenants)
	}
}
