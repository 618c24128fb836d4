package georep

import (
	"fmt"
	"time"
)

// Stats are the statistics of a service, as Get Table Service Stats and Get Queue Service Stats give them. The Last
// Sync Time is, to the second below, the oldest of: a write under way, a write that the secondary lacks, now; by the
// clock of the primary. It never falls while the roles stay; a new primary whose clock is behind has an earlier one,
// for it stamps its writes earlier. It stands still while the service's storages do not reach one another and while
// anything of the service is paused: the secondary cannot know that there is nothing to wait for.
//
// What is missing has a stamp at or after it, as the service says it ("all primary writes preceding this value are
// guaranteed"): a write stamped at the very second may be missing.
func (a *Account) Stats(now time.Time, s Service) Stats {
	a.tick(now)
	switch state := a.state(); state {
	case Live:
		return Stats{State: Live, LastSync: a.lastSync(a.service(s))}
	default:
		return Stats{State: state}
	}
}

// SetReachable says what of a service answers, or of every service (""): Failover has what is refused then. While the
// two do not reach one another nothing of the service is applied; the other goes on. The roles are those of now; a
// failover takes what was said along with its region.
func (a *Account) SetReachable(now time.Time, name Service, r Reach) {
	a.tick(now)
	var changed []Service
	for _, s := range a.services {
		if (name == "" || name == s.name) && s.reach != r {
			s.reach = r
			changed = append(changed, s.name)
		}
	}
	if len(changed) == 0 {
		return
	}
	a.refreeze()
	of := ""
	if len(changed) < len(a.services) {
		of = string(changed[0]) + ": "
	}
	a.tell("reachable", Entry{}, fmt.Sprintf("%sprimary %t, secondary %t, link %t", of, r.Primary, r.Secondary, r.Link))
	a.unpark()
}

// SetUnavailable makes the statistics say unavailable, as when they cannot be computed. Replication goes on.
func (a *Account) SetUnavailable(now time.Time, yes bool) {
	a.tick(now)
	if yes == a.unavailable {
		return
	}
	a.unavailable = yes
	kind := "available"
	if yes {
		kind = "unavailable"
	}
	a.tell(kind, Entry{}, "")
}

// Status is the account as a whole.
type Status struct {
	Primary, Secondary Region // Secondary "" without geo-redundancy
	State              State
	Phase              Phase
	Kind               Kind // of the failover under way
	Backlog            int  // entries that the secondary lacks
	BacklogBytes       int
	UnderWay           int       // writes that have arrived and are not committed
	Oldest             time.Time // stamp of the oldest that the secondary lacks, by the clock of the primary
	Commits, Applies   uint64
	Failovers          int
	LastFailover       time.Time // when the roles last changed
	Copying            bool      // a bootstrap goes on, whatever the statistics say
	Uncovered          int       // in bootstrap: partitions that wait for their copy
	PausedScopes       []Scope
}

// Status gives the account as it is now.
func (a *Account) Status(now time.Time) Status {
	a.tick(now)
	s := Status{Primary: a.primary, Secondary: a.secondary, State: a.state(), Phase: a.phase, Kind: a.kind,
		Backlog: len(a.items), BacklogBytes: a.bytes, UnderWay: len(a.tickets), Commits: a.seq, Applies: a.applies,
		Failovers: a.failovers, LastFailover: a.lastFailover, Copying: a.boot, Uncovered: len(a.uncovered),
		PausedScopes: a.pausedScopes()}
	for _, of := range a.services {
		if it, ok := of.missing.first(); ok && (s.Oldest.IsZero() || it.At.Before(s.Oldest)) {
			s.Oldest = it.At
		}
	}
	return s
}
