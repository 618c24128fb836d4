// Package world runs the whole program over memory adapters, on virtual time and a seeded scheduler: thousands of schedules of writes,
// reads, deletions, crashes, frozen processes, held and lost messages, each repeatable from its seed.
//
// Today the world has one region: one journal, one account without geo-redundancy, any number of nodes.
package world

import (
	"fmt"
	"math/rand/v2"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/cache"
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

	// FaultRate is the probability that a storage call fails, half of them after they were applied. HoldRate is that of an append
	// being held on its way, up to HoldFor, and arriving although its sender has given up.
	FaultRate, HoldRate float64
	HoldFor             time.Duration
	// SlowRead is how long a block that is read of the journal takes at most.
	SlowRead time.Duration

	writers int
}

// New makes a world from a seed.
func New(seed uint64) *World {
	s := memory.NewSched(seed, memory.MaxSteps(20_000_000)) // a question at the end may read hundreds of thousands of rows at one instant
	w := &World{Sched: s, Rand: rand.New(rand.NewPCG(seed, 0x7469_6465)), HoldFor: 90 * time.Second}
	w.Journal = memory.NewJournal(s, memory.WithFault(w.fault), memory.WithResolution(time.Second))
	w.Rows = memory.NewRows(s)
	w.Rows.SetFault(w.fault)
	w.Account = memory.NewAccount(s)
	w.Queue, w.Poison = memory.NewQueue(s), memory.NewQueue(s)
	w.Queue.SetFault(w.fault)
	w.Cache = memory.NewCache(s, 1<<20)
	return w
}

// Skew sets how far the clocks of the journal's and of the account's storage are ahead of the nodes'.
func (w *World) Skew(journal, account time.Duration) {
	w.Journal.SetSkew(journal)
	w.Rows.SetSkew(account)
	w.Account.SetSkew(account)
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
	c := compaction.New(set.Compaction, compaction.Stores{Journal: j, Directory: j, Tail: t, AccountOf: accountOf}, w.Sched)
	q, poison := &mortalQueue{Queue: w.Queue, life: life}, &mortalQueue{Queue: w.Poison, life: life}
	wk := work.New(set.Work, q, poison, c, rows, w.Sched, func() string { return string(w.writer()) }, nil)
	in = ingest.New(set.Ingest, ingest.Log{Region: "east", Journal: j, Directory: j}, w.Sched, w.writer, wk.Hint, ingest.Observer{})
	var cached cache.Cache = w.Cache
	if set.NoCache {
		cached = nil
	}
	return &Node{Ingest: in, Compaction: c, Work: wk, life: life, Query: query.New(set.Query, t, accountOf, cached, w.Sched)}
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
