package node_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/node"
	"tidemark/domain/query"
	"tidemark/domain/readpath"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
)

// pair is a node over the journals of two regions and one account.
type pair struct {
	*testing.T
	sched  *memory.Sched
	at     map[region.Name]*memory.Journal
	firsts map[region.Name]int // how often a journal that is hurt was asked for a first day: so a snapshot begins
	rows   *memory.Rows
	gets   int // of rows
	names  int
	n      *node.Node
	want   []int64 // acknowledged both
	stores node.Stores
}

// start starts another node over the same storages, with a cache of its own.
func (p *pair) start(near region.Name, worker bool) *node.Node {
	return node.New(node.Config{Worker: worker, Settling: bounds.Settling{NoTide: time.Second}},
		node.Ports{Region: near, Requests: p.stores, Background: p.stores, Cache: memory.NewCache(p.sched, 1<<20),
			Sched: p.sched, Names: func() string { p.names++; return fmt.Sprintf("%026d", p.names) }},
		node.Observers{})
}

// inPair runs a test on a node whose near journal is that of a region, and which watches both.
func inPair(t *testing.T, near, far region.Name, worker bool, body func(ctx context.Context, p *pair)) {
	t.Helper()
	s := memory.NewSched(3)
	p := &pair{T: t, sched: s, rows: memory.NewRows(s), firsts: map[region.Name]int{},
		at: map[region.Name]*memory.Journal{"east": memory.NewJournal(s), "west": memory.NewJournal(s)}}
	p.rows.SetFault(func(string) memory.Fault { p.gets++; return memory.FaultNone })
	p.stores = node.Stores{Journal: p.at[near], Directory: p.at[near],
		Far:  journal.Site{Region: far, Journal: p.at[far], Directory: p.at[far]},
		Rows: bounds.One(p.rows, memory.NewAccount(s)), Queue: memory.NewQueue(s), Poison: memory.NewQueue(s)}
	p.n = p.start(near, worker)
	err := s.Run(func() {
		ctx, cancel := s.WithCancel(context.Background())
		p.must(p.rows.Prepare(ctx))
		for r, j := range p.at {
			peer := map[region.Name]string{"east": "west", "west": "east"}[r]
			p.must(j.Init(ctx, journal.Place{Region: string(r), Generation: string(r) + "1",
				Peer: journal.Peer{Region: peer, Generation: peer + "1"}}))
		}
		body(ctx, p)
		cancel()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// node is another process, whose near journal is that of a region.
func (p *pair) node(near, far region.Name, worker bool) *node.Node {
	s := p.sched
	stores := node.Stores{Journal: p.at[near], Directory: p.at[near],
		Far:  journal.Site{Region: far, Journal: p.at[far], Directory: p.at[far]},
		Rows: bounds.One(p.rows, memory.NewAccount(s)), Queue: memory.NewQueue(s), Poison: memory.NewQueue(s)}
	return node.New(node.Config{Worker: worker, Settling: bounds.Settling{NoTide: time.Second}},
		node.Ports{Region: near, Requests: stores, Background: stores, Cache: memory.NewCache(s, 1<<20), Sched: s,
			Names: func() string { p.names++; return fmt.Sprintf("%026d", p.names) }}, node.Observers{})
}

func (p *pair) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// watch has the node watch its journals from now on.
func (p *pair) watch(ctx context.Context) {
	p.must(p.n.Pairing.Read(ctx))
	p.sched.Go("watch", func() { p.n.Watch(ctx) })
}

func (p *pair) hurt(r region.Name, hook memory.FaultFunc) {
	p.firsts[r] = 0
	p.at[r].SetFault(func(op string) memory.Fault {
		if op == "journal.first" {
			p.firsts[r]++
		}
		return hook(op)
	})
}

func (p *pair) heal(r region.Name) { p.at[r].SetFault(nil) }

// troubles are what a journal can suffer. A call that hangs is given up by its adapter after a second.
func (p *pair) troubles() map[string]memory.FaultFunc {
	return map[string]memory.FaultFunc{
		"refuses": refuses,
		"hangs": func(string) memory.Fault {
			_ = p.sched.Sleep(context.Background(), time.Second)
			return memory.FaultFail
		},
		"resets": func(op string) memory.Fault {
			if op == "journal.read" {
				return memory.FaultFail
			}
			return memory.FaultNone
		},
	}
}

func refuses(string) memory.Fault { return memory.FaultFail }

// put writes a reading, and fails the test if it does not reach what is wanted.
func (p *pair) put(ctx context.Context, at int64, want telemetry.Durability) telemetry.Stamp {
	p.Helper()
	var b telemetry.Batch
	b.Add(b.AddSeries(of("m"), ""), at, float64(at))
	r, err := p.n.Ingest.Write(ctx, tenant, &b, ingest.Options{})
	p.must(err)
	if r.Durability != want {
		p.Errorf("reading %d is %v, want %v", at, r.Durability, want)
	}
	if r.Durability == telemetry.DurableBoth {
		p.want = append(p.want, at)
	}
	return r.Stamp
}

// from fails the test unless a question is answered from a region's journal within a time, with everything that was
// acknowledged both and these.
func (p *pair) from(ctx context.Context, when string, r region.Name, within time.Duration,
	and ...int64) readpath.Claim {
	p.Helper()
	began := p.sched.Now()
	page, err := p.n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: of("m"), From: telemetry.MinTime,
		To: telemetry.MaxTime, Limit: 1000})
	if err != nil {
		p.Fatalf("%s: %v", when, err)
	}
	want := slices.Sorted(slices.Values(slices.Concat(p.want, and)))
	if c := page.Claim; c.Region != string(r) || !slices.Equal(page.Times, want) {
		p.Errorf("%s: %v from %s, want %v from %s", when, page.Times, c.Region, want, r)
	}
	if took := p.sched.Now().Sub(began); took > within {
		p.Errorf("%s: it took %v, want %v at most", when, took, within)
	}
	return page.Claim
}

// settle has what is in the journals be folded, and dropped in both.
func (p *pair) settle(ctx context.Context) {
	p.Helper()
	for range 20 {
		res, err := p.n.Compaction.Compact(ctx, shard)
		p.must(err)
		if res.Done() {
			return
		}
		_ = p.sched.Sleep(ctx, 3*time.Second)
	}
	p.Fatal("the journal does not empty")
}

// sweep makes the journals the same, and gives how far they are then.
func (p *pair) sweep(ctx context.Context) time.Time {
	p.Helper()
	for range 3 {
		_, err := p.n.Continuity.Sweep(ctx)
		p.must(err)
		_ = p.sched.Sleep(ctx, time.Second)
	}
	return p.n.Continuity.Even()
}

// TestANodeAnswersFromTheOtherJournal while its own is away, with everything acknowledged both, and from its own when
// it is back. What was acknowledged one is in for what the node has found both journals to have.
func TestANodeAnswersFromTheOtherJournal(t *testing.T) {
	const one, both = telemetry.DurableOne, telemetry.DurableBoth
	for near, far := range map[region.Name]region.Name{"east": "west", "west": "east"} {
		for _, name := range []string{"refuses", "hangs", "resets"} {
			t.Run(string(near)+" "+name, func(t *testing.T) {
				inPair(t, near, far, false, func(ctx context.Context, p *pair) {
					p.watch(ctx)
					p.put(ctx, 1, both)
					p.settle(ctx)
					p.put(ctx, 2, both)
					p.put(ctx, 3, both)
					p.from(ctx, "at first", near, 0)
					even := p.sweep(ctx)
					p.hurt(near, p.troubles()[name])
					for range 3 { // until it is known
						c := p.from(ctx, "without the near one", far, 2100*time.Millisecond)
						if even.IsZero() || !c.AsOfOne.Equal(even) {
							t.Errorf("it is as of %v for one, the sweep said %v", c.AsOfOne, even)
						}
						_ = p.sched.Sleep(ctx, time.Second)
					}
					asked := p.firsts[near]
					for range 20 {
						p.from(ctx, "once it is known", far, 0)
						_ = p.sched.Sleep(ctx, 300*time.Millisecond)
					}
					if name == "resets" { // it answers all the rest, and takes appends: it is not known to be away
						p.put(ctx, 4, both)
						p.from(ctx, "and with another", far, 0)
					} else {
						p.put(ctx, 4, one)
						p.from(ctx, "and with another", far, 0, 4)
						if n := p.firsts[near] - asked; n > 0 {
							t.Errorf("questions asked a journal %d times that is known to be away", n)
						}
					}
					p.heal(near)
					_ = p.sched.Sleep(ctx, 30*time.Second)
					p.put(ctx, 5, both)
					p.sweep(ctx)
					p.want = []int64{1, 2, 3, 4, 5}
					p.from(ctx, "when it is back", near, 0)
				})
			})
		}
	}
}

// TestANodeWithoutAnyJournal says of both that they are away.
func TestANodeWithoutAnyJournal(t *testing.T) {
	inPair(t, "east", "west", false, func(ctx context.Context, p *pair) {
		p.watch(ctx)
		p.put(ctx, 1, telemetry.DurableBoth)
		p.hurt("east", refuses)
		p.hurt("west", refuses)
		for range 10 { // unknown first, then known
			_, err := p.n.Query.Readings(ctx, tenant, query.ReadingsQuery{Series: of("m"), To: 10, Limit: 10})
			said := fault.Message(err)
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(said, "east") || !strings.Contains(said, "west") {
				t.Errorf("both are away: %v", err)
			}
			_ = p.sched.Sleep(ctx, time.Second)
		}
		p.heal("west")
		_ = p.sched.Sleep(ctx, 2*time.Second)
		p.from(ctx, "with one of them", "west", 0)
	})
}

// TestBothTailsTellTheWriter: a block that was seen in the far journal alone is stamped before what is written
// afterwards.
func TestBothTailsTellTheWriter(t *testing.T) {
	inPair(t, "east", "west", false, func(ctx context.Context, p *pair) {
		p.watch(ctx)
		p.put(ctx, 1, telemetry.DurableBoth)
		ahead := telemetry.StampAt(p.sched.Now().Add(10 * time.Second))
		pos := telemetry.Position{Number: 1, Stream: telemetry.Stream{Shard: shard,
			Day: telemetry.DayOf(p.sched.Now()), Writer: "another"}}
		bytes, err := blockcodec.Encode(nil, &telemetry.Block{At: pos, Stamp: ahead,
			Columns: []telemetry.Column{{Series: of("m"), Times: []int64{7}, Values: []float64{7}}}})
		p.must(err)
		_, err = p.at["west"].Append(ctx, journal.Append{At: pos, Stamp: ahead, Block: bytes})
		p.must(err)
		p.hurt("east", refuses)
		p.from(ctx, "of the far one", "west", 0, 7)
		if got := p.put(ctx, 8, telemetry.DurableOne); got <= ahead {
			t.Errorf("stamped %v after a block of %v was seen", got.Time(), ahead.Time())
		}
	})
}

// TestRequestsReadBehindGuardsAndWorkersDoNot: a guard refuses calls for a while once some have failed. Who waits for
// an answer goes elsewhere; background work tries on.
func TestRequestsReadBehindGuardsAndWorkersDoNot(t *testing.T) {
	for _, worker := range []bool{false, true} {
		inPair(t, "east", "west", worker, func(ctx context.Context, p *pair) {
			p.must(p.n.Pairing.Read(ctx))
			p.put(ctx, 1, telemetry.DurableBoth)
			p.hurt("east", refuses)
			p.hurt("west", refuses)
			for range 6 {
				for _, of := range []*tail.Tail{p.n.Tail, p.n.FarTail} {
					if _, err := of.Snapshot(ctx, shard); !fault.Is(err, fault.Unavailable) {
						t.Fatalf("a journal that refuses: %v", err)
					}
				}
			}
			p.heal("east")
			p.heal("west")
			_, near := p.n.Tail.Snapshot(ctx, shard)
			_, far := p.n.FarTail.Snapshot(ctx, shard)
			if (near == nil) != worker || (far == nil) != worker {
				t.Errorf("a worker %v, right after: %v, %v", worker, near, far)
			}
		})
	}
}

// TestWhatIsNotThereYet: with two journals, nobody who asks is told that something is nowhere, as long as the other
// region may have it.
func TestWhatIsNotThereYet(t *testing.T) {
	inPair(t, "east", "west", false, func(ctx context.Context, p *pair) {
		p.must(p.n.Pairing.Read(ctx))
		err := p.n.Query.Known(ctx, tenant, of("nothing"))
		if !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "may not be known here yet") {
			t.Errorf("it is said: %v", err)
		}
	})
}
