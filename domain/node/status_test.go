package node_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/ingest"
	"tidemark/domain/node"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// TestTheStatusFollowsALossOfAJournal writes while the far journal is there, is away, and is back: mode, health and
// what is at risk follow, until a sweep has found both journals the same.
func TestTheStatusFollowsALossOfAJournal(t *testing.T) {
	s := memory.NewSched(1)
	away := false
	east, west := memory.NewJournal(s), memory.NewJournal(s, memory.WithFault(func(string) memory.Fault {
		if away {
			return memory.FaultFail
		}
		return memory.FaultNone
	}))
	heard := map[telemetry.Durability]int{}
	n := nodeOfTwo(s, east, west, ingest.Observer{Acknowledged: func(_ telemetry.Tenant, k int, r ingest.Receipt) {
		heard[r.Durability] += k
	}})
	err := s.Run(func() {
		ctx, cancel := s.WithCancel(context.Background())
		defer cancel()
		for _, p := range []struct {
			of       *memory.Journal
			in, peer string
		}{{east, "east", "west"}, {west, "west", "east"}} {
			if err := p.of.Init(ctx, journal.Place{Region: p.in, Generation: p.in + "1",
				Peer: journal.Peer{Region: p.peer, Generation: p.peer + "1"}}); err != nil {
				t.Fatal(err)
			}
		}
		watched := s.NewEvent()
		s.Go("watch", func() {
			n.Watch(ctx)
			watched.Set()
		})
		wait := func(d time.Duration) { _ = s.Sleep(ctx, d) }
		write := func(readings int) {
			var b telemetry.Batch
			for i := range readings {
				b.Add(b.AddSeries(of("m"), ""), int64(i), 1)
			}
			if _, err := n.Ingest.Write(ctx, tenant, &b, ingest.Options{}); err != nil {
				t.Fatal(err)
			}
		}
		sweep := func() { _, _ = n.Continuity.Sweep(ctx) }
		want := func(when string, mode region.Mode, far region.Health, atRisk int64, found bool) {
			t.Helper()
			r, err := n.Status.Status(ctx, tenant)
			if err != nil || r.Mode != mode || r.Journals[1].Region != "west" || r.Journals[1].Health != far ||
				*r.AtRisk != atRisk || r.Pair.Even.IsZero() == found || r.Pair.Copied != n.Continuity.Copied() ||
				n.Risk.All() != atRisk {
				t.Errorf("%s: %+v, %+v, %d at risk, %v", when, r, *r.Pair, *r.AtRisk, err)
			}
		}
		wait(time.Second)
		write(2)
		want("with both", region.Normal, region.Well, 0, false)
		away = true
		wait(5 * time.Second)
		write(3)
		write(4)
		sweep()
		want("without one", region.Exposed, region.Lost, 7, false)
		away = false
		wait(time.Minute)
		want("with both again", region.Normal, region.Well, 7, false)
		for range 3 {
			sweep()
			wait(time.Second)
		}
		want("once they are the same", region.Normal, region.Well, 0, true)
		if n.Continuity.Copied() == 0 || heard[telemetry.DurableOne] != 7 || heard[telemetry.DurableBoth] != 2 {
			t.Errorf("%d blocks were copied, and acknowledged was %v", n.Continuity.Copied(), heard)
		}
		cancel()
		if err := watched.Wait(context.Background()); err != nil {
			t.Error(err)
		}
		if err := n.Ingest.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// nodeOfTwo is a node in the east, over journals that are initialised later.
func nodeOfTwo(s *memory.Sched, east, west *memory.Journal, o ingest.Observer) *node.Node {
	names := 0
	stores := node.Stores{Journal: east, Directory: east, Rows: bounds.One(memory.NewRows(s), memory.NewAccount(s)),
		Far:   journal.Site{Region: "west", Journal: west, Directory: west},
		Queue: memory.NewQueue(s), Poison: memory.NewQueue(s)}
	return node.New(node.Config{}, node.Ports{Region: "east", Requests: stores, Background: stores, Sched: s,
		Names: func() string { names++; return fmt.Sprintf("%026d", names) }}, node.Observers{Ingest: o})
}
