package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/georep"
)

const (
	// copyWorkers is how many partitions are copied side by side. "The replication process can't scale beyond the
	// number of partition keys that you use" (Azure storage disaster recovery planning and failover).
	copyWorkers = 16
	// copyAgain is how long a copy that found a region away waits.
	copyAgain = 250 * time.Millisecond
)

// beginCopy starts the copy to a region that geo takes for the secondary since just now, in the place of the one
// before, if there is one: it begins when that has ended and nothing is being repeated on the secondary. The caller
// holds mu.
func (a *Account) beginCopy() {
	s := a.geo.Status(a.tick())
	a.copy, a.leftover[s.Secondary], a.emptied = cleaning, true, make(map[container]bool)
	a.publish()
	before := a.copyEnd
	a.copies.end()
	c := &copier{a: a, from: s.Primary, to: s.Secondary, stage: a.newStage()}
	a.copies, a.copyEnd = c.stage, a.s.NewEvent()
	end := a.copyEnd
	a.later(func() {
		defer end.Set()
		defer c.stage.end()
		if before == nil || before.Wait(a.ctx) == nil {
			c.still(func(time.Time) { a.leftover[c.to] = true }) // the one before may just have wiped it
			c.run()
		}
	})
	a.bell.ring()
}

// copier makes the copy of one secondary. No failover comes in between: geo refuses it.
type copier struct {
	a        *Account
	from, to georep.Region
	stage    stage
}

// run copies the account. What fails is tried again until the copier's stage ends.
func (c *copier) run() {
	a := c.a
	for a.repeating() {
		if a.s.Sleep(c.stage.ctx, applyAgain) != nil {
			return
		}
	}
	if !c.insist(func() error { return a.wipe(c.stage.ctx, c.to) }, georep.Table, georep.Queue) ||
		!c.still(func(time.Time) { a.copy = listing; a.publish() }) {
		return
	}
	var parts []georep.Partition
	list := func() (err error) { parts, err = a.o.Store.Partitions(c.stage.ctx, c.from); return err }
	// What was under way may have changed what was listed, and has to be in the log before the list counts.
	if !c.insist(list, georep.Table, georep.Queue) || !a.othersLand(c.stage.ctx) ||
		!c.still(func(now time.Time) { parts = c.list(now, parts) }) {
		return
	}
	a.bell.ring()
	for _, whole := range []bool{true, false} { // a container before what is in it
		if !c.copyAll(parts, whole) {
			return
		}
	}
	c.still(func(time.Time) {
		a.copy = copied
		a.forgetCovered()
		a.tellDrained()
	})
	a.bell.ring()
}

// repeating says whether entries are being repeated on the secondary.
func (a *Account) repeating() (yes bool) {
	a.do(func(time.Time) { yes = a.running > 0 })
	return yes
}

// still does something with mu held, unless the copier's stage has ended.
func (c *copier) still(f func(now time.Time)) (done bool) {
	c.a.do(func(now time.Time) {
		if done = !c.stage.ended(); done {
			f(now)
		}
	})
	return done
}

// insist does something until it succeeds, while the regions' storages of these services reach one another. False: the
// stage has ended.
func (c *copier) insist(do func() error, services ...georep.Service) bool {
	for !c.stage.ended() {
		if c.linked(services) {
			err := do()
			if err == nil {
				return true
			}
			c.a.tell("copy-failed", georep.Entry{}, err.Error())
		}
		_ = c.a.s.Sleep(c.stage.ctx, copyAgain)
	}
	return false
}

func (c *copier) linked(services []georep.Service) bool {
	for _, s := range services {
		if c.a.o.Reach != nil && !c.a.o.Reach(s, c.from, c.to).Link {
			return false
		}
	}
	return true
}

// list tells geo what is to be copied: not what is in containers that were deleted since the log began, whose later
// writes are all in it; but also what was written to since, and may be empty by now: as long as its last deletion has
// not arrived, a failover would bring back what was there before. The caller holds mu.
func (c *copier) list(now time.Time, parts []georep.Partition) []georep.Partition {
	kept, listed := parts[:0], make(map[georep.Partition]bool)
	add := func(p georep.Partition) {
		if !listed[p] && (p.Whole || !c.a.emptied[container{p.Service, p.Container}]) {
			listed[p] = true
			kept = append(kept, p)
		}
	}
	for _, p := range parts {
		add(p)
	}
	for _, e := range c.a.geo.Missing() {
		if p := e.Partition; !p.Whole && p.Service == georep.Table {
			add(georep.Partition{Service: p.Service, Container: p.Container, Whole: true})
			add(p)
		}
	}
	c.a.copy, c.a.emptied = copying, nil
	c.a.geo.List(now, kept)
	return kept
}

