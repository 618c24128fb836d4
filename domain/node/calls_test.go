package node_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/node"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// hop is how long every call of a storage takes while calls are counted: so the time that something takes, in hops, is
// its longest chain of calls that wait for one another.
const hop = time.Millisecond

// ledger counts the calls of a pair's storages, by the place and the operation.
type ledger struct {
	p     *pair
	began time.Time
	calls map[string]map[string]int
}

// count begins to count.
func (p *pair) count() *ledger {
	l := &ledger{p: p, began: p.sched.Now(), calls: map[string]map[string]int{}}
	at := func(place string) memory.FaultFunc {
		l.calls[place] = map[string]int{}
		return func(op string) memory.Fault {
			l.calls[place][op]++
			_ = p.sched.Sleep(context.Background(), hop)
			return memory.FaultNone
		}
	}
	for r, j := range p.at {
		j.SetFault(at(string(r)))
	}
	p.rows.SetFault(at("account"))
	return l
}

// stop ends the counting, and gives the longest chain.
func (l *ledger) stop() (deep int) {
	for r := range l.p.at {
		l.p.heal(r)
	}
	l.p.rows.SetFault(nil)
	return int(l.p.sched.Now().Sub(l.began) / hop)
}

// of is how many calls went to a place, of these operations or of all.
func (l *ledger) of(place string, ops ...string) (n int) {
	for op, times := range l.calls[place] {
		if len(ops) == 0 || slices.Contains(ops, op) {
			n += times
		}
	}
	return n
}

func (l *ledger) String() string {
	var out []string
	for _, place := range slices.Sorted(maps.Keys(l.calls)) {
		out = append(out, fmt.Sprintf("%s %v", place, l.calls[place]))
	}
	return strings.Join(out, ", ")
}

// requests is what an operation costs of requests to tables at most, where that is more than one
// (TestCallsOfAnOperation of adapters/aztable). A drop that is the last of a sealed stream hides it, and so does a seal
// of one that was dropped before: either way the two together are eight.
var requests = map[string]int{"journal.end": 3, "journal.seal": 4, "journal.drop": 4}

// ofStreams are the operations on one stream: of those that write it, and of those that read it.
var (
	writing = []string{"journal.append", "journal.end", "journal.seal", "journal.drop", "journal.fill"}
	reading = []string{"journal.read", "journal.heads", "journal.state"}
)

// cost is how many requests went to a place with these operations.
func (l *ledger) cost(place string, ops ...string) (n int) {
	for _, op := range ops {
		n += l.of(place, op) * max(1, requests[op])
	}
	return n
}

// most fails the test where something took more than it may, and tells it in either case.
func most(t *testing.T, what string, got, want int) {
	t.Helper()
	t.Logf("%s: %d", what, got)
	if got > want {
		t.Errorf("%s: %d, want %d at most", what, got, want)
	}
}

// work has the node work in the background, and watch.
func (p *pair) work(ctx context.Context) {
	p.watch(ctx)
	p.sched.Go("work", func() { p.n.Work.Run(ctx) })
	p.sched.Go("sweep", func() { p.n.Work.Sweep(ctx, func(context.Context) error { return nil }) })
}

// ask asks a node for a day of a series that has so many readings.
func (p *pair) ask(ctx context.Context, n *node.Node, readings int) {
	p.Helper()
	page, err := n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: of("m"), To: 24 * int64(time.Hour),
		Limit: 1000})
	p.must(err)
	if len(page.Times) != readings {
		p.Errorf("%d readings, want %d", len(page.Times), readings)
	}
}

// TestCalls counts what two journals cost in calls; docs/continuity.md has the figures.
func TestCalls(t *testing.T) {
	for name, test := range map[string]func(context.Context, *testing.T, *pair){
		"a block into open streams": callsOfABlock,
		"a question of a day":       callsOfAQuestion,
		"a sweep in sync":           callsOfASweep,
		"idle shards":               callsOfIdleShards,
		"the life of a stream":      callsOfALife,
	} {
		t.Run(name, func(t *testing.T) {
			inPair(t, "east", "west", true, func(ctx context.Context, p *pair) { test(ctx, t, p) })
		})
	}
}

// callsOfABlock: one batch a journal, and nothing else.
func callsOfABlock(ctx context.Context, t *testing.T, p *pair) {
	p.must(p.n.Pairing.Read(ctx))
	p.put(ctx, 1, telemetry.DurableBoth)
	l := p.count()
	p.put(ctx, 2, telemetry.DurableBoth)
	l.stop()
	most(t, "batches", l.of("east", "journal.append")+l.of("west", "journal.append"), 2)
	most(t, "other calls", l.of("east")+l.of("west")+l.of("account"), 2)
}

