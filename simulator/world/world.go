// Package world runs the whole program over memory adapters, on virtual time and a seeded scheduler: thousands of
// schedules of writes, reads, deletions, crashes, frozen processes, held and lost messages, each repeatable from its
// seed.
//
// Today the world has one region: one journal, one account without geo-redundancy, any number of nodes.
package world

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
)

// World is the storage that nodes share. It belongs to one Run of its scheduler.
type World struct {
	Sched   *memory.Sched
	Rand    *rand.Rand // one actor runs at a time: shared without a lock
	Journal *memory.Journal
	Rows    *memory.Rows
	Account *memory.Account
	Queue   *memory.Queue
	Poison  *memory.Queue
	Cache   *memory.Cache

	// FaultRate is the probability that a storage call fails, half of them after they were applied. HoldRate is that
	// of an append being held on its way, up to HoldFor, and arriving although its sender has given up.
	FaultRate, HoldRate float64
	HoldFor             time.Duration
	// SlowRead is how long a block that is read of the journal takes at most.
	SlowRead time.Duration

	skewJournal, skewAccount time.Duration
	down                     bool // no endpoint of the account answers
	writers                  int
}

// New makes a world from a seed.
func New(seed uint64) *World {
	// a question at the end may read hundreds of thousands of rows at one instant
	s := memory.NewSched(seed, memory.MaxSteps(20_000_000))
	w := &World{Sched: s, Rand: rand.New(rand.NewPCG(seed, 0x7469_6465)), HoldFor: 90 * time.Second}
	w.Journal = memory.NewJournal(s, memory.WithFault(w.fault), memory.WithResolution(time.Second))
	w.Rows = memory.NewRows(s)
	w.Rows.SetFault(w.accountFault)
	w.Account = memory.NewAccount(s)
	w.Account.SetFault(w.accountFault)
	w.Queue, w.Poison = memory.NewQueue(s), memory.NewQueue(s)
	w.Queue.SetFault(w.fault)
	w.Cache = memory.NewCache(s, 1<<20)
	return w
}

// Skew sets how far the clocks of the journal's and of the account's storage are ahead of the nodes'.
func (w *World) Skew(journal, account time.Duration) {
	w.skewJournal, w.skewAccount = journal, account
	w.Journal.SetSkew(journal)
	w.Rows.SetSkew(account)
	w.Account.SetSkew(account)
}

// earliest is what the clocks of nodes and storages say: the one that is furthest behind.
func (w *World) earliest() time.Time {
	return w.Sched.Now().Add(min(0, w.skewJournal, w.skewAccount))
}

// expires is the clock by which readings may have expired: that of the nodes or that of the journal, whichever is
// behind.
func (w *World) expires() time.Time {
	return w.Sched.Now().Add(min(0, w.skewJournal))
}

// Replicate makes the account geo-redundant, with a lag.
func (w *World) Replicate(lag time.Duration) {
	w.Rows.KeepHistory(lag + time.Minute)
	w.Account.SetState(region.Live, lag)
}

// outage is how long a failover keeps the account away at least: the lease of evidence and the bound of a call (T3).
const outage = 30*time.Second + 1*time.Second

// Failover is an unplanned one: no endpoint answers for a while, then each partition is what had been replicated of
// it. There is no tidemark until somebody makes the account redundant again, and it was copied. back is called when
// the account answers again.
func (w *World) Failover(ctx context.Context, lag time.Duration, back func()) {
	crash := w.Sched.Now().Add(w.skewAccount)
	w.failover(ctx, func(chunks.Partition) time.Time {
		if w.Rand.IntN(2) == 0 {
			return crash.Add(-lag)
		}
		return crash.Add(-time.Duration(w.Rand.Int64N(int64(lag))))
	}, back)
	_ = w.Sched.Sleep(ctx, time.Duration(w.Rand.Int64N(int64(time.Minute))))
	w.Account.SetState(region.Bootstrap, 0)
	_ = w.Sched.Sleep(ctx, time.Duration(w.Rand.Int64N(int64(20*time.Second))))
	w.Account.SetState(region.Live, lag)
}

