package gateway

import (
	"context"
	"errors"
	"time"

	"tidemark/simulator/georep"
	"tidemark/simulator/network"
)

const (
	// applyWorkers is how many entries, of different partitions, are applied side by side.
	applyWorkers = 16
	// applyAgain is the delay after a first failure to apply an entry; it doubles up to applyAgainMost.
	applyAgain     = 50 * time.Millisecond
	applyAgainMost = time.Second
	// driverSleep is the longest that the driver sleeps, should the storage's clock not go as the timer does.
	driverSleep = time.Second
	// driverRest is how long it sleeps at least while all workers are busy, though entries are ready: a worker that
	// ends takes the next one, or wakes the driver. Only the end of a failover's phase is left to the timer, and may
	// be seen so much later.
	driverRest = 10 * time.Millisecond
)

// errClosedPath means that the network does not let the two regions' services reach one another.
var errClosedPath = errors.New("the secondary cannot be reached from the primary")

// reach is which of the account's regions answer.
type reach struct{ primary, secondary, link bool }

// drive replicates and carries failovers out, until the gateway is closed.
func (a *Account) drive() {
	timer := time.NewTimer(driverSleep)
	defer timer.Stop()
	for {
		changed, sleep := a.turn()
		timer.Reset(sleep)
		select {
		case <-a.poke:
		case <-changed:
		case <-timer.C:
		case <-a.g.ctx.Done():
			return
		}
	}
}

// turn does what is to be done now, and says when to look again: at a change of the network, or after a while.
func (a *Account) turn() (changed <-chan struct{}, sleep time.Duration) {
	if n := a.g.o.Network; n != nil {
		changed = n.Changed()
	}
	now := a.look()
	a.mu.Lock()
	a.reached(now)
	follow := a.failover()
	for a.running < applyWorkers {
		e, ok := a.geo.Next(a.tick())
		if !ok {
			break
		}
		a.running++
		a.g.work.Go(func() { a.worker(e) })
	}
	at, ok := a.geo.Wake(a.tick())
	a.wakeAt, sleep = time.Time{}, driverSleep
	if ok {
		a.wakeAt = at
		sleep = max(0, min(sleep, at.Sub(a.last)))
	}
	if a.running == applyWorkers {
		sleep = max(sleep, driverRest)
	}
	a.tellDrained()
	a.mu.Unlock()
	if follow != nil {
		follow()
	}
	return changed, sleep
}

// look asks the network which of the account's regions answer.
func (a *Account) look() reach {
	r := a.roles.Load()
	return a.lookAt(r.primary, r.secondary)
}

// lookAt asks the network which of two regions answer, as if these were the account's.
func (a *Account) lookAt(primary, secondary georep.Region) reach {
	n := a.g.o.Network
	if n == nil {
		return reach{primary: true, secondary: true, link: true}
	}
	return reachOf(n, network.Place(primary), network.Place(secondary))
}

// reached tells geo what was seen. The caller holds mu.
func (a *Account) reached(now reach) {
	if now != a.reach {
		a.reach = now
		a.geo.SetReachable(a.tick(), now.primary, now.secondary, now.link)
	}
}

// reachOf is what the network lets reach what. A region answers when both its services do; there is a link while one
// of them has a path: a closed service's entries fail one by one.
func reachOf(n *network.Network, primary, secondary network.Place) reach {
	open := func(from, to network.Place, p network.Part) bool { return n.Path(from, to, p).Open() }
	r := reach{primary: open(primary, primary, network.Table) && open(primary, primary, network.Queue), secondary: true,
		link: true}
	if secondary != "" {
		r.secondary = open(secondary, secondary, network.Table) && open(secondary, secondary, network.Queue)
		r.link = open(primary, secondary, network.Table) || open(primary, secondary, network.Queue)
	}
	return r
}

// worker applies an entry, and then others as long as there are any.
func (a *Account) worker(e georep.Entry) {
	for more := true; more; {
		err := a.apply(e)
		if a.g.ctx.Err() != nil {
			return
		}
		if err != nil {
			a.g.tell(Event{At: a.g.o.Now(), Account: a.name, Kind: "apply-failed", Entry: &e, Text: err.Error()})
		}
		a.mu.Lock()
		now := a.tick()
		if err == nil {
			delete(a.log, e.Seq)
			a.geo.Applied(now, e.Seq)
		} else {
			a.geo.Failed(now, e.Seq, a.backOff(e.Seq))
		}
		// A failed entry is left to the driver, which knows when it is due again.
		if more = err == nil && !a.now.down; more {
			e, more = a.geo.Next(now)
		}
		if !more {
			a.running--
		}
		a.tellDrained()
		a.mu.Unlock()
	}
	a.wake()
}

// backOff is how long to wait before an entry is tried again. The caller holds mu.
func (a *Account) backOff(seq uint64) time.Duration {
	e := a.log[seq]
	if e == nil {
		return applyAgain
	}
	wait := min(applyAgain<<min(e.tries, 10), applyAgainMost)
	e.tries++
	return wait
}

// apply repeats an entry on the secondary. It waits as long as the store takes: a repeat that was given up could come
// into effect after the next.
func (a *Account) apply(e georep.Entry) error {
	a.mu.Lock()
	r, known := a.now, a.log[e.Seq]
	a.mu.Unlock()
	if known == nil {
		return nil // a bootstrap's copy has it
	}
	if n := a.g.o.Network; n != nil && !n.Path(network.Place(r.primary), network.Place(r.secondary),
		network.Part(e.Partition.Service)).Open() {
		return errClosedPath
	}
	return known.payload.apply(a.g.ctx, a, r.secondary, e)
}

// tellDrained tells those who wait that the secondary has everything. The caller holds mu.
func (a *Account) tellDrained() {
	if len(a.drained) == 0 || !a.isDrained(a.geo.Status(a.tick())) {
		return
	}
	for _, waits := range a.drained {
		close(waits)
	}
	a.drained = nil
}

// pause waits, and says whether to go on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
