package georep

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

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

// paused says whether a partition's entries wait for a Resume. In the down of a planned failover none do: both
// endpoints would wait for it too.
func (a *Account) paused(p Partition) bool {
	if a.kind == Planned && a.phase == Down {
		return false
	}
	paused, _ := lookup(a.pauses, p.scope())
	return paused
}

// gated says whether a partition's entries wait for a copy: of itself, or of its container.
func (a *Account) gated(p Partition) bool {
	if !a.boot {
		return false
	}
	return !a.listed || a.uncovered[p] || a.uncovered[Partition{Service: p.Service, Container: p.Container,
		Whole: true}]
}

// live ends the bootstrap when every listed partition was covered, and every container deleted that was not copied.
func (a *Account) live() {
	if a.boot && a.listed && len(a.uncovered) == 0 && len(a.deletions) == 0 {
		a.boot = false
		a.tell("live", Entry{}, "")
	}
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

// readmit looks again at the items of a container that nothing is before.
func (a *Account) readmit(box *container) {
	for _, it := range box.open() {
		if !it.givenOut && !it.parked && it.ready == 0 {
			a.admit(it)
		}
	}
	a.sweep(box)
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

// delay is the lag of an entry that commits, or is looked at again, now. Its random part is of the entry alone: it
// does not depend on the order of calls.
func (a *Account) delay(now time.Time, e Entry) time.Duration {
	l, ok := lookup(a.lags, e.Partition.scope())
	if !ok {
		return 0
	}
	u := rand.New(rand.NewPCG(a.seed, e.Seq)).Float64()
	return max(l.Delay(now, u), 0)
}
