package georep

import (
	"fmt"
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
