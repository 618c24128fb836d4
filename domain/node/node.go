// Package node joins the use cases of one process over its ports, in one function: what a process of the service runs
// and what world proves are the same.
package node

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/continuity"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/reach"
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

// Stores are the ports of a region's storage, and the journal of the other region.
type Stores struct {
	Journal   journal.Journal
	Directory journal.Directory
	Far       journal.Site // without a Journal: there is one journal
	Rows      *bounds.Accounts
	Queue     queue.Queue
	Poison    queue.Queue
	Agreed    func(context.Context) error // compaction.Stores.Agreed; nil: nobody is asked
	// Belongs is asked before a sweep: an error says that the journals are not what this process takes them for, which
	// sweeps nothing then. nil: nobody is asked
	Belongs func(context.Context) error
}

// Ports are what a node needs.
type Ports struct {
	Region     region.Name // of the journal
	Generation string      // of the only journal, if one beside it was retired; else ""
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
	Worker    bool                                 // it answers no requests: its tails are read for background work
	Journal   int64                                // bytes of the journal over which it takes no more; 0 is no bound

	Settling bounds.Settling // when a version of a row counts as being on the secondary
	Lease    time.Duration   // for how long two journals count as a pair once read; 0 is continuity.DefaultLease

	Ingest     ingest.Config
	Tail       tail.Config // of each journal: where there are two, Keep bounds the memory of each
	Reading    readpath.Config
	Compaction compaction.Config
	Work       work.Config
	Status     status.Config
}

// Observers hear of what happens in the use cases.
type Observers struct {
	Ingest ingest.Observer
	Work   work.Log // nil: nobody
	// Reached hears what is decided of the journals, where there are two, and of the accounts that have a secondary. It
	// does not wait for anything. nil: nobody
	Reached func(region.Decision)
}

// Node is the use cases of one process.
type Node struct {
	Clock      *bounds.Clock
	Horizons   *bounds.Horizons
	Tail       *tail.Tail // of the near journal: what compaction, status and metrics go by
	FarTail    *tail.Tail // of the other one, for questions while the near one does not answer; nil where there is one
	Ingest     *ingest.Service
	Query      *query.Service
	Compaction *compaction.Service
	Retention  *retention.Service
	Continuity *continuity.Service // nil where there is one journal
	Pairing    *continuity.Pairing // nil where there is one journal
	Told       *continuity.Told    // up to when both journals are the same, whoever sweeps; nil where there is one
	Reach      *reach.Watch        // of the journals, as requests find them; nil where there is one
	Accounts   *reach.Watch        // of the accounts that have a secondary to be read; nil where none has
	Risk       *status.Risk        // nil where there is one journal
	Work       *work.Service
	Status     *status.Service

	sched sched.Scheduler
	sites []journal.Site // of two journals, as requests use them

	secondaries *secondaries // nil where no account has one
}

