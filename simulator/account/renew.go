package account

import (
	"time"

	"tidemark/simulator/georep"
)

// What follows when a region's storage was killed, or restarted without what it had. The service has no such event.
//
// An account whose secondary it is, is in bootstrap from the moment before the restart: nobody may be told live, and a
// Last Sync Time, of a storage that has not what it had. An account whose primary has lost something gets its secondary
// made anew from what is left, so that the two agree. A primary that is not there leaves its secondary alone, for a
// failover to it; and one that comes back while a failover is under way does too: what the secondary has is what that
// is to save.

// Doubt says that a region's storage was killed, or is about to be restarted: nobody knows what of it comes back. An
// account whose secondary it is, or becomes, is in bootstrap until the copy is there that Renew begins, and takes no
// failover to it.
func (a *Account) Doubt(r georep.Region) {
	a.do(func(now time.Time) {
		a.killed[r] = true
		switch is := a.geo.Status(now); {
		case is.Secondary == r:
			a.distrust(now)
		case is.Primary == r && leaving(is):
			a.lost = true // before it can answer again, without what it had
			a.publish()
		}
	})
}

// Back says that a region's storage is there again, and whether it may have lost something. It says whether what was
// known of the region's data counts for nothing: call Renew after forgetting that.
func (a *Account) Back(r georep.Region, lost bool) (forget bool) {
	a.do(func(now time.Time) {
		delete(a.killed, r)
		is := a.geo.Status(now)
		if is.Primary != r {
			return
		}
		a.lacks = a.lacks || lost
		a.lost = a.lacks && leaving(is)
		if forget = a.lacks && !a.lost; forget || a.unsure && is.Phase != georep.Down {
			a.lacks, a.unsure = false, false
			a.distrust(now)
		}
		a.publish()
	})
	return forget
}

// Renew begins the copy of an account whose secondary is doubted.
func (a *Account) Renew() {
	a.do(func(time.Time) { a.renew() })
}

// renew is Renew: nothing is copied from or to a storage that was killed. The caller holds mu.
func (a *Account) renew() {
	is := a.geo.Status(a.tick())
	if a.copy == doubted && !a.killed[is.Primary] && !a.killed[is.Secondary] {
		a.beginCopy()
	}
}

// doubtful does what follows from a write of which nobody knows whether the primary has it: a failover loses the
// primary, and with it the question; one that is called off, or over without the roles having changed, leaves the two
// regions with different answers, so the secondary is made anew. The caller holds mu.
func (a *Account) doubtful(now time.Time) {
	is := a.geo.Status(now)
	if is.Phase == georep.Down || a.killed[is.Primary] {
		a.unsure = true // the secondary's copy may still be all that there is
		return
	}
	a.unsure = false
	if a.ctx.Err() != nil {
		return
	}
	a.distrust(now)
	a.renew()
}

// leaving says whether a failover away from the primary is under way to a secondary whose copy counts.
func leaving(is georep.Status) bool {
	return (is.Phase == georep.Announced || is.Phase == georep.Down) && !is.Copying
}

// promoted looks, when the roles have just changed, whether the new secondary has what it had as the primary. The
// caller holds mu.
func (a *Account) promoted(now time.Time) {
	lost := a.lost || a.lacks
	a.lost, a.lacks, a.unsure = false, false, false
	a.copies.end() // the last of a copy may still be under way
	a.copy = copied
	secondary := a.geo.Status(now).Secondary
	if secondary == "" || !lost && !a.killed[secondary] {
		return
	}
	a.distrust(now)
	a.renew() // it came back without what it had; one that is not there yet is for Renew
}

// distrust has the secondary's copy count for nothing from now on: the state is bootstrap, and what is being copied
// or repeated is given up. An account without a secondary has none. The caller holds mu.
func (a *Account) distrust(now time.Time) {
	if a.copy == doubted || a.geo.Resync(now) != nil {
		return
	}
	a.copies.end()
	clear(a.log)
	a.copy = doubted
	a.publish()
}
