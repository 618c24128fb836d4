package georep

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Scope is what a lag or a pause is for: the zero value is the account; the most precise scope holds. A scope with a
// Key is more precise than every one without, then one with a Container, then one with a Service. A write to the
// container itself is in no scope with a Key.
type Scope struct {
	Service   Service // "" is both
	Container string  // "" is all
	Key       string  // "" is all
}

// String is "account", or what the scope is narrowed to.
func (s Scope) String() string {
	var parts []string
	if s.Service != "" {
		parts = append(parts, string(s.Service))
	}
	if s.Container != "" {
		parts = append(parts, s.Container)
	}
	if s.Key != "" {
		parts = append(parts, fmt.Sprintf("%q", s.Key))
	}
	if len(parts) == 0 {
		return "account"
	}
	return strings.Join(parts, " ")
}

// covers says whether everything in t is in s.
func (s Scope) covers(t Scope) bool {
	return (s.Service == "" || s.Service == t.Service) && (s.Container == "" || s.Container == t.Container) &&
		(s.Key == "" || s.Key == t.Key)
}

// of is the narrowest scope of a partition.
func (p Partition) scope() Scope {
	s := Scope{Service: p.Service, Container: p.Container}
	if !p.Whole {
		s.Key = p.Key
	}
	return s
}

// lookup finds what holds for a scope: of the settings that cover it, the most precise.
func lookup[T any](settings map[Scope]T, s Scope) (T, bool) {
	if len(settings) > 0 {
		for wide := range 8 { // the bits say what to leave out, the Key last
			var w Scope
			if wide&1 == 0 {
				w.Service = s.Service
			}
			if wide&2 == 0 {
				w.Container = s.Container
			}
			if wide&4 == 0 {
				w.Key = s.Key
			}
			if found, ok := settings[w]; ok {
				return found, true
			}
		}
	}
	var none T
	return none, false
}

// delay is the lag of an entry that commits, or is looked at again, now. Its random part is of the entry alone: it
// does not depend on the order of calls.
func (a *Account) delay(now time.Time, e Entry) time.Duration {
	l, ok := lookup(a.lags, e.Partition.scope())
	if !ok {
		return 0
	}
	u := rand.New(rand.NewPCG(a.seed, e.Seq)).Float64()
	return max(l.Delay(now, u), 0)
}

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

// paused says whether a partition's entries wait for a Resume. In the down of a planned failover none do: both
// endpoints would wait for it too.
func (a *Account) paused(p Partition) bool {
	if a.kind == Planned && a.phase == Down {
		return false
	}
	paused, _ := lookup(a.pauses, p.scope())
	return paused
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
