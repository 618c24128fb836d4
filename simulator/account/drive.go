package account

import (
	"errors"
	"time"

	"tidemark/simulator/georep"
)

const (
	// applyWorkers is how many entries, of different partitions, are applied side by side.
	applyWorkers = 16
	// applyAgain is the delay after a first failure to apply an entry; it doubles up to applyAgainMost.
	applyAgain     = 50 * time.Millisecond
	applyAgainMost = time.Second
	// driverSleep is the longest that the driver sleeps while something will be due, should the clock not go as the
	// timer does; driverIdle while nothing will, but by an order or a write.
	driverSleep = time.Second
	driverIdle  = time.Hour
	// driverRest is how long it sleeps at least while all workers are busy, though entries are ready: a worker that
	// ends takes the next one, or wakes the driver. Only the end of a failover's phase is left to the timer, and may
	// be seen so much later.
	driverRest = 10 * time.Millisecond
)

// drive replicates and carries failovers out, until the account is closed.
func (a *Account) drive() {
	for a.ctx.Err() == nil {
		a.bell.wait(a.ctx, a.turn())
	}
}

// turn does what is to be done now, and says how long the driver may sleep.
func (a *Account) turn() (sleep time.Duration) {
	a.look()
	a.do(func(now time.Time) {
		a.step(now)
		for a.running < applyWorkers {
			e, ok := a.geo.Next(now)
			if !ok {
				break
			}
			a.running++
			a.later(func() { a.work(e) })
		}
		a.wakeAt, sleep = time.Time{}, driverIdle
		if at, ok := a.geo.Wake(now); ok {
			a.wakeAt = at
			sleep = max(0, min(driverSleep, at.Sub(a.last)))
		}
		if a.running == applyWorkers {
			sleep = max(sleep, driverRest)
		}
		a.tellDrained()
	})
	return sleep
}

// work applies an entry, and then others as long as there are any.
func (a *Account) work(e georep.Entry) {
	for more := true; more; {
		there := a.apply(e)
		if a.ctx.Err() != nil {
			return
		}
		a.do(func(now time.Time) {
			if there {
				delete(a.log, e.Seq)
				a.geo.Applied(now, e.Seq)
			} else {
				a.geo.Failed(now, e.Seq, a.backOff(e.Seq))
			}
			// A failed entry is left to the driver, which knows when it is due again; so is all while a failover may
			// wait for what is under way.
			if more = there && a.geo.Status(now).Phase != georep.Down; more {
				e, more = a.geo.Next(now)
			}
			if !more {
				a.running--
			}
			if at, ok := a.geo.Wake(now); ok && !at.After(now) && a.running < applyWorkers {
				a.bell.ring() // what was applied has opened the way for others
			}
			a.tellDrained()
		})
	}
	a.bell.ring()
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

// apply repeats an entry on the secondary, and says whether it is there. It waits as long as the storage takes: a
// repeat that was given up could come into effect after the next. One without an answer is looked up before it counts
// as missing, or a failover would list it as lost.
func (a *Account) apply(e georep.Entry) (there bool) {
	var to georep.Region
	var known *entry
	a.do(func(now time.Time) { to, known = a.geo.Status(now).Secondary, a.log[e.Seq] })
	if known == nil {
		return true // a copy has it
	}
	err := a.o.Store.Apply(a.ctx, to, e, known.payload)
	if err == nil {
		return true
	}
	a.tell("apply-failed", e, err.Error())
	for wait := applyAgain; a.ctx.Err() == nil && !errors.Is(err, ErrNotSent); wait = min(2*wait, applyAgainMost) {
		if there, err := a.o.Store.Holds(a.ctx, to, e, known.payload); err == nil {
			return there
		}
		if a.s.Sleep(a.ctx, wait) != nil {
			break
		}
	}
	return false
}
