package account

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tidemark/ports/sched"
	"tidemark/simulator/georep"
)

// Open begins to drive an account. One without a secondary has nothing to be driven, and never gets a secondary.
// Everything that it starts ends with Close.
func Open(o Options) (*Account, error) {
	if o.Sched == nil || o.Store == nil {
		return nil, errors.New("account: a scheduler and a store are needed")
	}
	if o.CopyRate < 0 {
		return nil, fmt.Errorf("account %s: copy rate %v: use rows a second, or 0 for no bound", o.Name, o.CopyRate)
	}
	a := &Account{o: o, s: o.Sched, locks: newLocks(o.Sched), bell: newBell(o.Sched), log: make(map[uint64]*entry),
		lags: make(map[georep.Scope]georep.Lag), killed: make(map[georep.Region]bool),
		leftover: make(map[georep.Region]bool), wrong: make(map[georep.Service]WrongStats)}
	o.Geo.Observe, o.Geo.Clock = o.Observe, nil
	if o.Clock != nil {
		o.Geo.Clock = func(r georep.Region, _ time.Time) time.Time { return o.Clock(r) }
	}
	geo, err := georep.New(o.Geo)
	if err != nil {
		return nil, err
	}
	if o.Geo.Lag != nil {
		a.lags[georep.Scope{}] = o.Geo.Lag
	}
	a.geo = geo
	a.underWay, a.ended = make(map[int]int), a.s.NewEvent()
	a.ctx, a.close = a.s.WithCancel(context.Background())
	a.crew = sched.NewGroup(a.ctx, a.s, 0)
	a.up, a.sending, a.copies = a.newStage(), a.newStage(), a.newStage()
	if o.Geo.Bootstrap { // its primary may have rows already, because its folder was kept
		a.copy = doubted
	}
	a.publish()
	if o.Geo.Secondary != "" {
		a.start(a.drive)
	}
	a.Renew()
	return a, nil
}

// Close stops replication, gives up writes whose storage does not answer, and waits for what is under way.
func (a *Account) Close() {
	a.close()
	_ = a.crew.Wait()
}
