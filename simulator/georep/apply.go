package georep

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Next takes an entry to apply to the secondary: its lag has passed, and everything that has to be there before is.
// It is under way until Applied or Failed. Call it until it gives none; many may be under way, of different
// partitions. It gives none of a service whose storages do not reach one another, of a scope that is paused (but in
// the Down of a planned failover), of a partition that waits for its copy, or in the Down of an unplanned failover
// (unless that waits for a bootstrap).
func (a *Account) Next(now time.Time) (Entry, bool) {
	now = a.tick(now)
	it := a.foremost()
	if it == nil || it.since().After(now) {
		return Entry{}, false
	}
	a.ready.remove(it)
	it.givenOut = true
	a.given++
	return it.Entry, true
}

// foremost is the item that is ready first, whatever the time; nil is none. What has to wait is parked on the way.
func (a *Account) foremost() *item {
	if a.secondary == "" || a.phase == Down && a.kind == Unplanned && !a.boot {
		return nil
	}
	for {
		it, ok := a.ready.first()
		if !ok {
			return nil
		}
		if !a.waits(it) {
			return it
		}
		a.ready.remove(it)
		a.park(it)
	}
}

func (a *Account) park(it *item) {
	it.parked = true
	a.parked = append(a.parked, it)
}

// waits says whether an open item is parked: until a Resume, or until its service's storages reach one another.
func (a *Account) waits(it *item) bool {
	return a.paused(it.Partition) || !a.service(it.Partition.Service).reach.whole()
}

// unpark looks again at what is parked.
func (a *Account) unpark() {
	parked := a.parked
	a.parked = nil
	for _, it := range parked {
		it.parked = false
		a.admit(it)
	}
}

// admit puts an open item where Next finds it, unless its partition waits for a copy.
func (a *Account) admit(it *item) {
	switch {
	case a.gated(it.Partition):
	case a.waits(it):
		a.park(it)
	default:
		a.ready.push(it)
	}
}

// Wake is when Next, or Step, may have something that it does not have now: never before now; now itself when it has
// something already. False is not before another call.
func (a *Account) Wake(now time.Time) (time.Time, bool) {
	now = a.tick(now)
	var at time.Time
	ok := false
	if it := a.foremost(); it != nil {
		at, ok = it.since(), true
	}
	for _, next := range []func(time.Time) (time.Time, bool){a.stepAt, a.callOffAt} {
		if due, will := next(now); will && (!ok || due.Before(at)) {
			at, ok = due, true
		}
	}
	if ok && at.Before(now) {
		at = now
	}
	return at, ok
}

// Applied says that the secondary has the entry.
func (a *Account) Applied(now time.Time, seq uint64) {
	a.tick(now)
	if a.calledBack(seq) {
		return
	}
	it := a.outside("Applied", seq)
	a.given--
	a.applies++
	a.progress = a.now
	a.forget(it)
	a.tell("apply", it.Entry, "")
	for _, next := range it.box.take(it) {
		a.admit(next)
	}
	a.sweep(it.box)
	if a.deletions[seq] {
		delete(a.deletions, seq)
		a.live()
	}
}

// Failed says that it does not: it will be given again after the delay. Find out first whether it does: what has
// failed counts as missing, and a failover lists it as discarded.
func (a *Account) Failed(now time.Time, seq uint64, again time.Duration) {
	now = a.tick(now)
	if a.calledBack(seq) {
		return
	}
	it := a.outside("Failed", seq)
	a.given--
	it.givenOut = false
	it.again = now.Add(max(again, 0))
	a.tell("failed", it.Entry, "again in "+short(max(again, 0)))
	a.admit(it)
}

func (a *Account) outside(call string, seq uint64) *item {
	it := a.items[seq]
	if it == nil || !it.givenOut {
		panic(fmt.Sprintf("georep: %s of entry %d: it is not under way: only what Next gave has one Applied or one "+
			"Failed", call, seq))
	}
	return it
}

// calledBack says whether an entry was under way when a Resync began, and ends it.
func (a *Account) calledBack(seq uint64) bool {
	if !a.recalled[seq] {
		return false
	}
	delete(a.recalled, seq)
	a.given--
	return true
}

// forget takes an item out of everything but its container.
func (a *Account) forget(it *item) {
	delete(a.items, it.Seq)
	a.bytes -= it.Bytes
	a.service(it.Partition.Service).missing.remove(it)
}

// clearLog forgets everything that is missing.
func (a *Account) clearLog() {
	for _, it := range a.items {
		a.ready.remove(it)
		a.forget(it)
	}
	clear(a.boxes)
	a.parked = nil
}

// sweep drops a container of which nothing is missing.
func (a *Account) sweep(c *container) {
	if len(c.stages) == 0 {
		delete(a.boxes, c.name)
	}
}

// Missing lists the entries that the secondary lacks, in order of commit: what an unplanned failover now would
// discard.
func (a *Account) Missing() []Entry {
	missing := make([]Entry, 0, len(a.items))
	for _, it := range a.items {
		missing = append(missing, it.Entry)
	}
	slices.SortFunc(missing, func(x, y Entry) int { return cmp.Compare(x.Seq, y.Seq) })
	return missing
}
