package account

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/georep"
)

// Options say what account to drive.
type Options struct {
	Name  string
	Sched sched.Scheduler
	Geo   georep.Options // Observe and Clock are the driver's own
	Store Store

	// Clock is the clock of a region's storage, by which it stamps; nil: it is the scheduler's. It may be set back.
	// Everything else of the account goes by the scheduler's.
	Clock func(r georep.Region) time.Time
	// Reach says what of a service answers, if these were the account's regions; nil is all. Call Look when its answer
	// may have changed.
	Reach func(s georep.Service, primary, secondary georep.Region) georep.Reach
	// Observe is told georep's events and the driver's own: apply-failed (it is tried again, unless a look finds it
	// there), copy-failed (it is tried again), copied, wiped. In order, within calls: it must not block, nor call the
	// account. nil hears nothing.
	Observe func(georep.Event)

	CopyRate float64 // rows a second of one partition while an account bootstraps; 0 is without bound
	// PlannedReads has a planned failover let reads through, at both endpoints, until the roles change. Microsoft's
	// page
	// says in one place that the primary becomes read-only meanwhile, and in another that it loses reads too ("How
	// customer-managed planned failover works", 03/06/2025).
	PlannedReads bool
}

// Account is one geo-redundant storage account: georep, carried out on a Store. It is safe for concurrent use.
type Account struct {
	o         Options
	s         sched.Scheduler
	locks     *locks
	crew      *sched.Group    // every actor of the driver's
	ctx       context.Context // ends with Close
	close     context.CancelFunc
	bell      bell
	endpoints atomic.Pointer[Endpoints] // callers are routed by it

	mu       sync.Mutex // guards what follows; held for moments: nothing is started, and no store asked, under it
	starts   []func()   // what to start as soon as mu is let go
	geo      *georep.Account
	last     time.Time         // the latest time that geo was told
	log      map[uint64]*entry // what the secondary lacks
	running  int               // applications under way
	wakeAt   time.Time         // when the driver means to look again; zero: only when the bell rings
	lags     map[georep.Scope]georep.Lag
	losses   []Loss
	wrong    map[georep.Service]WrongStats
	drained  []sched.Event          // who waits until the secondary has everything
	killed   map[georep.Region]bool // regions whose storage was killed and is not there again
	leftover map[georep.Region]bool // regions with a copy that a failover left behind and that is not deleted yet
	lost     bool                   // the primary's storage lost what it had; a failover away from it is under way
	lacks    bool                   // it came back so; it may be restarted again, and answer, in the meantime
	unsure   bool                   // the failover under way gave a write up of which nobody knows what became of it

	up       stage           // ends when a failover takes the endpoints down
	sending  stage           // ends when an unplanned failover gives up what the primary does not answer
	dropping context.Context // the one of sending that is about to end

	era      int         // of writes that set out: a copy's list begins the next
	underWay map[int]int // writes that were sent, or are about to be, by era
	ended    sched.Event // set and renewed when the last of an era has ended

	copy    copyState
	copies  stage              // of the latest copy: ends when another takes its place
	copyEnd sched.Event        // set when the latest copy has ended; nil: there was none
	emptied map[container]bool // containers that were deleted since the latest copy began, until it has its list
}

func (a *Account) newStage() stage {
	ctx, end := a.s.WithCancel(a.ctx)
	return stage{ctx, end}
}

// do does something with mu held, and then starts what it meant to start.
func (a *Account) do(f func(now time.Time)) {
	a.mu.Lock()
	f(a.tick())
	starts := a.starts
	a.starts = nil
	a.mu.Unlock()
	for _, start := range starts {
		start()
	}
}

// later starts an actor as soon as mu is let go. The caller holds mu.
func (a *Account) later(f func()) {
	a.starts = append(a.starts, func() { a.start(f) })
}

// start starts an actor, unless the account is closed.
func (a *Account) start(f func()) bool {
	return a.crew.Go(func(context.Context) error { f(); return nil })
}

// tick is the time as geo wants it: it never falls. The caller holds mu.
func (a *Account) tick() time.Time {
	if now := a.now(); now.After(a.last) {
		a.last = now
	}
	return a.last
}

func (a *Account) now() time.Time { return a.s.Now().Round(0) }

// tell tells the observer what the driver saw.
func (a *Account) tell(kind string, e georep.Entry, text string) {
	if a.o.Observe != nil {
		a.o.Observe(georep.Event{At: a.now(), Kind: kind, Entry: e, Text: text})
	}
}

// Name is the account's name.
func (a *Account) Name() string { return a.o.Name }

// Status is the account as a whole.
func (a *Account) Status() (s georep.Status) {
	a.do(func(now time.Time) { s = a.geo.Status(now) })
	return s
}

// Stats are the statistics of a service, as its secondary endpoint gives them.
func (a *Account) Stats(of georep.Service) (s georep.Stats) {
	a.do(func(now time.Time) { s = a.wrong[of].of(a.geo.Stats(now, of)) })
	return s
}

// WrongStats is what is wrong with the statistics of a service. The zero value is nothing.
type WrongStats struct {
	Stuck bool          // the Last Sync Time stands still
	Back  time.Duration // it is so much earlier than it could be

	at time.Time // where it stands
}

func (w WrongStats) of(s georep.Stats) georep.Stats {
	if s.State != georep.Live {
		return s
	}
	if w.Stuck && !w.at.IsZero() && w.at.Before(s.LastSync) {
		s.LastSync = w.at
	}
	s.LastSync = s.LastSync.Add(-w.Back)
	return s
}

// SetWrongStats says what is wrong with the statistics of a service from now on. They are never too late: what
// replication has done they may only keep back.
func (a *Account) SetWrongStats(of georep.Service, w WrongStats) {
	a.do(func(now time.Time) {
		w.at = a.geo.Stats(now, of).LastSync
		a.wrong[of] = w
	})
}

// Missing lists the writes that the secondary lacks, in order of commit: what an unplanned failover now would
// discard.
func (a *Account) Missing() (missing []georep.Entry) {
	a.do(func(time.Time) { missing = a.geo.Missing() })
	return missing
}

// bell wakes one actor that waits for it. A ring while nobody waits is heard by the next who does.
type bell struct {
	s    sched.Scheduler
	mu   sync.Mutex
	rung sched.Event
}

func newBell(s sched.Scheduler) bell { return bell{s: s, rung: s.NewEvent()} }

func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rung.Set()
}

// wait waits for a ring, for at most so long, or until the context ends.
func (b *bell) wait(ctx context.Context, most time.Duration) {
	b.mu.Lock()
	rung := b.rung
	b.mu.Unlock()
	ctx, cancel := b.s.WithTimeout(ctx, most)
	defer cancel()
	if rung.Wait(ctx) == nil {
		b.mu.Lock()
		b.rung = b.s.NewEvent()
		b.mu.Unlock()
	}
}
