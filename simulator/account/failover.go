package account

import (
	"fmt"
	"time"

	"tidemark/simulator/georep"
)

// dropAfter is how long a write that was sent to the primary may go on while an unplanned failover waits for it. The
// primary is about to lose its copy: what it has not answered by then was not promised to anybody.
const dropAfter = time.Second

// Failover orders an account failover. While it keeps the endpoints down, callers that wait are cut off; writes that
// were sent to the primary end first.
func (a *Account) Failover(k georep.Kind) (err error) {
	a.look() // an outage that began just before the order counts
	a.order(func(now time.Time) {
		is := a.geo.Status(now)
		if err = a.geo.CanFailover(k); err == nil && k == georep.Planned && a.killed[is.Primary] {
			err = fmt.Errorf("planned failover from %s: %w: its storage was killed; restart it first, or "+
				"order an unplanned one, which loses what %s lacks", is.Primary, georep.ErrPrimaryDown, is.Secondary)
		}
		if err == nil {
			err = a.geo.Failover(now, k)
			a.publish() // an unplanned one may have taken the place of one that let reads through
		}
	})
	if err != nil {
		return fmt.Errorf("account %s: %w", a.o.Name, err)
	}
	return nil
}

// Reenable makes an LRS account geo-redundant again, with its secondary in that region: bootstrap, then live. It
// returns when the order is taken; writes go on while what there is is copied. What an earlier life left in that region
// is deleted first; until then the secondary endpoint is not there. It is refused while one of the two regions is out
// or killed, or they do not reach one another: the copy could not even begin.
func (a *Account) Reenable(secondary georep.Region) (err error) {
	primary := a.Endpoints().Primary.Region
	is := a.reach(primary, secondary) // as it is when the order comes
	a.order(func(now time.Time) {
		if err = a.canReenable(secondary, is); err == nil {
			err = a.geo.BeginBootstrap(now, secondary)
		}
		if err == nil {
			a.beginCopy()
		}
	})
	if err != nil {
		return fmt.Errorf("account %s: %w", a.o.Name, err)
	}
	return nil
}

// canReenable is the error of an order to re-enable geo-redundancy. The caller holds mu.
func (a *Account) canReenable(secondary georep.Region, is map[georep.Service]georep.Reach) error {
	t, q := is[georep.Table], is[georep.Queue]
	if err := a.geo.CanReenable(secondary, t.Primary && q.Primary, t.Secondary && q.Secondary,
		t.Link && q.Link); err != nil {
		return err
	}
	primary := a.geo.Status(a.tick()).Primary
	for _, at := range []struct {
		region georep.Region
		why    error
	}{{secondary, georep.ErrSecondaryDown}, {primary, georep.ErrPrimaryDown}} {
		if a.killed[at.region] {
			return fmt.Errorf("re-enable geo-redundancy of the account in %s: %w: the storage of %s was killed; "+
				"restart it first", primary, at.why, at.region)
		}
	}
	return nil
}

// reach asks what of each service answers, if these were the account's regions.
func (a *Account) reach(primary, secondary georep.Region) map[georep.Service]georep.Reach {
	is := make(map[georep.Service]georep.Reach)
	for _, s := range []georep.Service{georep.Table, georep.Queue} {
		is[s] = georep.Reach{Primary: true, Secondary: true, Link: true}
		if a.o.Reach != nil && secondary != "" {
			is[s] = a.o.Reach(s, primary, secondary)
		}
	}
	return is
}

// look asks what of each service answers, and tells geo.
func (a *Account) look() {
	e := a.Endpoints()
	is := a.reach(e.Primary.Region, e.Secondary.Region)
	a.do(func(now time.Time) {
		if a.Endpoints().Primary.Region == e.Primary.Region && a.Endpoints().Secondary.Region == e.Secondary.Region {
			a.geo.SetReachable(now, georep.Table, is[georep.Table])
			a.geo.SetReachable(now, georep.Queue, is[georep.Queue])
		}
	})
}

// step goes on with the failover under way, if one is, and does what follows. The caller holds mu.
func (a *Account) step(now time.Time) {
	before := a.geo.Status(now)
	if before.Phase == georep.Steady {
		return
	}
	last := map[georep.Service]time.Time{
		georep.Table: a.geo.Stats(now, georep.Table).LastSync,
		georep.Queue: a.geo.Stats(now, georep.Queue).LastSync,
	}
	effects := a.geo.Step(now)
	is := a.geo.Status(now)
	if is.Phase == georep.Down && !a.readsGoOn(is) || len(effects) > 0 {
		a.takeDown(is.Kind)
	}
	loss, wiped := Loss{At: now, From: before.Primary, To: is.Primary, LastSync: last}, false
	for _, e := range effects {
		switch {
		case e.Promoted != "":
			a.promoted(now)
		case e.Wipe != "":
			wiped = true
			a.leftover[e.Wipe] = true
			a.later(func() { a.wipeInTime(e.Wipe) })
		default:
			loss.Entries = e.Discarded
		}
	}
	if wiped {
		a.lose(loss)
	}
	if is.Phase != before.Phase || is.Kind != before.Kind {
		if (a.lost || a.unsure) && is.Phase == georep.Steady {
			a.stay(now)
		}
		a.publish()
		a.bell.ring() // what answers is asked about the new roles
	}
}

// stay does what follows from a failover that was called off although its primary lost what it had, or writes to it
// were given up: the two are made to agree again. The caller holds mu.
func (a *Account) stay(now time.Time) {
	a.lost, a.lacks = false, false
	a.doubtful(now)
}

// takeDown cuts the callers off that wait for something, and after a while the writes that an old primary does not
// answer. The caller holds mu.
func (a *Account) takeDown(k georep.Kind) {
	a.up.end()
	if k != georep.Unplanned || a.dropping == a.sending.ctx {
		return
	}
	sending := a.sending
	a.dropping = sending.ctx
	a.later(func() {
		if a.s.Sleep(sending.ctx, dropAfter) == nil {
			sending.end()
		}
	})
}

// lose remembers what a failover discarded. The caller holds mu.
func (a *Account) lose(l Loss) {
	l.Keys = make(map[uint64][]string, len(l.Entries))
	for _, e := range l.Entries {
		if known := a.log[e.Seq]; known != nil {
			l.Keys[e.Seq] = known.payload.Keys()
		}
	}
	clear(a.log)
	a.losses = append(a.losses, l)
}

// CanFailover is the error that georep would give for a failover ordered now.
func (a *Account) CanFailover(k georep.Kind) (err error) {
	a.do(func(time.Time) { err = a.geo.CanFailover(k) })
	return err
}
