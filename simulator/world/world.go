// Package world runs the whole program over memory adapters, on virtual time and a seeded scheduler: thousands of
// schedules of writes, reads, deletions, crashes, frozen processes, held and lost messages, failovers, each repeatable
// from its seed.
//
// The world has a geo-redundant account between east and west (simulator/account over simulator/twin): its writes are
// replicated with a lag, partitions overtake one another, and an unplanned failover loses what is missing. A plan may
// have a second account of that kind, which keeps the chunks of later years (Second). Nodes and a journal are in the
// east alone, or, as a plan says, in both regions. Every call of a node goes a path (simulator/path).
package world

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/node"
	"tidemark/domain/telemetry"
	"tidemark/ports/storageaccount"
	"tidemark/simulator/account"
	"tidemark/simulator/georep"
	"tidemark/simulator/inject"
	"tidemark/simulator/path"
	"tidemark/simulator/twin"
	"tidemark/simulator/world/phases"
)

// The regions.
const (
	east georep.Region = "east"
	west georep.Region = "west"
)

// World is the storage that nodes share. It belongs to one Run of its scheduler.
type World struct {
	Sched   *memory.Sched
	Rand    *rand.Rand // one actor runs at a time: shared without a lock
	*Site              // of the east
	West    *Site      // nil: nodes and a journal are in the east alone
	Account *account.Account
	Rows    *twin.Rows     // the account's, past every path
	Second  *Second        // an account that keeps the chunks of later years; nil: there is none
	Rules   *inject.Engine // what befalls the calls of nodes

	// SlowRead is how long a block that is read of the journal takes at most.
	SlowRead time.Duration

	rec         *recorder // nil: nothing is noted
	phases      *phases.Record
	ground      *path.Faulty
	store       *twin.Store
	tide        storageaccount.Account
	skewJournal time.Duration                   // of the one that is furthest behind
	skewWest    time.Duration                   // of the journal in the west
	skew        map[georep.Region]time.Duration // of the account's storages
	ahead       func(of string) time.Duration   // what is wrong with the clock of a region or a node besides
	// share of the repeats on the secondary whose request or answer gets lost
	doubt   float64
	writers int
	broken  Broken
}

// Site is what a region has beside its part of the account.
type Site struct {
	Journal *memory.Journal
	Queue   *memory.Queue
	Poison  *memory.Queue
	Cache   *memory.Cache
}

func newSite(s *memory.Sched) *Site {
	return &Site{Journal: memory.NewJournal(s, memory.WithResolution(time.Second)), Queue: memory.NewQueue(s),
		Poison: memory.NewQueue(s), Cache: memory.NewCache(s, 1<<20)}
}

// site is that of a region.
func (w *World) site(r georep.Region) *Site {
	if r == west {
		return w.West
	}
	return w.Site
}

// sites are those that there are.
func (w *World) sites() []*Site {
	if w.West == nil {
		return []*Site{w.Site}
	}
	return []*Site{w.Site, w.West}
}

// Second is an account beside the first, which keeps the chunks of the years from a border on. What is true of it is
// not in the history: checkers see it through the answers of nodes.
type Second struct {
	*account.Account
	rows *twin.Rows
	tide storageaccount.Account
}

// Broken are parts of the simulator that are broken on purpose, to see whether checkers find it. What is nil is whole.
type Broken struct {
	Store func(account.Store) account.Store                   // what replicates
	Tide  func(storageaccount.Account) storageaccount.Account // what tells the Last Sync Time
	Kill  func(*Node)                                         // what ends a process
}

// outage is how long a failover keeps the account away at least: the lease of evidence and the bound of a call (T3).
const outage = 30*time.Second + 1*time.Second

// patience is how long the adapters wait for an answer of a storage (azkit.DefaultTryTimeout).
const patience = time.Second

// reach is what of a service the ground lets answer in two regions.
func (w *World) reach(s georep.Service, primary, secondary georep.Region) georep.Reach {
	open := func(from, to georep.Region) bool {
		request, answer := w.ground.Legs(string(from), string(to), string(s))
		return request.How == inject.Open && answer.How == inject.Open
	}
	return georep.Reach{Primary: open(primary, primary), Secondary: open(secondary, secondary),
		Link: open(primary, secondary)}
}