// copyAll copies containers, or partitions, side by side.
func (c *copier) copyAll(parts []georep.Partition, whole bool) bool {
	workers := sched.NewGroup(c.stage.ctx, c.a.s, copyWorkers)
	for _, p := range parts {
		if p.Whole == whole {
			workers.Go(func(context.Context) error {
				c.insist(func() error { return c.copy(p) }, p.Service)
				return nil
			})
		}
	}
	_ = workers.Wait()
	return !c.stage.ended()
}

// copy copies a partition of a table at the pace of the account while writes to it go on, and then what has changed
// meanwhile while it is held; a container and a queue at once.
func (c *copier) copy(p georep.Partition) error {
	a, ctx := c.a, c.stage.ctx
	if !p.Whole && p.Service == georep.Table && a.uncovered(p) {
		pace := Pace{Rate: a.o.CopyRate, Enter: func(ctx context.Context) (func(), error) { return a.enter(ctx, p) }}
		if err := c.bring(p, pace); err != nil && !errors.Is(err, ErrNotNeeded) {
			return err
		}
	}
	h, err := a.locks.hold(ctx, p)
	if err != nil {
		return err
	}
	defer h.release()
	if !a.uncovered(p) {
		return nil
	}
	if err := c.bring(p, Pace{}); err != nil {
		return err
	}
	if !c.still(func(now time.Time) { a.geo.Covered(now, p, a.geo.LastSeq()) }) {
		return context.Cause(ctx)
	}
	a.bell.ring()
	return nil
}

func (c *copier) bring(p georep.Partition, pace Pace) error {
	rows, err := c.a.o.Store.Copy(c.stage.ctx, p, c.from, c.to, pace)
	if err == nil && rows > 0 {
		c.a.tell("copied", georep.Entry{Partition: p, Rows: rows}, "")
	}
	return err
}

// enter holds a partition's container as its writers do, for a change at the secondary: else rows of a table that is
// deleted and made again meanwhile could come after what the log has of the new one.
func (a *Account) enter(ctx context.Context, p georep.Partition) (leave func(), err error) {
	h, err := a.locks.share(ctx, p)
	if err != nil {
		return nil, err
	}
	if !a.uncovered(p) {
		h.release()
		return nil, ErrNotNeeded
	}
	return h.release, nil
}

func (a *Account) uncovered(p georep.Partition) (yes bool) {
	a.do(func(time.Time) { yes = a.geo.Uncovered(p) })
	return yes
}

// forgetCovered forgets what the copies had in them. The caller holds mu.
func (a *Account) forgetCovered() {
	missing := make(map[uint64]bool)
	for _, e := range a.geo.Missing() {
		missing[e.Seq] = true
	}
	for seq := range a.log {
		if !missing[seq] {
			delete(a.log, seq)
		}
	}
}

// wiping stands for the deletion of copies among the locks: one goes on at a time.
var wiping = georep.Partition{Whole: true}

// wipe deletes the account's copy in a region, if a failover left one there.
func (a *Account) wipe(ctx context.Context, in georep.Region) error {
	h, err := a.locks.hold(ctx, wiping)
	if err != nil {
		return err
	}
	defer h.release()
	left := false
	a.do(func(time.Time) { left = a.leftover[in] })
	if !left {
		return nil
	}
	n, err := a.o.Store.Wipe(ctx, in)
	if err != nil {
		return err
	}
	a.do(func(time.Time) { delete(a.leftover, in) })
	a.tell("wiped", georep.Entry{}, fmt.Sprintf("region %s: %d tables deleted, and the queues", in, n))
	return nil
}

// wipeInTime deletes a region's copy as soon as its storage answers.
func (a *Account) wipeInTime(in georep.Region) {
	for wait := applyAgain; ; wait = min(2*wait, applyAgainMost) {
		left := false
		a.do(func(time.Time) { left = a.leftover[in] && a.copy == copied }) // a copier deletes it itself
		if !left || a.wipe(a.ctx, in) == nil || a.s.Sleep(a.ctx, wait) != nil {
			return
		}
	}
}
