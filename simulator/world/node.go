package world

import (
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/node"
	"tidemark/domain/region"
	"tidemark/simulator/path"
	"tidemark/simulator/twin"
)

// Settings are the knobs of nodes that schedules turn.
type Settings struct {
	node.Config
	NoCache bool
	Clock   func() time.Duration // how far its machine's clock is ahead; nil: it is right
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
	at.Account = asked{at.Account, w}
	first := bounds.Account{Name: "geo", Rows: at.Rows, Tide: at.Account}
	stores := node.Stores{Journal: at.Journal, Directory: at.Directory, Rows: w.accounts(p, first),
		Queue: at.Queue, Poison: at.Poison}
	ports := node.Ports{Region: region.Name(east), Requests: stores, Background: stores, Cache: at.Cache,
		Sched: on(w.Sched, set.Clock), Names: func() string { return string(w.writer()) }}
	if set.NoCache {
		ports.Cache = nil
	}
	return &Node{Node: node.New(set.Config, ports, node.Observers{}), Process: p.Sender, path: p}
}
