// Package node joins the use cases of one process over its ports, in one function: what a process of the service runs
// and what world proves are the same.
package node

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/readpath"
	"tidemark/domain/region"
	"tidemark/domain/retention"
	"tidemark/domain/status"
	"tidemark/domain/sweep"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/cache"
	"tidemark/ports/journal"
	"tidemark/ports/queue"
	"tidemark/ports/sched"
)

// Stores are the ports of a region's storage.
type Stores struct {
	Journal   journal.Journal
	Directory journal.Directory
	Rows      *bounds.Accounts
	Queue     queue.Queue
	Poison    queue.Queue
	Agreed    func(context.Context) error // compaction.Stores.Agreed; nil: nobody is asked
}

// Ports are what a node needs.
type Ports struct {
	Region     region.Name // of the journal
	Requests   Stores      // as requests use them: one try, and brief
	Background Stores      // as background work does, which waits
	Cache      cache.Cache // nil: none
	Sched      sched.Scheduler
	Names      func() string // a new, random, sortable name at each call
}

// Config bounds a node. What several use cases have to agree on is said once, here, and not in their own.
type Config struct {
	Shards    int                                  // of every tenant; 0 is 1
	Bound     time.Duration                        // B of T6, the journal's; 0 is journal.DefaultBound
	Retention func(telemetry.Tenant) time.Duration // how long readings are kept, 0 for ever; nil keeps everything
	DeadAfter time.Duration                        // a stream without an append is dead; 0 is sweep.DefaultIdle
	Worker    bool                                 // it answers no requests: its tail is read for background work

	Settling bounds.Settling // when a version of a row counts as being on the secondary

	Ingest     ingest.Config
	Tail       tail.Config
	Reading    readpath.Config
	Compaction compaction.Config
	Work       work.Config
	Status     status.Config
}

// Observers hear of what happens in the use cases.
type Observers struct {
	Ingest ingest.Observer
	Work   work.Log // nil: nobody
}

// Node is the use cases of one process.
type Node struct {
	Clock      *bounds.Clock
	Horizons   *bounds.Horizons
	Tail       *tail.Tail
	Ingest     *ingest.Service
	Query      *query.Service
	Compaction *compaction.Service
	Retention  *retention.Service
	Sweep      *sweep.Service
	Work       *work.Service
	Status     *status.Service
}

// New makes a node. Nothing of it runs by itself: requests call Ingest and Query, and whoever works runs Work.
func New(cfg Config, p Ports, o Observers) *Node {
	if cfg.Retention == nil {
		cfg.Retention = func(telemetry.Tenant) time.Duration { return 0 }
	}
	cfg.Ingest.Shards, cfg.Reading.Shards = cfg.Shards, cfg.Shards
	cfg.Ingest.Bound, cfg.Compaction.Bound = cfg.Bound, cfg.Bound
	cfg.Reading.Retention, cfg.Compaction.Retention = cfg.Retention, cfg.Retention
	cfg.Compaction.Settling = cfg.Settling
	cfg.Status.Shards, cfg.Status.Journal = cfg.Shards, p.Region
	front, back := p.Requests, p.Background
	followed := front
	if cfg.Worker {
		followed = back
	}
	n := &Node{Clock: bounds.NewClock(back.Directory, p.Sched)} // what it hears stays in the process
	n.Horizons = bounds.NewHorizons(cfg.Retention, front.Rows, n.Clock, p.Sched)
	// The writer hints at work, work reads the tail, and the tail tells the writer.
	n.Tail = tail.New(cfg.Tail, followed.Journal, followed.Directory, p.Sched,
		func(s telemetry.Stamp) { n.Ingest.Observe(s) })
	n.Compaction = compaction.New(cfg.Compaction, compaction.Stores{Journal: back.Journal, Directory: back.Directory,
		Tail: n.Tail, Rows: back.Rows, Agreed: back.Agreed}, p.Sched)
	n.Retention = retention.New(retention.Config{Settling: cfg.Settling, Keep: cfg.Retention}, back.Directory,
		back.Rows, p.Sched)
	n.Sweep = sweep.New(back.Journal, back.Directory, cfg.DeadAfter)
	n.Work = work.New(cfg.Work, back.Queue, back.Poison, work.Uses{Compaction: n.Compaction,
		Retention: n.Retention, Sweep: n.Sweep, Directory: back.Directory}, back.Rows, p.Sched, p.Names, o.Work)
	n.Ingest = ingest.New(cfg.Ingest, ingest.One(p.Region, front.Journal, front.Directory),
		p.Sched, func() telemetry.Writer { return telemetry.Writer(p.Names()) }, n.Work.Hint, o.Ingest)
	n.Query = query.New(readpath.New(cfg.Reading, n.Tail, front.Rows, p.Cache, p.Sched))
	n.Status = status.New(cfg.Status, status.Stores{Directory: front.Directory, Accounts: front.Rows},
		status.Uses{Tail: n.Tail, Work: n.Work, Clock: n.Clock}, p.Sched)
	return n
}