// FailoverTo is one to a moment of the world's clock, which is later than every tidemark that was told.
func (w *World) FailoverTo(ctx context.Context, moment time.Time, back func()) {
	moment = moment.Add(w.skewAccount)
	w.failover(ctx, func(chunks.Partition) time.Time { return moment }, back)
}

func (w *World) failover(ctx context.Context, moment func(chunks.Partition) time.Time, back func()) {
	w.down = true
	w.Account.SetState(region.Unavailable, 0)
	_ = w.Sched.Sleep(ctx, outage+time.Duration(w.Rand.Int64N(int64(30*time.Second))))
	w.Rows.Rollback(moment)
	w.down = false
	back()
}

// accountFault is what a call to the account suffers.
func (w *World) accountFault(op string) memory.Fault {
	if w.down {
		return memory.FaultFail
	}
	return w.fault(op)
}

func (w *World) fault(string) memory.Fault {
	if w.FaultRate == 0 || w.Rand.Float64() >= w.FaultRate {
		return memory.FaultNone
	}
	return []memory.Fault{memory.FaultFail, memory.FaultApplied, memory.FaultLost, memory.FaultApplied}[w.Rand.IntN(4)]
}

func (w *World) writer() telemetry.Writer {
	w.writers++
	return telemetry.Writer(fmt.Sprintf("%013d%013d", w.Rand.Uint64()%1_000_000_000_000, w.writers))
}

// Settings are the knobs of nodes that schedules turn.
type Settings struct {
	Ingest     ingest.Config
	Compaction compaction.Config
	Query      query.Config
	Tail       tail.Config
	Work       work.Config
	NoCache    bool
}

// Node is one process: an API and a worker over the world's storage. A killed node never does anything again.
type Node struct {
	Ingest     *ingest.Service
	Query      *query.Service
	Compaction *compaction.Service
	Work       *work.Service
	life       *life
}

// Start starts a node.
func (w *World) Start(set Settings) *Node {
	life := &life{world: w, never: w.Sched.NewEvent()}
	j := &mortalJournal{Journal: w.Journal, life: life}
	rows := &mortalRows{Store: w.Rows, life: life}
	account := compaction.Account{Rows: rows, Tide: w.Account}
	accountOf := func(telemetry.Tenant, telemetry.Day) compaction.Account { return account }
	var in *ingest.Service
	observe := func(s telemetry.Stamp) { in.Observe(s) }
	t := tail.New(set.Tail, j, j, w.Sched, observe)
	c := compaction.New(set.Compaction, compaction.Stores{Journal: j, Directory: j, Tail: t, AccountOf: accountOf},
		w.Sched)
	q, poison := &mortalQueue{Queue: w.Queue, life: life}, &mortalQueue{Queue: w.Poison, life: life}
	wk := work.New(set.Work, q, poison, c, rows, w.Sched, func() string { return string(w.writer()) }, nil)
	in = ingest.New(set.Ingest, ingest.Log{Region: "east", Journal: j, Directory: j}, w.Sched, w.writer, wk.Hint,
		ingest.Observer{})
	var cached cache.Cache = w.Cache
	if set.NoCache {
		cached = nil
	}
	return &Node{Ingest: in, Compaction: c, Work: wk, life: life,
		Query: query.New(set.Query, t, accountOf, cached, w.Sched)}
}

// Kill ends the node at once, as SIGKILL does: calls under way may or may not be carried out by the storage.
func (n *Node) Kill() { n.life.dead = true }

// Freeze stops the node at its next calls until Thaw, as SIGSTOP does.
func (n *Node) Freeze() {
	if n.life.frozen == nil {
		n.life.frozen = n.life.world.Sched.NewEvent()
	}
}

// Thaw lets a frozen node go on.
func (n *Node) Thaw() {
	if n.life.frozen != nil {
		n.life.frozen.Set()
		n.life.frozen = nil
	}
}
