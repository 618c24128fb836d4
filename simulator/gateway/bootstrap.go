package gateway

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"tidemark/simulator/georep"
)

const (
	// copyWorkers is how many partitions are copied side by side. "The replication process can't scale beyond the
	// number of partition keys that you use" (Azure storage disaster recovery planning and failover).
	copyWorkers = 16
	// bootstrapAgain is how long a bootstrap that found a region away waits.
	bootstrapAgain = 250 * time.Millisecond
)

// Reenable makes an LRS account geo-redundant again, with its secondary in that region: bootstrap, then live. It
// returns when the order is taken; writes go on while what there is is copied. What an earlier life left in that
// region is deleted first; until then the secondary endpoint is not there. It is refused while one of the two regions
// is out: the copy could not even begin.
func (a *Account) Reenable(secondary georep.Region) error {
	if !a.geoRedundant {
		return fmt.Errorf("account %s: re-enable geo-redundancy: it is a local account: make one with a secondary",
			a.name)
	}
	if err := a.g.checkRegion(secondary); err != nil {
		return fmt.Errorf("account %s: re-enable geo-redundancy: %w", a.name, err)
	}
	now := a.lookAt(a.roles.Load().primary, secondary) // as it is when the order comes
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.geo.CanReenable(secondary, now.primary, now.secondary, now.link); err != nil {
		return fmt.Errorf("account %s: %w", a.name, err)
	}
	if r, why := secondary, georep.ErrSecondaryDown; a.g.isKilled(r) || a.g.isKilled(a.now.primary) {
		if !a.g.isKilled(r) {
			r, why = a.now.primary, georep.ErrPrimaryDown
		}
		return fmt.Errorf("account %s: re-enable geo-redundancy of the account in %s: %w: the storage of %s was "+
			"killed; restart it first",
			a.name, a.now.primary, why, r)
	}
	if err := a.geo.BeginBootstrap(a.tick(), secondary); err != nil {
		return fmt.Errorf("account %s: %w", a.name, err)
	}
	a.beginBootstrap(secondary)
	return nil
}

// begin starts replication. An account that begins in bootstrap has a primary that may have rows already, because its
// folder was kept.
func (a *Account) begin(o georep.Options) {
	if o.Bootstrap {
		a.mu.Lock()
		a.beginBootstrap(o.Secondary)
		a.mu.Unlock()
	}
	a.g.work.Go(a.drive)
}

// beginBootstrap starts the copy to a region that geo takes for the secondary since just now. The caller holds mu.
func (a *Account) beginBootstrap(secondary georep.Region) {
	a.now.secondary, a.now.empty = secondary, true
	a.leftover[secondary] = true
	a.copying, a.emptied = true, make(map[container]bool)
	a.publish()
	a.copyAnew()
	a.wake()
}

// container names a table or queue.
type container struct {
	service georep.Service
	name    string
}

// bootstrap copies the account to its secondary. What fails is tried again until the context ends. No failover comes
// in between: geo refuses it.
func (a *Account) bootstrap(ctx context.Context) {
	a.mu.Lock()
	r := a.now
	a.mu.Unlock()
	if !a.insist(ctx, r, func() error { return a.wipe(ctx, r.secondary) }) {
		return
	}
	if !a.still(ctx, func() { a.now.empty = false; a.publish() }) {
		return
	}
	var parts []georep.Partition
	if !a.insist(ctx, r, func() (err error) { parts, err = a.partitions(ctx, r.primary); return err }) {
		return
	}
	if !a.still(ctx, func() { parts = a.list(parts) }) {
		return
	}
	for _, whole := range []bool{true, false} { // a container before what is in it
		if !a.copyAll(ctx, r, parts, whole) {
			return
		}
	}
	a.still(ctx, func() {
		a.copying = false
		a.forgetCovered()
		a.tellDrained()
	})
	a.wake()
}

// insist does something until it succeeds. False: the context has ended.
func (a *Account) insist(ctx context.Context, r roles, do func() error) bool {
	for ctx.Err() == nil {
		if a.linked(r) {
			err := do()
			if err == nil {
				return true
			}
			a.g.tell(Event{At: a.g.o.Now(), Account: a.name, Kind: "copy-failed", Text: err.Error()})
		}
		if !pause(ctx, bootstrapAgain) {
			return false
		}
	}
	return false
}

// linked says whether the network lets the primary reach the secondary.
func (a *Account) linked(r roles) bool { return a.lookAt(r.primary, r.secondary).link }

// partitions lists what the primary has: each table and queue, and each partition.
func (a *Account) partitions(ctx context.Context, primary georep.Region) ([]georep.Partition, error) {
	parts, err := a.tablePartitions(ctx, primary)
	if err != nil {
		return nil, err
	}
	queues, err := a.queues.partitions(ctx, primary)
	return append(parts, queues...), err
}

// list tells geo what is to be copied: not what is in containers that were deleted since the log began, whose later
// writes are all in it. The caller holds mu.
func (a *Account) list(parts []georep.Partition) []georep.Partition {
	kept := parts[:0]
	for _, p := range parts {
		if p.Whole || !a.emptied[container{p.Service, p.Container}] {
			kept = append(kept, p)
		}
	}
	a.emptied = nil
	a.geo.List(a.tick(), kept)
	a.wake()
	return kept
}

// copyAll copies containers, or partitions, side by side.
func (a *Account) copyAll(ctx context.Context, r roles, parts []georep.Partition, whole bool) bool {
	var workers sync.WaitGroup
	room := make(chan struct{}, copyWorkers)
	for _, p := range parts {
		if p.Whole != whole {
			continue
		}
		room <- struct{}{}
		workers.Go(func() {
			defer func() { <-room }()
			a.insist(ctx, r, func() error { return a.copy(ctx, p, r) })
		})
	}
	workers.Wait()
	return ctx.Err() == nil
}

// copy copies a partition, at the pace of the account while writes to it go on, and then what has changed meanwhile,
// while it is held.
func (a *Account) copy(ctx context.Context, p georep.Partition, r roles) error {
	if !p.Whole && p.Service == georep.Table && a.uncovered(p) {
		if _, err := a.copyRows(ctx, p, r, a.copyRate, false); err != nil && !errors.Is(err, errNotNeeded) {
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
	switch {
	case p.Service == georep.Queue:
		err = a.queues.copy(ctx, p, r.primary, r.secondary)
	case p.Whole:
		err = a.copyTable(ctx, p, r)
	default:
		_, err = a.copyRows(ctx, p, r, 0, true)
	}
	if err != nil {
		return err
	}
	if !a.still(ctx, func() { a.geo.Covered(a.tick(), p, a.geo.LastSeq()) }) {
		return ctx.Err()
	}
	a.wake()
	return nil
}

func (a *Account) uncovered(p georep.Partition) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.geo.Uncovered(p)
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