// Skew sets how far the clocks of the journal's storage, and of the account's in its regions, are ahead of the nodes'.
func (w *World) Skew(journal, accountEast, accountWest time.Duration) {
	w.skewJournal = min(journal, w.skewWest)
	w.skew = map[georep.Region]time.Duration{east: accountEast, west: accountWest}
	w.Journal.SetSkew(journal)
}

// SkewWest sets how far the clock of the western journal's storage is ahead of the nodes'.
func (w *World) SkewWest(journal time.Duration) {
	w.skewWest, w.skewJournal = journal, min(journal, w.skewJournal)
	w.West.Journal.SetSkew(journal)
}

// clock is that of the account's storage in a region.
func (w *World) clock(r georep.Region) time.Time {
	at := w.Sched.Now().Add(w.skew[r])
	if w.ahead != nil {
		at = at.Add(w.ahead(string(r)))
	}
	return at
}

// earliest is what the clocks of nodes and storages say: the one that is furthest behind.
func (w *World) earliest() time.Time {
	earliest := w.expires()
	for _, r := range []georep.Region{east, west} {
		if at := w.clock(r); at.Before(earliest) {
			earliest = at
		}
	}
	return earliest
}

// expires is the clock by which readings may have expired: that of the nodes or that of the journal, whichever is
// behind.
func (w *World) expires() time.Time {
	return w.Sched.Now().Add(min(0, w.skewJournal))
}

// Replicate sets the lag of the account's replication.
func (w *World) Replicate(lag string) error {
	l, err := georep.ParseLag(lag)
	if err == nil {
		w.Account.SetLag(georep.Scope{}, l)
	}
	return err
}

// Settle waits until the secondary has everything, and lets nothing more through: a failover goes back to this moment.
func (w *World) Settle(ctx context.Context) error {
	if err := w.Account.Drained(ctx); err != nil {
		return err
	}
	w.Account.Pause(georep.Scope{})
	return nil
}

// Failover is an unplanned one: no endpoint answers for a while, and then what had not been replicated is gone. It
// returns when the account answers again; there is no tidemark until Redundant.
func (w *World) Failover(ctx context.Context) error {
	return w.failover(ctx, w.Account, georep.Unplanned)
}

func (w *World) failover(ctx context.Context, a *account.Account, k georep.Kind) error {
	if err := a.Failover(k); err != nil {
		return err
	}
	defer w.phases.Under(phases.Failover)()
	for a.Status().Phase != georep.Steady || a.Endpoints().Primary.Availability != account.Serving {
		if err := w.Sched.Sleep(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// Redundant waits for a failover under way, makes the account geo-redundant if it is not, and waits until its copy is
// there: for ten minutes at most.
func (w *World) Redundant(ctx context.Context) error { return w.redundant(ctx, w.Account) }

func (w *World) redundant(ctx context.Context, a *account.Account) error {
	a.Resume(georep.Scope{})
	var err error
	for range 6000 {
		is := a.Status()
		switch {
		case is.Phase != georep.Steady:
		case is.Secondary == "":
			err = a.Reenable(map[georep.Region]georep.Region{east: west, west: east}[is.Primary])
		case is.State == georep.Live:
			return nil
		}
		if ended := w.Sched.Sleep(ctx, 100*time.Millisecond); ended != nil {
			return ended
		}
	}
	return fmt.Errorf("the account does not become geo-redundant: %+v: %w", a.Status(), err)
}

func (w *World) writer() telemetry.Writer {
	w.writers++
	return telemetry.Writer(fmt.Sprintf("%013d%013d", w.Rand.Uint64()%1_000_000_000_000, w.writers))
}

// Node is one process: an API and a worker over the world's storage. A killed one never does anything again.
type Node struct {
	*node.Node
	*path.Process
	path  *path.Path
	doing *phases.Process
	in    georep.Region // where it stands
	idle  bool          // it only answers requests
}
