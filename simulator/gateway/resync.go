package gateway

import (
	"context"

	"tidemark/simulator/georep"
)

// Renew has a region's store restarted, and makes anew the copies that may not hold any more after it. The restart
// says where the store is, and whether it may have lost something; an error is that it is not there.
//
// An account whose secondary it is, is in bootstrap from the moment before the restart: nobody may be told live, and
// a Last Sync Time, of a store that has not what it had. An account whose primary has lost something gets its
// secondary made anew from what is left, so that the two agree: the service has no such event. A primary that is not
// there leaves its secondary alone, for a failover to it; and one that comes back while a failover is under way does
// too: what the secondary has is what that is to save.
func (g *Gateway) Renew(r georep.Region, restart func() (s Store, lost bool, err error)) error {
	g.Distrust(r)
	s, lost, err := restart()
	if err == nil {
		err = g.SetStore(r, s)
	}
	if err == nil {
		g.killed.Delete(r)
	}
	for _, a := range g.Accounts() {
		if err == nil {
			a.renewPrimary(r, lost)
		}
		a.renew()
	}
	return err
}

// Distrust says that a region's store was killed, and that nobody knows what of it comes back with Renew: accounts
// whose secondary it is, or becomes, are in bootstrap until then, and take no failover to it.
func (g *Gateway) Distrust(r georep.Region) {
	g.killed.Store(r, true) // before the accounts: one whose roles change meanwhile sees it
	for _, a := range g.Accounts() {
		a.doubt(r)
	}
}

// isKilled says whether a region's store was killed and has not been renewed since.
func (g *Gateway) isKilled(r georep.Region) bool {
	_, killed := g.killed.Load(r)
	return killed
}

// doubt does what follows from a region's store having been killed, or being about to end.
func (a *Account) doubt(r georep.Region) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.now.secondary == r:
		a.distrust()
	case a.now.primary == r && a.leaving():
		a.now.gone = true // before it can answer again, without what it had
		a.publish()
	}
}

// renewPrimary does what follows from a region's store being there again, for an account whose primary it is.
func (a *Account) renewPrimary(r georep.Region, lost bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.geoRedundant || a.now.primary != r {
		return
	}
	if a.now.gone = lost && a.leaving(); lost && !a.now.gone {
		a.queues.ledger.Forget(string(r))
		a.distrust()
	}
	a.publish()
}

// leaving says whether a failover away from the primary is under way to a secondary whose copy counts. The caller
// holds mu.
func (a *Account) leaving() bool {
	s := a.geo.Status(a.tick())
	return (s.Phase == georep.Announced || s.Phase == georep.Down) && s.State != georep.Bootstrap
}

// leave looks, when the roles have just changed, whether the new secondary has what it had as the primary. The caller
// holds mu.
func (a *Account) leave() {
	gone := a.now.gone
	a.now.gone = false
	if a.now.secondary != "" && (gone || a.g.isKilled(a.now.secondary)) {
		a.distrust()
	}
}

// distrust has the secondary's copy count for nothing from now on: the state is bootstrap, and what is being copied
// or repeated is given up. An account without a secondary has none. The caller holds mu.
func (a *Account) distrust() {
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

// copyAnew starts a bootstrap in the place of the one before, if there is one: it begins when that has ended and
// nothing is being repeated on the secondary. The caller holds mu.
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