// callsOfAQuestion: of a day that is folded, but for the last block of a stream that is open.
func callsOfAQuestion(ctx context.Context, t *testing.T, p *pair) {
	p.must(p.n.Pairing.Read(ctx))
	p.put(ctx, 1, telemetry.DurableBoth)
	p.settle(ctx)
	p.put(ctx, 2, telemetry.DurableBoth)
	p.ask(ctx, p.n, 2) // which makes it warm
	count := func(what string, n *node.Node, readings, calls, deep int) {
		t.Helper()
		p.must(n.Pairing.Read(ctx)) // as Watch does for every node, whoever asks
		l := p.count()
		p.ask(ctx, n, readings)
		chain := l.stop()
		most(t, what+": local calls", l.of("east")+l.of("account"), calls)
		most(t, what+": one after another", chain, deep)
		most(t, what+": far calls", l.of("west"), 0)
		t.Log(l)
	}
	count("a warm node", p.n, 2, 7, 3)
	count("a fresh node beside an open stream", p.start("east", false), 2, 11, 7)
	_ = p.sched.Sleep(ctx, time.Minute) // the stream is ended
	p.settle(ctx)
	count("a fresh node", p.start("east", false), 2, 9, 5)
	p.ask(ctx, p.n, 2)
	count("a warm node without an open stream", p.n, 2, 6, 3)
}

// callsOfASweep: of one shard with an open stream in which nothing moves.
func callsOfASweep(ctx context.Context, t *testing.T, p *pair) {
	p.must(p.n.Pairing.Read(ctx))
	p.put(ctx, 1, telemetry.DurableBoth)
	p.sweep(ctx)
	l := p.count()
	_, err := p.n.Continuity.Sweep(ctx)
	p.must(err)
	l.stop()
	for r := range p.at {
		most(t, string(r)+": reads of a stream", l.of(string(r), reading...), 0)
		most(t, string(r)+": indexes, of three days", l.of(string(r), "journal.index"), 3)
		most(t, string(r)+": clock and shards", l.of(string(r))-l.of(string(r), "journal.index"), 2)
	}
	most(t, "account", l.of("account"), 0)
}

// callsOfIdleShards: a sweep reads the indexes of three days of each in both journals, and nothing else of it. That a
// shard is idle nobody can know without: a birth writes nothing but rows of its own shard and day.
func callsOfIdleShards(ctx context.Context, t *testing.T, p *pair) {
	const shards, days, minutes = 1000, 3, 10
	for i := range shards {
		for _, j := range p.at {
			p.must(j.Register(ctx, telemetry.Shard{Tenant: "idle", Index: uint16(i)}, telemetry.DayOf(p.sched.Now())))
		}
	}
	p.work(ctx)
	_ = p.sched.Sleep(ctx, time.Minute)
	l := p.count()
	_ = p.sched.Sleep(ctx, minutes*time.Minute)
	l.stop()
	const sweeps = minutes*60/15 + 1 // or less: one of so many takes its time
	for r := range p.at {
		most(t, string(r)+": indexes in ten minutes", l.of(string(r), "journal.index"), sweeps*days*shards)
		most(t, string(r)+": reads of a stream", l.of(string(r), reading...), 0)
		most(t, string(r)+": other calls", l.of(string(r))-l.of(string(r), "journal.index"), minutes*60*2)
		t.Logf("%s: %d calls a second", r, l.of(string(r))/(minutes*60))
	}
	most(t, "account", l.of("account"), minutes*60)
}

// callsOfALife: from a birth of one block, of a shard and a day that are known, until nothing is left, with background
// work beside it all the time.
func callsOfALife(ctx context.Context, t *testing.T, p *pair) {
	p.work(ctx)
	p.put(ctx, 1, telemetry.DurableBoth)
	_ = p.sched.Sleep(ctx, 3*time.Minute)
	l := p.count()
	p.put(ctx, 2, telemetry.DurableBoth)
	_ = p.sched.Sleep(ctx, 3*time.Minute)
	l.stop()
	for r, j := range p.at {
		idx, err := j.Index(ctx, shard, telemetry.DayOf(p.sched.Now()))
		p.must(err)
		if len(idx.Streams) > 0 || l.of(string(r), "journal.drop") == 0 {
			t.Errorf("%s: %+v is left, %v", r, idx.Streams, l)
		}
		t.Logf("%s: %d requests write, %d read", r, l.cost(string(r), writing...), l.cost(string(r), reading...))
		most(t, string(r)+": requests", l.cost(string(r), writing...)+l.cost(string(r), reading...), 14)
	}
}
