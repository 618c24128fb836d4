package georep

import (
	"errors"
	"fmt"
	"time"
)

// Windows are the lengths of a failover's phases. Down is the least: it also lasts until nothing is under way, and
// until a planned failover's log is empty. GiveUp bounds it: a Down that came no nearer to its end for so long is
// called off, and the account serves in its old roles; 0 is without bound.
type Windows struct{ Announce, Down, Complete, GiveUp time.Duration }

// Options say what account to make.
type Options struct {
	Primary, Secondary Region // Secondary "" is an account without geo-redundancy (LRS)
	Lag                Lag    // of the whole account; nil is none. A burst or a trace counts from the first call
	Seed               uint64 // of every random choice
	// entries, missing and under way, from which on writes are refused with ErrBacklog; 0 is without bound
	MaxBacklog int
	Windows    Windows
	Bootstrap  bool // the secondary is empty and the primary may not be: begin as after BeginBootstrap
	// Clock is what the clock of a region's storage shows at a moment; nil: it is right. Stamps and Last Sync Times are
	// by the primary's. One that is set back stands still until it has caught up.
	Clock func(r Region, now time.Time) time.Time
	// told each event, in order, within the call; it must not call the account; nil hears nothing
	Observe func(Event)
}

// Ticket is a write that has arrived and is not yet committed.
type Ticket uint64

// Event is what happened, for the truth stream. Fields that do not apply are zero.
type Event struct {
	At time.Time
	// arrive, commit, abandon, apply, failed, paused, resumed, lag, reachable, unavailable, available, announced,
	// down, called-off, promoted, discarded, completed, reenabled, resync, listed, covered, live
	Kind  string
	Entry Entry
	Text  string
}

// Account is the replication of one storage account: a log of writes, what of it the secondary has, and failover. It
// is pure: time is an argument that never falls (one that does is taken as the latest there was), randomness comes
// from the seed, and the same calls give the same answers. It is not safe for concurrent use.
type Account struct {
	primary, secondary Region
	maxBacklog         int
	windows            Windows
	seed               uint64
	observe            func(Event)
	clock              func(Region, time.Time) time.Time

	now      time.Time // the latest of all calls
	clocks   map[Region]*clock
	shown    *clock // the primary's
	ticket   Ticket // the last given
	tickets  map[Ticket]*arrival
	services []*service

	seq      uint64 // the last committed
	items    map[uint64]*item
	bytes    int
	given    int             // entries between Next and Applied or Failed
	recalled map[uint64]bool // those of given that are not in the log any more
	boxes    map[boxName]*container
	ready    heap[*item] // open, not paused, not gated
	parked   []*item     // open, but paused, or of a service that cannot be reached
	lags     map[Scope]Lag
	pauses   map[Scope]bool // false: goes on although a wider scope is paused
	applies  uint64

	boot        bool // state bootstrap
	listed      bool // in bootstrap: List was called
	uncovered   map[Partition]bool
	emptied     map[boxName]bool // in bootstrap, before List: deleted since it began
	deletions   map[uint64]bool  // in bootstrap: those because of which something is not copied, until they are applied
	unavailable bool

	phase        Phase
	kind         Kind
	until        time.Time // the least end of the phase
	progress     time.Time // when Down last came nearer to its end
	failovers    int
	lastFailover time.Time
}

// arrival is a write under way.
type arrival struct {
	ticket  Ticket
	service *service
	at      time.Time
	stamp   time.Time // zero before Stamp
	place   int
}

// service is what the Last Sync Time of one service is made from.
type service struct {
	name     Service
	arrivals heap[*arrival] // by arrival
	missing  heap[*item]    // by stamp
	reach    Reach
	frozen   bool
	held     time.Time // the Last Sync Time while frozen, by the clock of the primary
}

// New makes an account. It refuses regions that are missing or the same, and bounds and windows below zero.
func New(o Options) (*Account, error) {
	switch {
	case o.Primary == "":
		return nil, errors.New("georep: the account has no primary region: name one")
	case o.Primary == o.Secondary:
		return nil, fmt.Errorf("georep: primary and secondary are both %q: name two regions, or no secondary for an "+
			"account without geo-redundancy", o.Primary)
	case o.MaxBacklog < 0:
		return nil, fmt.Errorf("georep: a backlog of at most %d entries: write a number from 1 on, or 0 for no bound",
			o.MaxBacklog)
	case o.Windows.Announce < 0 || o.Windows.Down < 0 || o.Windows.Complete < 0 || o.Windows.GiveUp < 0:
		return nil, fmt.Errorf("georep: failover windows %v: a phase cannot last below 0s", o.Windows)
	case o.Bootstrap && o.Secondary == "":
		return nil, errors.New("georep: bootstrap without a secondary: name the secondary region")
	}
	a := &Account{primary: o.Primary, secondary: o.Secondary, maxBacklog: o.MaxBacklog, windows: o.Windows,
		seed: o.Seed, observe: o.Observe, clock: o.Clock, clocks: map[Region]*clock{},
		tickets: map[Ticket]*arrival{}, items: map[uint64]*item{}, recalled: map[uint64]bool{},
		boxes: map[boxName]*container{}, lags: map[Scope]Lag{}, pauses: map[Scope]bool{},
		boot: o.Bootstrap, listed: !o.Bootstrap, uncovered: map[Partition]bool{}, emptied: map[boxName]bool{},
		deletions: map[uint64]bool{},
		phase:     Steady}
	a.shown = a.clockOf(a.primary)
	a.ready = heap[*item]{before: earlier, place: func(it *item) *int { return &it.ready }}
	a.service(Table)
	a.service(Queue)
	if o.Lag != nil {
		a.lags[Scope{}] = o.Lag
	}
	return a, nil
}

// earlier is the order in which items are given: the one that has waited longest first.
func earlier(x, y *item) bool {
	if s, t := x.since(), y.since(); !s.Equal(t) {
		return s.Before(t)
	}
	return x.Seq < y.Seq
}

func (a *Account) service(name Service) *service {
	for _, s := range a.services {
		if s.name == name {
			return s
		}
	}
	s := &service{name: name, reach: Reach{Primary: true, Secondary: true, Link: true}}
	s.arrivals = heap[*arrival]{place: func(w *arrival) *int { return &w.place },
		before: func(x, y *arrival) bool { return x.ticket < y.ticket }}
	s.missing = heap[*item]{place: func(it *item) *int { return &it.oldest },
		before: func(x, y *item) bool { return x.At.Before(y.At) }}
	s.frozen, s.held = a.freezes(s), a.shown.at.Truncate(time.Second)
	a.services = append(a.services, s)
	return s
}

// tick takes the time of a call: never below an earlier one, and without a monotonic reading or a zone, which would
// make equal times unequal.
func (a *Account) tick(now time.Time) time.Time {
	now = now.UTC().Truncate(0)
	if a.now.IsZero() {
		if l, ok := a.lags[Scope{}].(anchored); ok {
			a.lags[Scope{}] = l.from(now)
		}
	}
	if now.After(a.now) {
		a.now = now
	}
	a.lookAtClock()
	return a.now
}

func (a *Account) tell(kind string, e Entry, text string) {
	if a.observe != nil {
		a.observe(Event{At: a.now, Kind: kind, Entry: e, Text: text})
	}
}
