package world

import (
	"context"
	"math/rand/v2"
	"time"

	"tidemark/adapters/memory"
	"tidemark/ports/journal"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/path"
	"tidemark/simulator/twin"
	"tidemark/simulator/world/internal/doubt"
	"tidemark/simulator/world/phases"
)

// New makes a world from a seed. Open it before the first node starts.
func New(seed uint64) *World {
	// a question at the end may read hundreds of thousands of rows at one instant
	s := memory.NewSched(seed, memory.MaxSteps(20_000_000))
	return &World{Sched: s, Rand: rand.New(rand.NewPCG(seed, 0x7469_6465)), Rules: inject.New(seed),
		ground: path.NewFaulty(s), Site: newSite(s), phases: phases.New()}
}

// Pair gives the west a journal and queues of its own, and has the journals of both regions name each other.
func (w *World) Pair(ctx context.Context) error {
	w.West = newSite(w.Sched)
	places := [2]journal.Place{{Region: string(east), Generation: "e1"}, {Region: string(west), Generation: "w1"}}
	for i, s := range w.sites() {
		peer := places[1-i]
		places[i].Peer = journal.Peer{Region: peer.Region, Generation: peer.Generation}
		if err := s.Journal.Init(ctx, places[i]); err != nil {
			return err
		}
	}
	return nil
}

// Open makes the account, whose writes are replicated at once until SetLag, and its tables.
func (w *World) Open(ctx context.Context) error {
	w.store = twin.NewStore(w.Sched)
	var driven account.Store = w.doubtful(w.store)
	if w.broken.Store != nil {
		driven = w.broken.Store(driven)
	}
	down := outage + time.Duration(w.Rand.Int64N(int64(30*time.Second)))
	a, err := account.Open(account.Options{Name: "geo", Sched: w.Sched, Store: driven,
		Clock: w.clock, Reach: w.reach, Observe: w.hear,
		Geo: georep.Options{Primary: east, Secondary: west, Seed: w.Rand.Uint64(),
			Windows: georep.Windows{Down: down}}})
	if err != nil {
		return err
	}
	w.Account, w.Rows, w.tide = a, twin.NewRows(w.Sched, a, w.store), twin.NewTide(w.Sched, a)
	if w.broken.Tide != nil {
		w.tide = w.broken.Tide(w.tide)
	}
	return w.Rows.Prepare(ctx)
}

// doubtful is a storage that loses some of the repeats on the secondary.
func (w *World) doubtful(of *twin.Store) doubt.Store {
	return doubt.Store{Store: of, Sched: w.Sched, Rand: w.Rand, Share: func() float64 { return w.doubt }}
}
