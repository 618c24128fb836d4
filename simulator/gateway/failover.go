package gateway

import (
	"context"
	"fmt"
	"time"

	"tidemark/simulator/georep"
)

// dropAfter is how long a write that was sent to the primary may go on while an unplanned failover waits for it. The
// primary is about to lose its copy: what it has not answered by then was not promised to anybody.
const dropAfter = time.Second

// Loss is what an unplanned failover discarded, and the Last Sync Times at that moment.
type Loss struct {
	At       time.Time
	From, To georep.Region
	LastSync map[georep.Service]time.Time
	Entries  []georep.Entry
	Keys     map[uint64][]string // by Seq: the row keys of the entities, or message ids
}

// Failover orders an account failover. While it keeps the endpoints down, callers that wait are cut off; writes that
// were sent to the primary end first.
func (a *Account) Failover(k georep.Kind) error {
	now := a.look() // an outage that began just before the order counts
	a.mu.Lock()
	defer a.mu.Unlock()
	defer a.wake()
	a.reached(now)
	if err := a.geo.CanFailover(k); err == nil && k == georep.Planned && a.g.isKilled(a.now.primary) {
		return fmt.Errorf("account %s: planned failover from %s: %w: its storage was killed; restart it first, or "+
			"order an unplanned one, which loses what %s lacks",
			a.name, a.now.primary, georep.ErrPrimaryDown, a.now.secondary)
	}
	if err := a.geo.Failover(a.tick(), k); err != nil {
		return fmt.Errorf("account %s: %w", a.name, err)
	}
	return nil
}

// failover goes on with the failover under way, if one is, and follows geo's roles. What it returns is to be done
// without mu. The caller holds mu.
func (a *Account) failover() (follow func()) {
	before := a.now
	last := a.lastSync()
	effects := a.geo.Step(a.tick())
	status := a.geo.Status(a.tick())
	if status.Phase == georep.Down || len(effects) > 0 {
		a.takeDown(status.Kind)
	}
	a.now.primary, a.now.secondary, a.now.down = status.Primary, status.Secondary, status.Phase == georep.Down
	var promoted, wipe georep.Region
	var discarded []georep.Entry
	for _, e := range effects {
		switch {
		case e.Promoted != "":
			promoted = e.Promoted
		case e.Wipe != "":
			wipe = e.Wipe
			a.leftover[wipe] = true
		default:
			discarded = append(discarded, e.Discarded...)
		}
	}
	if promoted != "" && wipe != "" {
		a.lose(before.primary, promoted, last, discarded)
	}
	if a.now == before && promoted == "" {
		return nil
	}
	if promoted != "" {
		a.promoting = true
		a.leave()
	}
	return func() { a.follow(promoted, wipe, discarded) }
}

// lastSync gives the Last Sync Times while a failover, which may be about to promote, runs. The caller holds mu.
func (a *Account) lastSync() map[georep.Service]time.Time {
	now := a.tick()
	if a.geo.Status(now).Phase == georep.Steady {
		return nil
	}
	return map[georep.Service]time.Time{
		georep.Table: a.geo.Stats(now, georep.Table).LastSync,
		georep.Queue: a.geo.Stats(now, georep.Queue).LastSync,
	}
}

// takeDown cuts the callers off that wait for something, and after a while the writes that an old primary does not
// answer. The caller holds mu.
func (a *Account) takeDown(k georep.Kind) {
	a.up.end()
	if k != georep.Unplanned || a.dropping {
		return
	}
	a.dropping = true
	sending := a.sending
	a.g.work.Go(func() {
		if pause(sending.ctx, dropAfter) {
			sending.end()
		}
	})
}

// lose remembers what a failover discarded. The caller holds mu.
func (a *Account) lose(from, to georep.Region, last map[georep.Service]time.Time, entries []georep.Entry) {
	l := Loss{At: a.last, From: from, To: to, LastSync: last, Entries: entries,
		Keys: make(map[uint64][]string, len(entries))}
	for _, e := range entries {
		if known := a.log[e.Seq]; known != nil {
			l.Keys[e.Seq] = known.payload.keys()
		}
	}
	clear(a.log)
	a.losses = append(a.losses, l)
}

// follow lets callers in under the new roles, after the queues have them, and deletes what a failover left behind.
func (a *Account) follow(promoted, wipe georep.Region, discarded []georep.Entry) {
	if promoted != "" {
		a.queues.promoted(promoted, discarded)
	}
	a.mu.Lock()
	a.promoting = a.promoting && promoted == ""
	a.publish()
	a.mu.Unlock()
	if promoted != "" && !a.g.isKilled(a.roles.Load().secondary) {
		a.renew() // the old primary came back without what it had; one that is not there yet is for Renew
	}
	if wipe != "" {
		a.g.work.Go(func() { a.wipeInTime(wipe) })
	}
	a.wake() // the network is asked about the new roles
}

// publish has callers routed by the roles of now, unless the queues do not have them yet. Who was cut off by a
// failover stays so: callers take their stage before they ask for the roles. The caller holds mu.
func (a *Account) publish() {
	if a.promoting {
		return
	}
	next := a.now
	a.roles.Store(&next)
	if !next.down && a.up.ctx.Err() != nil && a.g.ctx.Err() == nil {
		a.up, a.sending, a.dropping = newStage(a.g.ctx), newStage(a.g.ctx), false
	}
}

// wipeInTime deletes a region's copy of the account as soon as its store answers.
func (a *Account) wipeInTime(region georep.Region) {
	for wait := applyAgain; ; wait = min(2*wait, applyAgainMost) {
		a.mu.Lock()
		left := a.leftover[region] && !a.copying // a bootstrap deletes it itself
		a.mu.Unlock()
		if !left || a.wipe(a.g.ctx, region) == nil || !pause(a.g.ctx, wait) {
			return
		}
	}
}

// wipe deletes the account's tables and queues at a region's store.
func (a *Account) wipe(ctx context.Context, region georep.Region) error {
	a.wiping.Lock()
	defer a.wiping.Unlock()
	a.mu.Lock()
	left := a.leftover[region]
	a.mu.Unlock()
	if !left {
		return nil
	}
	tables, err := a.wipeTables(ctx, region)
	if err != nil {
		return err
	}
	if err := a.queues.wipe(ctx, region); err != nil {
		return err
	}
	a.mu.Lock()
	delete(a.leftover, region)
	at := a.tick()
	a.mu.Unlock()
	a.g.tell(Event{At: at, Account: a.name, Kind: "wiped",
		Text: fmt.Sprintf("region %s: %d tables deleted, and the queues", region, tables)})
	return nil
}