// New makes a node. Nothing of it runs by itself: requests call Ingest and Query, whoever works runs Work, and whoever
// answers requests runs Watch.
func New(cfg Config, p Ports, o Observers) *Node {
	if cfg.Retention == nil {
		cfg.Retention = func(telemetry.Tenant) time.Duration { return 0 }
	}
	cfg.Ingest.Shards, cfg.Reading.Shards = cfg.Shards, cfg.Shards
	cfg.Ingest.Bound, cfg.Compaction.Bound = cfg.Bound, cfg.Bound
	cfg.Reading.Retention, cfg.Compaction.Retention = cfg.Retention, cfg.Retention
	cfg.Compaction.Settling = cfg.Settling
	cfg.Reading.Ahead = cmp.Or(cfg.Ingest.MaxAhead, ingest.DefaultMaxAhead) + cfg.Settling.WithDefaults().Margin
	cfg.Status.Shards, cfg.Status.Journal = cfg.Shards, p.Region
	front, back := p.Requests, p.Background
	n := &Node{sched: p.Sched, Clock: bounds.NewClock(back.Directory, p.Sched)} // what it hears stays in the process
	read := front.Rows                                                          // as questions read it
	if cfg.Journal > 0 {
		cfg.Ingest.Full = func() error { return full(n.Tail.Held().Bytes, cfg.Journal) }
	}
	if !cfg.Worker {
		n.secondaries = newSecondaries(front.Rows, p.Sched, o.Reached)
	}
	if n.secondaries != nil {
		n.Accounts, read = n.secondaries.watch, n.secondaries.accounts
		cfg.Reading.Endpoints = n.secondaries.choices
	}
	n.Horizons = bounds.NewHorizons(cfg.Retention, read, n.Clock, p.Sched)
	sites := ingest.One(p.Region, front.Journal, front.Directory)
	followed := ingest.One(p.Region, back.Journal, back.Directory).All
	var sweeper work.Sweeper = sweep.New(back.Journal, back.Directory, cfg.DeadAfter)
	var elsewhere compaction.Elsewhere
	var pair *status.Pair
	if back.Far.Journal != nil {
		followed = append(followed, back.Far)
		sites = n.pair(sites.All[0], front.Far, cfg.Lease, o.Reached)
		n.Continuity = continuity.New(continuity.Config{Idle: cfg.DeadAfter, Unfilled: n.Pairing.Unfilled}, followed[0],
			back.Far, p.Sched)
		n.Told = continuity.NewTold(n.Pairing, n.Continuity.Even)
		sweeper, elsewhere = n.Continuity, continuity.NewElsewhere(back.Far, p.Sched)
		cfg.Reading.Mode, cfg.Reading.Even, cfg.Reading.Away = n.Reach.Mode, n.Told.Even, n.lost
		cfg.Reading.May = n.Pairing.Readable
		n.Risk = status.NewRisk(n.Told.Even)
		o.Ingest = counted(n.Risk, o.Ingest)
		pair = &status.Pair{Far: front.Far.Region, Holds: n.Pairing.Holds, Even: n.Told.Even,
			Copied: n.Continuity.Copied, Risk: n.Risk}
	}
	if back.Belongs != nil {
		sweeper = asked{sweeper, back.Belongs}
	}
	if !cfg.Worker {
		followed = sites.All // of two behind guards: a question does not wait for a journal that is away
	}
	journals := n.follow(cfg.Tail, followed, p.Generation)
	stores := compaction.Stores{Journal: back.Journal, Directory: back.Directory, Tail: n.Tail, Rows: back.Rows,
		Agreed: back.Agreed, Elsewhere: elsewhere}
	n.Compaction = compaction.New(cfg.Compaction, stores, p.Sched)
	n.Retention = retention.New(retention.Config{Settling: cfg.Settling, Keep: cfg.Retention}, back.Directory,
		back.Rows, p.Sched)
	n.Work = work.New(cfg.Work, back.Queue, back.Poison, work.Uses{Compaction: n.Compaction,
		Retention: n.Retention, Sweep: sweeper, Directory: back.Directory}, back.Rows, p.Sched, p.Names, o.Work)
	n.Ingest = ingest.New(cfg.Ingest, sites, p.Sched,
		func() telemetry.Writer { return telemetry.Writer(p.Names()) }, n.Work.Hint, o.Ingest)
	n.Query = query.New(readpath.New(cfg.Reading, journals, read, p.Cache, p.Sched))
	n.Status = status.New(cfg.Status, status.Stores{Directory: front.Directory, Accounts: front.Rows,
		Watch: n.Reach}, status.Uses{Tail: n.Tail, Work: n.Work, Clock: n.Clock, Pair: pair}, p.Sched)
	return n
}

// pair is the journals of two regions as requests write to them: behind guards, which do not wait for one that is away,
// and acknowledged as both only while they are known to be a pair.
func (n *Node) pair(near, far journal.Site, lease time.Duration, decided func(region.Decision)) ingest.Sites {
	n.Reach = reach.NewWatch(reach.WatchConfig{Journals: []region.Name{near.Region, far.Region},
		Decided: decided}, n.sched)
	guarded := func(of journal.Site) journal.Site {
		g := n.Reach.Guard(region.JournalOf(of.Region), reach.Config{})
		return journal.Site{Region: of.Region, Journal: reach.Journal(of.Journal, g),
			Directory: reach.Directory(of.Directory, g)}
	}
	near, far = guarded(near), guarded(far)
	n.sites = []journal.Site{near, far}
	n.Pairing = continuity.NewPairing(near, far, lease, n.sched)
	return ingest.Sites{All: n.sites, Paired: n.Pairing.Holds, Up: func(r region.Name) bool {
		h := n.Reach.Health(region.JournalOf(r))
		return h == region.Well || h == region.Unknown
	}}
}

