package georep

import (
	"fmt"
	"time"
)

// Reenable makes an account geo-redundant again, with a secondary that is empty. The state is bootstrap until every
// listed partition was covered. Entries of a listed partition wait for its Covered. It is BeginBootstrap and List in
// one: for a driver that lets no write in between its listing of the partitions and this call.
func (a *Account) Reenable(now time.Time, secondary Region, parts []Partition) error {
	if err := a.BeginBootstrap(now, secondary); err != nil {
		return err
	}
	a.List(now, parts)
	return nil
}

// BeginBootstrap makes an account geo-redundant again, with a secondary that is empty. From now on every commit is
// logged, and nothing is applied until List. So the partitions can be listed while writes go on: what is born after
// this call is in the log.
//
// It does not ask what answers: a bootstrap may also begin by itself, and then waits for its regions. An order asks
// CanReenable first.
func (a *Account) BeginBootstrap(now time.Time, secondary Region) error {
	a.tick(now)
	if err := a.canBootstrap(secondary); err != nil {
		return err
	}
	a.secondary, a.boot, a.listed = secondary, true, false
	a.refreeze()
	a.tell("reenabled", Entry{}, fmt.Sprintf("%s to %s", a.primary, secondary))
	return nil
}

// CanReenable is the error of an order to make the account geo-redundant again with that secondary: what
// BeginBootstrap refuses, and what the copy would wait for without an end, as Failover refuses it. primary and
// secondaryUp say which region's storage answers, link whether the one reaches the other.
func (a *Account) CanReenable(secondary Region, primary, secondaryUp, link bool) error {
	refuse := func(why error, remedy string) error {
		return fmt.Errorf("re-enable geo-redundancy of the account in %s: %w: %s", a.primary, why, remedy)
	}
	if err := a.canBootstrap(secondary); err != nil {
		return err
	}
	switch {
	case !primary:
		return refuse(ErrPrimaryDown, fmt.Sprintf("end the outage of %s first, which has the data", a.primary))
	case !secondaryUp:
		return refuse(ErrSecondaryDown, fmt.Sprintf("end the outage of %s first, where the copy is to be made",
			secondary))
	case !link:
		return refuse(ErrLinkDown, fmt.Sprintf("heal the path between %s and %s first", a.primary, secondary))
	}
	return nil
}

func (a *Account) canBootstrap(secondary Region) error {
	switch {
	case secondary == "" || secondary == a.primary:
		return fmt.Errorf("re-enable geo-redundancy of the account in %s: secondary %q: name a region other than "+
			"the primary", a.primary, secondary)
	case a.secondary != "":
		return fmt.Errorf("re-enable geo-redundancy of the account in %s: %w: it replicates to %s, and there is "+
			"nothing to do", a.primary, ErrHasSecondary, a.secondary)
	case a.phase != Steady:
		return fmt.Errorf("re-enable geo-redundancy of the account in %s: %w: it is in phase %s; order again when "+
			"the phase is %s", a.primary, ErrInProgress, a.phase, Steady)
	}
	return nil
}

// Resync begins the bootstrap of the secondary anew, in any phase: it has lost what it had, or the primary has, and
// they do not agree any more. What is in the log is dropped, for the copy of what the primary has now includes it.
// What is under way is called back: its Applied or Failed changes nothing any more, and List has to wait for it. A
// failover under way waits until the bootstrap is over.
func (a *Account) Resync(now time.Time) error {
	a.tick(now)
	if a.secondary == "" {
		return fmt.Errorf("copy the account in %s anew: %w: make it geo-redundant again", a.primary, ErrNoSecondary)
	}
	for _, it := range a.items {
		if it.givenOut {
			a.recalled[it.Seq] = true
		}
	}
	a.clearLog()
	a.boot, a.listed = true, false
	clear(a.uncovered)
	clear(a.emptied)
	clear(a.deletions)
	a.tell("resync", Entry{}, fmt.Sprintf("%s to %s", a.primary, a.secondary))
	return nil
}

// List says which partitions the secondary needs a copy of. List a container itself (Whole) to have it made: the
// entries of all its partitions wait for it. Partitions born after the bootstrap began need not be listed; the list
// may have them. Ask Uncovered which need their copy still. Outside a bootstrap, or a second time, it is ignored.
// Nothing may be under way: an entry that a Resync called back would change the copies.
func (a *Account) List(now time.Time, parts []Partition) {
	a.tick(now)
	if !a.boot || a.listed {
		return
	}
	if a.given > 0 {
		panic(fmt.Sprintf("georep: List while %d entries are under way: say Applied or Failed of them first", a.given))
	}
	a.listed = true
	for _, p := range parts {
		if p.Whole || !a.emptied[p.box()] {
			a.uncovered[p] = true
		}
	}
	clear(a.emptied)
	a.tell("listed", Entry{}, fmt.Sprintf("%d partitions", len(a.uncovered)))
	for _, box := range a.boxes {
		for _, it := range box.open() {
			a.admit(it)
		}
	}
	a.live()
}

// Uncovered says whether a partition waits for its copy. Ask while the partition is held, before it is copied.
func (a *Account) Uncovered(p Partition) bool { return a.uncovered[p] }

// Covered says that a copy of the partition, made while it was held, is on the secondary: all its entries up to seq
// are. Say it before the partition is let go. Covered of a container (Whole) says that the container is there, as it
// was then; the writes to it that are in the log are still repeated, in their order, and so it does not matter that
// they may be older than the copy. A partition that does not wait for a copy is ignored.
func (a *Account) Covered(now time.Time, p Partition, through uint64) {
	a.tick(now)
	if !a.uncovered[p] {
		return
	}
	delete(a.uncovered, p)
	a.progress = a.now
	a.tell("covered", Entry{Seq: through, Partition: p}, "")
	if box := a.boxes[p.box()]; box != nil {
		if !p.Whole {
			a.supersede(box, p.Key, through)
		}
		a.readmit(box)
	}
	a.live()
}

// Emptied says that the entry of that number, a write to the container, deleted it. No partition that is listed, or
// will be, needs a copy of what it was: its entries before count as applied, for the deletion is still to come, and
// everything since is in the log. The bootstrap lasts until that deletion is applied: a failover that discarded it
// would find less than it says. Say it with the commit, while the container is held, in any state: outside a bootstrap
// it changes nothing.
func (a *Account) Emptied(now time.Time, s Service, containerName string, seq uint64) {
	a.tick(now)
	name := boxName{service: s, container: containerName}
	box := a.boxes[name]
	if !a.boot || box == nil {
		return
	}
	if !a.listed {
		a.emptied[name], a.deletions[seq] = true, true
		for _, key := range box.keys() {
			a.supersede(box, key, seq)
		}
		return
	}
	if a.uncovered[Partition{Service: s, Container: containerName, Whole: true}] { // it is not even there
		a.deletions[seq] = true
		for _, key := range box.keys() {
			a.supersede(box, key, seq)
		}
	}
	for p := range a.uncovered {
		if p.box() == name && !p.Whole {
			delete(a.uncovered, p)
			a.deletions[seq] = true
			a.supersede(box, p.Key, seq)
		}
	}
	a.readmit(box)
	a.live()
}

// supersede takes what a copy, or a deletion to come, includes out of the log.
func (a *Account) supersede(box *container, key string, through uint64) {
	for _, it := range box.through(key, through) {
		a.ready.remove(it)
		a.forget(it)
	}
	box.settle()
}
