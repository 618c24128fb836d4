package georep

import (
	"fmt"
	"time"
)

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

// clock is that of a region's storage, as an account sees it: it never falls.
type clock struct {
	at, stamp time.Time     // the latest shown, the last stamp given
	shift     time.Duration // of its stamps, against those of another region
}

// clockOf is the clock of a region.
func (a *Account) clockOf(r Region) *clock {
	c := a.clocks[r]
	if c == nil {
		c = &clock{shift: time.Duration(len(a.clocks)) * Resolution % stampStep}
		a.clocks[r] = c
	}
	return c
}

// lookAtClock is what every call does: the primary's clock shows at least what it shows now.
func (a *Account) lookAtClock() {
	at := a.now
	if a.clock != nil {
		at = a.clock(a.primary, at).UTC().Truncate(0)
	}
	if at.After(a.shown.at) {
		a.shown.at = at
	}
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

func (a *Account) underWay(call string, t Ticket) *arrival {
	w := a.tickets[t]
	if w == nil {
		panic(fmt.Sprintf("georep: %s of ticket %d: it is not under way: a ticket has one Commit or one Abandon", call,
			t))
	}
	return w
}

// text names the ticket in events, if anybody hears them.
func (t Ticket) text(a *Account) string {
	if a.observe == nil {
		return ""
	}
	return fmt.Sprintf("ticket %d", t)
}

// stampStep is the step of one region's stamps. Clocks may give two regions the same time; stamps are ETags too, so
// each of an account's regions has steps of its own.
const stampStep = 2 * Resolution
