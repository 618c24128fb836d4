package world

import (
	"cmp"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/node"
	"tidemark/domain/region"
	"tidemark/ports/journal"
	"tidemark/simulator/georep"
	"tidemark/simulator/path"
	"tidemark/simulator/twin"
	"tidemark/simulator/world/internal/machine"
	"tidemark/simulator/world/internal/slow"
	"tidemark/simulator/world/phases"
)

// Settings are the knobs of nodes that schedules turn.
type Settings struct {
	node.Config
	Region  georep.Region // where it stands; "" is the east
	NoCache bool
	Clock   func() time.Duration // how far its machine's clock is ahead; nil: it is right
}

// Start starts a node.
func (w *World) Start(set Settings) *Node {
	p := &path.Path{Sched: w.Sched, Sender: path.NewProcess(w.Sched), Rules: w.Rules, Ground: w.ground,
		Patience: patience}
	d := w.phases.Begin()
	p.Begins, p.Suffers = d.Begins, d.Suffers
	in := cmp.Or(set.Region, east)
	at := twin.Through(p, string(in),
		func() string { return string(w.Account.Endpoints().Primary.Region) },
		func() string { return string(w.Account.Endpoints().Secondary.Region) },
		w.ports(in))
	at.Account = asked{at.Account, w}
	first := bounds.Account{Name: "geo", Rows: at.Rows, Secondary: at.Secondary, Tide: at.Account}
	stores := node.Stores{Journal: at.Journal, Directory: at.Directory, Rows: w.accounts(p, in, first), Far: at.Far,
		Queue: at.Queue, Poison: at.Poison}
	front, back := phases.Mark(stores)
	ports := node.Ports{Region: region.Name(in), Requests: front, Background: back, Cache: at.Cache,
		Sched: machine.On(w.Sched, set.Clock), Names: func() string { return string(w.writer()) }}
	if set.NoCache {
		ports.Cache = nil
	}
	return &Node{Node: node.New(set.Config, ports, node.Observers{}), Process: p.Sender, path: p, doing: d, in: in}
}

// ports are the storages as a process in a region is to have them, past every path.
func (w *World) ports(in georep.Region) twin.Ports {
	reading := slow.Reading{Sched: w.Sched, Rand: w.Rand, Most: func() time.Duration { return w.SlowRead }}
	here := w.site(in)
	near := here.Journal.Another()
	p := twin.Ports{Journal: slow.Journal(near, reading), Directory: near, Rows: w.Rows, Account: w.tide,
		Queue: here.Queue, Poison: here.Poison, Cache: here.Cache}
	if w.West != nil {
		there := map[georep.Region]georep.Region{east: west, west: east}[in]
		far := w.site(there).Journal.Another()
		p.Secondary = twin.NewSecondary(w.Sched, w.Account, w.store)
		p.Far = journal.Site{Region: region.Name(there), Journal: slow.Journal(far, reading), Directory: far}
	}
	return p
}
