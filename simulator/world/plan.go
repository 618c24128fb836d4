package world

import "time"

// Plan says what a schedule does. Everything else comes from the seed.
type Plan struct {
	Nodes int // started at first; a killed one is replaced
	// Regions is in how many regions nodes and journals are: one, if it is zero. In two every other node is in the
	// west.
	Regions    int
	Clients    int           // each writes, reads and deletes, one thing after another
	For        time.Duration // virtual
	From       time.Duration // before it no client does anything
	Pause      time.Duration // of a client between two calls is less than that; 0 is 2 s
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
	Amends     float64 // share of the operations that write a reading and at once another value for it
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
	Idle       float64       // share of the nodes, but the first of each region, that only answer requests
	Lag        time.Duration // of the account's replication; 0 is an account without
	Failovers  int           // unplanned ones: what had not replicated is gone
	Second     bool          // a second account keeps the chunks of the years from the middle of the readings' day on
	Clerks     int           // clients of the account itself: its rows, its secondary, its Last Sync Time

	// Drawn has faults drawn from a mix that is drawn itself, within what is promised, instead of those above.
	Drawn bool
	// Strikes has faults wait for phases of the program, beside those that are drawn.
	Strikes bool
	// Loss has the east be lost for good, at some time, and the account fail over.
	Loss bool
	// Wiped has the journal of a region be emptied under load, and another one take its place; then, mostly, the other
	// region is lost for good.
	Wiped bool

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
	p.Lag, p.Slots, p.Shards, p.Begin, p.Dashboards, p.Amends = 0, 40, 1, 0, 0, 0.2
	return p
}()

// LossPlan has two regions, of which one is lost for good.
var LossPlan = func() Plan {
	p := TwoPlan
	p.Loss, p.Clerks = true, 0
	return p
}()

// WipedPlan has two regions, the journal of one of which is emptied while nodes run.
var WipedPlan = func() Plan {
	p := TwoPlan
	p.Wiped, p.Strikes, p.Clerks, p.For = true, false, 0, 150*time.Second
	return p
}()

// TwoPlan has nodes and journals in two regions.
var TwoPlan = func() Plan {
	p := DrawnPlan
	p.Regions, p.Nodes, p.Clients, p.Idle, p.Strikes = 2, 4, 6, 0.5, true
	return p
}()

// ChurnPlan is short and rough: processes come and go all the time, appends are held and overtake one another, calls
// fail, and clients write the same few readings over and over.
var ChurnPlan = func() Plan {
	p := DefaultPlan
	p.For, p.Clients, p.Sources, p.Slots, p.Deletions, p.ChunkSplit = 100*time.Second, 6, 3, 14, 0.1, 6
	p.Kills, p.Freezes, p.FaultRate, p.HoldRate, p.Amends = 8, 4, 0.05, 0.15, 0.1
	return p
}()

// PartsPlan is the one with failovers, of sources whose rows, and the deletions of whose metrics, are split among
// parts all the time.
var PartsPlan = func() Plan {
	p := FailoverPlan
	p.Metrics, p.SourceSplit, p.Deletions, p.ChunkSplit, p.FineSplit, p.Failovers = 9, 200, 0.2, 30, 0, 2
	return p
}()

// AccountsPlan is the drawn one over two accounts, the second of which begins in the middle of the day that most
// readings are of.
var AccountsPlan = func() Plan {
	p := DrawnPlan
	p.Second = true
	return p
}()
