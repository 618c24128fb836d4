package world

import (
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/sweep"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/cache"
	"tidemark/simulator/path"
	"tidemark/simulator/twin"
	"time"
)

// Settings are the knobs of nodes that schedules turn.
type Settings struct {
	Ingest     ingest.Config
	Compaction compaction.Config
	Query      query.Config
	Tail       tail.Config
	StreamIdle time.Duration // as sweep.New takes it
	Work       work.Config
	NoCache    bool
	Clock      func() time.Duration // how far its machine's clock is ahead; nil: it is right
}

// Start starts a node.
func (w *World) Start(set Settings) *Node {
	p := &path.Path{Sched: w.Sched, Sender: path.NewProcess(w.Sched), Rules: w.Rules, Ground: w.ground,
		Patience: patience}
	at := twin.Through(p, string(east),
		func() string { return string(w.Account.Endpoints().Primary.Region) },
		func() string { return string(w.Account.Endpoints().Secondary.Region) },
		twin.Ports{Journal: slow{w.Journal, w}, Directory: w.Journal, Rows: w.Rows, Account: w.tide, Queue: w.Queue,
			Poison: w.Poison, Cache: w.Cache})
	geo := bounds.Account{Rows: at.Rows, Tide: asked{at.Account, w}}
	accountOf := func(telemetry.Tenant, telemetry.Day) bounds.Account { return geo }
	clock := on(w.Sched, set.Clock)
	var in *ingest.Service
	observe := func(s telemetry.Stamp) { in.Observe(s) }
	t := tail.New(set.Tail, at.Journal, at.Directory, clock, observe)
	c := compaction.New(set.Compaction, compaction.Stores{Journal: at.Journal, Directory: at.Directory, Tail: t,
		AccountOf: accountOf}, clock)
	sw := sweep.New(at.Journal, at.Directory, set.StreamIdle)
	wk := work.New(set.Work, at.Queue, at.Poison, work.Uses{Compaction: c, Sweep: sw, Directory: at.Directory}, at.Rows, clock, func() string { return string(w.writer()) }, nil)
	in = ingest.New(set.Ingest, ingest.Log{Region: "east", Journal: at.Journal, Directory: at.Directory}, clock,
		w.writer, wk.Hint, ingest.Observer{})
	var cached cache.Cache = at.Cache
	if set.NoCache {
		cached = nil
	}
	return &Node{Ingest: in, Compaction: c, Sweep: sw, Work: wk, Process: p.Sender, path: p,
		Query: query.New(set.Query, t, accountOf, cached, clock)}
}