// lost reports whether the journal of a region is known not to answer. Watch asks for it then: so it is known, too,
// when it is back, although nobody reads it.
func (n *Node) lost(r region.Name) bool { return n.Reach.Health(region.JournalOf(r)) == region.Lost }

// follow makes the tails of one journal or of two, as questions are opened over them. The writer hints at work, work
// reads the near tail, and every tail tells the writer.
func (n *Node) follow(cfg tail.Config, sites []journal.Site, generation string) []readpath.Journal {
	out := make([]readpath.Journal, len(sites))
	for i, of := range sites {
		out[i] = readpath.Journal{Region: of.Region, Tail: tail.New(cfg, of.Journal, of.Directory, n.sched,
			func(s telemetry.Stamp) { n.Ingest.Observe(s) })}
		switch {
		case n.Pairing != nil:
			out[i].Generation = func() string { return n.Pairing.Generation(of.Region) }
		case generation != "":
			out[i].Generation = func() string { return generation }
		}
	}
	n.Tail = out[0].Tail
	if len(out) > 1 {
		n.FarTail = out[1].Tail
	}
	return out
}

// full is the refusal of what a journal that holds so many bytes is not to take.
func full(held, most int64) error {
	if held < most {
		return nil
	}
	return &fault.Error{Kind: fault.Unavailable, Op: "ingest.write", RetryAfter: 30 * time.Second,
		Message: fmt.Sprintf("the journal holds %d bytes, and this node adds nothing from %d on: it does not empty "+
			"while the storage account takes nothing or has no tidemark, and the status says which; nothing was "+
			"stored, send it again later", held, most)}
}

// Watches reports whether there is anything to watch: two journals, or an account with a secondary to be read.
func (n *Node) Watches() bool { return n.Reach != nil || n.secondaries != nil }

// Watch keeps up what the node knows of its storage until the context ends: whether two journals are a pair, which of
// them answer, which endpoints of accounts do, and when a secondary was live.
func (n *Node) Watch(ctx context.Context) {
	all := sched.NewGroup(ctx, n.sched, 0)
	if n.Reach != nil {
		n.watchJournals(all)
	}
	if n.secondaries != nil {
		all.Go(n.secondaries.run)
	}
	_ = all.Wait()
}

// watchJournals keeps up what the node knows of two journals.
func (n *Node) watchJournals(all *sched.Group) {
	ask := map[region.Endpoint]func(context.Context) error{}
	for _, of := range n.sites {
		ask[region.JournalOf(of.Region)] = func(ctx context.Context) error {
			_, err := of.Directory.Now(ctx)
			return err
		}
	}
	all.Go(func(ctx context.Context) error { return n.Reach.Run(ctx, ask) })
	all.Go(func(ctx context.Context) error {
		n.Pairing.Watch(ctx)
		return nil
	})
	all.Go(func(ctx context.Context) error {
		n.Told.Watch(ctx)
		return nil
	})
	all.Go(func(ctx context.Context) error {
		for {
			_, turned := n.Reach.Turned()
			if err := turned.Wait(ctx); err != nil {
				return err
			}
			n.Ingest.Lost() // what waits for a journal that was lost need not
		}
	})
}

// asked is a sweeper that asks before each sweep.
type asked struct {
	work.Sweeper
	first func(context.Context) error
}

// Sweep implements work.Sweeper.
func (a asked) Sweep(ctx context.Context) (sweep.Swept, error) {
	if err := a.first(ctx); err != nil {
		return sweep.Swept{}, err
	}
	return a.Sweeper.Sweep(ctx)
}
