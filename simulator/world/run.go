package world

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/node"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/inject/schedule"
	"tidemark/simulator/world/internal/succession"
	"tidemark/simulator/world/phases"
)

// run is a schedule under way. One actor runs at a time: no locks.
type run struct {
	w     *World
	seed  uint64
	west  *rand.Rand // what came to the world last: it changes nothing that is drawn for the rest
	plan  Plan
	nodes []*Node
	rec   *recorder
	names map[*Node]string
	began time.Time
	value float64
	over  bool
	gone  georep.Region     // is lost, for good
	down  bool              // every node is stopped, and none is to start
	wiped *succession.Wiped // what happens to a journal that is emptied; nil: nothing does
	far   int               // questions that were answered from the journal of the other region
	// the same from the secondary of the account, and of these in a world that has lost a region
	secondary, outlived int
	told                int             // answers of nodes without a worker that vouch for what was acknowledged one
	idle                map[string]bool // nodes that only answer requests
	left                int
	err                 error // what kept the faults from being carried out

	faults  schedule.Schedule
	waiting []phases.Strike
	struck  schedule.Schedule // what has come of those that waited
	lost    schedule.Schedule // the region that is lost for good, for what is promised beside that
	clocks  schedule.Schedule // those of the faults that are of clocks
}

// background starts an actor that is waited for before the world comes to rest.
func (r *run) background(name string, do func()) {
	r.left++
	r.w.Sched.Go(name, func() {
		defer func() { r.left-- }()
		do()
	})
}

// visitor starts one who does something, when the plan has clients begin.
func (r *run) visitor(ctx context.Context, name string, do func()) {
	r.background(name, func() {
		if r.plan.From > 0 {
			_ = r.w.Sched.Sleep(ctx, r.plan.From)
		}
		do()
	})
}

// node is the process of a name that runs now, or was killed last.
func (r *run) node(name string) *Node {
	for i, n := range r.nodes {
		if r.plan.nodeName(i) == name {
			return n
		}
	}
	return nil
}

// doing is what the process of a name is at work on; nil: there is none.
func (r *run) doing(name string) *phases.Process {
	if n := r.node(name); n != nil {
		return n.doing
	}
	return nil
}

// start starts a node on a machine of the name.
func (r *run) start(name string) *Node { return r.launch(name, r.settings()) }

// in are the settings for a node in the region that its name begins with.
func (s Settings) in(name string) Settings {
	if region, _, found := strings.Cut(name, "/"); found {
		s.Region = georep.Region(region)
	}
	return s
}

// settings are those of the plan's next node.
func (r *run) settings() Settings {
	keep := func(telemetry.Tenant) time.Duration { return r.plan.Keep }
	set := Settings{Config: node.Config{Shards: r.plan.Shards, Bound: 30 * time.Second, Retention: keep,
		DeadAfter: 20 * time.Second,
		Ingest:    ingest.Config{Idle: 15 * time.Second},
		Compaction: compaction.Config{ChunkReadings: r.plan.ChunkSplit, FineReadings: r.plan.FineSplit,
			SourceBytes: r.plan.SourceSplit},
		Tail: tail.Config{Keep: r.plan.Memory},
		Work: work.Config{PurgeEvery: 20 * time.Second, RetainEach: 30 * time.Second},
	}}
	if r.plan.Memory > 0 {
		set.Compaction.PassBytes = int(r.plan.Memory / 2)
		set.Tail.Parallel = 1 // what was not read in time is whole streams
	}
	set.NoCache = r.plan.Cacheless > 0 && r.w.Rand.Float64() < r.plan.Cacheless
	return set
}

func (r *run) launch(name string, set Settings) *Node {
	if slices.ContainsFunc(r.clocks, func(e schedule.Entry) bool { return e.Fault.(inject.Clock).Of == name }) {
		set.Clock = func() time.Duration { return r.ahead(name) }
	}
	n := r.w.Start(set.in(name))
	r.names[n] = fmt.Sprintf("n%d", len(r.names)+1)
	ctx := context.Background()
	if n.idle = r.idle[name]; !n.idle {
		r.w.Sched.Go("worker", func() { n.Work.Run(ctx) })
		r.w.Sched.Go("sweeper", func() { n.Work.Sweep(ctx, func(context.Context) error { return nil }) })
	}
	if n.Watches() {
		r.w.Sched.Go("watch", func() { n.Watch(ctx) })
	}
	return n
}

// rest has some of the nodes only answer requests, from now on and whenever they are started.
func (r *run) rest() {
	for i := max(1, r.plan.Regions); i < r.plan.Nodes; i++ {
		r.idle[r.plan.nodeName(i)] = r.plan.Idle > 0 && r.west.Float64() < r.plan.Idle
	}
}

// ahead is how far the clock of a region or of a node's machine is ahead, until everything is healed.
func (r *run) ahead(of string) time.Duration {
	past := r.w.Sched.Now().Sub(r.began)
	if len(r.clocks) == 0 || past >= r.plan.For {
		return 0
	}
	return r.clocks.Ahead(of, past)
}

// survivors are the nodes that are there still.
func (r *run) survivors() (nodes []*Node) {
	for i, n := range r.nodes {
		if r.plan.regionOf(i) != r.gone {
			nodes = append(nodes, n)
		}
	}
	return nodes
}

func (r *run) pick() *Node {
	all := r.survivors()
	return all[r.w.Rand.IntN(len(all))]
}

// lull reports whether nobody writes.
func (r *run) lull() bool {
	at := r.w.Sched.Now().Sub(r.began) - r.plan.For/3
	return 0 <= at && at < r.plan.Lull
}

func (r *run) series(i int) telemetry.Series {
	if n := r.plan.Metrics; n > 1 {
		source, metric := fmt.Sprintf("s%d", i/n), fmt.Sprintf("m%d", i%n)
		return telemetry.Series{Source: telemetry.Source(source), Metric: telemetry.Metric(metric)}
	}
	return telemetry.Series{Source: telemetry.Source(fmt.Sprintf("s%d", i)), Metric: "m"}
}

// slot is one of the times that readings have: most within a day, some years away.
func (r *run) slot() int64 {
	n := int64(r.w.Rand.IntN(r.plan.Slots))
	base := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixNano()
	if r.plan.Second {
		base = begins() - int64(r.plan.Slots/2)*int64(7*time.Minute)
	}
	if n%7 == 0 {
		return base - n%40*400*24*int64(time.Hour)
	}
	return base + n*int64(7*time.Minute)
}
