package georep

import (
	"cmp"
	"slices"
	"time"
)

// SetLag changes the lag of what commits from now on; nil takes the scope's own away. A burst or a trace counts from
// now. What is under way keeps the time it has, unless a lag of now would make it due sooner.
func (a *Account) SetLag(now time.Time, s Scope, l Lag) {
	now = a.tick(now)
	text := s.String() + ": as the wider scope"
	if l == nil {
		delete(a.lags, s)
	} else {
		text = s.String() + ": " + l.String()
		if n, ok := l.(anchored); ok {
			l = n.from(now)
		}
		a.lags[s] = l
	}
	a.tell("lag", Entry{}, text)
	for _, it := range a.items {
		if !s.covers(it.Partition.scope()) {
			continue
		}
		if due := it.committed.Add(a.delay(now, it.Entry)); due.Before(it.Due) {
			it.Due = due
			a.ready.fix(it)
		}
	}
}

// Pause stops applying what is in the scope; what is under way is not called back. The Last Sync Time of a service of
// which anything is paused stands still. A pause holds for the narrower scopes that were resumed before, too; it does
// not hold in the Down of a planned failover.
func (a *Account) Pause(now time.Time, s Scope) {
	a.tick(now)
	for narrow, paused := range a.pauses {
		if !paused && s.covers(narrow) {
			delete(a.pauses, narrow)
		}
	}
	a.pauses[s] = true
	a.refreeze()
	a.tell("paused", Entry{}, s.String())
}

// Resume goes on with the scope, also when a wider one is paused. A narrower one that was paused by itself stays so.
func (a *Account) Resume(now time.Time, s Scope) {
	a.tick(now)
	delete(a.pauses, s)
	if wider, _ := lookup(a.pauses, s); wider {
		a.pauses[s] = false
	}
	for narrow, paused := range a.pauses { // an exception of what is not paused any more
		if !paused && !a.pausedAround(narrow) {
			delete(a.pauses, narrow)
		}
	}
	a.refreeze()
	a.tell("resumed", Entry{}, s.String())
	a.unpark()
}

// pausedAround says whether a scope wider than this one is paused.
func (a *Account) pausedAround(s Scope) bool {
	for wide, paused := range a.pauses {
		if paused && wide != s && wide.covers(s) {
			return true
		}
	}
	return false
}

// pausedScopes lists the scopes that are paused, in the order of their text.
func (a *Account) pausedScopes() []Scope {
	var scopes []Scope
	for s, paused := range a.pauses {
		if paused {
			scopes = append(scopes, s)
		}
	}
	slices.SortFunc(scopes, func(x, y Scope) int {
		return cmp.Or(cmp.Compare(x.Service, y.Service), cmp.Compare(x.Container, y.Container),
			cmp.Compare(x.Key, y.Key))
	})
	return scopes
}
