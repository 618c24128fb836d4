package gateway

import (
	"context"

	"tidemark/simulator/georep"
)

// Renew has a region's store restarted, and makes anew the copies that may not hold any more after it. The restart says where the store is, and
// whether it may have lost something; an error is that it is not there.
//
// An account whose secondary it is, is in bootstrap from the moment before the restart: nobody may be told live, and a Last Sync Time, of a
// store that has not what it had. An account whose primary has lost something gets its secondary made anew from what is left, so that the two
// agree: the service has no such event. A primary that is not there leaves its secondary alone, for a failover to it.
func (g *Gateway) Renew(r georep.Region, restart func() (s Store, lost bool, err error)) error {
	g.Distrust(r)
	s, lost, err := restart()
	if err == nil {
		err = g.SetStore(r, s)
	}
	for _, a := range g.Accounts() {
		if err == nil && lost && a.geoRedundant && a.Status().Primary == r {
			a.queues.ledger.Forget(string(r))
			a.distrust()
		}
		a.renew()
	}
	return err
}

// Distrust says that a region's store was killed, and that nobody knows what of it comes back with Renew: accounts whose secondary it is are in
// bootstrap until then, and take no failover to it.
func (g *Gateway) Distrust(r georep.Region) {
	for _, a := range g.Accounts() {
		if a.Status().Secondary == r {
			a.distrust()
		}
	}
}

// distrust has the secondary's copy count for nothing from now on: the state is bootstrap, and what is being copied or repeated is given up.
// An account without a secondary has none.
func (a *Account) distrust() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.distrusted || a.geo.Resync(a.tick()) != nil {
		return
	}
	a.copies.end()
	clear(a.log)
	a.distrusted, a.copying, a.now.empty = true, true, true
	a.publish()
}

// renew begins the copy of an account whose secondary is distrusted.
func (a *Account) renew() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.distrusted {
		a.distrusted = false
		a.beginBootstrap(a.now.secondary)
	}
}

// copyAnew starts a bootstrap in the place of the one before, if there is one: it begins when that has ended and nothing is being repeated on the
// secondary. The caller holds mu.
func (a *Account) copyAnew() {
	before, secondary := a.copied, a.now.secondary
	a.copies, a.copied = newStage(a.g.ctx), make(chan struct{})
	copies, ended := a.copies, a.copied
	a.g.work.Go(func() {
		defer close(ended)
		defer copies.end()
		if before != nil {
			<-before
		}
		a.still(copies.ctx, func() { a.leftover[secondary] = true }) // the one before may just have wiped it
		for a.repeating() {
			if !pause(copies.ctx, applyAgain) {
				return
			}
		}
		a.bootstrap(copies.ctx)
	})
}

// repeating says whether entries are being repeated on the secondary.
func (a *Account) repeating() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.running > 0
}

// still does something for a bootstrap, with mu held, unless another has taken its place.
func (a *Account) still(ctx context.Context, do func()) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if ctx.Err() != nil {
		return false
	}
	do()
	return true
}
