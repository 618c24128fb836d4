package account

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"tidemark/simulator/georep"
)

// SetLag changes the lag of what commits from now on; nil takes the scope's own away.
func (a *Account) SetLag(s georep.Scope, l georep.Lag) {
	s = canonical(s)
	a.order(func(now time.Time) {
		a.geo.SetLag(now, s, l)
		if l == nil {
			delete(a.lags, s)
		} else {
			a.lags[s] = l
		}
	})
}

// Lags are the lags that hold, by scope.
func (a *Account) Lags() (lags map[georep.Scope]georep.Lag) {
	a.do(func(time.Time) { lags = maps.Clone(a.lags) })
	return lags
}

// Pause stops applying writes of a scope to the secondary.
func (a *Account) Pause(s georep.Scope) {
	a.order(func(now time.Time) { a.geo.Pause(now, canonical(s)) })
}

// Resume goes on.
func (a *Account) Resume(s georep.Scope) {
	a.order(func(now time.Time) { a.geo.Resume(now, canonical(s)) })
}

// canonical is a scope as entries have it: the names of tables do not differ by case, and queues have none.
func canonical(s georep.Scope) georep.Scope {
	s.Container = strings.ToLower(s.Container)
	return s
}

// SetUnavailable makes the statistics say unavailable, as when they cannot be computed.
func (a *Account) SetUnavailable(yes bool) {
	a.order(func(now time.Time) { a.geo.SetUnavailable(now, yes) })
}

// order tells geo something, and has the driver look at what follows from it.
func (a *Account) order(f func(now time.Time)) {
	a.do(f)
	a.bell.ring()
}

// Look has the driver ask what answers: something may have changed.
func (a *Account) Look() { a.bell.ring() }

// Discarded lists what each unplanned failover lost, oldest first.
func (a *Account) Discarded() (losses []Loss) {
	a.do(func(time.Time) { losses = append(losses, a.losses...) })
	return losses
}

// Drained waits until the secondary has everything, or the context ends.
func (a *Account) Drained(ctx context.Context) error {
	done := a.s.NewEvent()
	a.order(func(time.Time) {
		a.drained = append(a.drained, done)
		a.tellDrained()
	})
	if err := done.Wait(ctx); err != nil {
		s := a.Status()
		return fmt.Errorf("account %s: wait until the secondary has everything: %d entries are missing and %d "+
			"writes under way (state %s, phase %s): %w", a.o.Name, s.Backlog, s.UnderWay, s.State, s.Phase, err)
	}
	return nil
}

// tellDrained tells those who wait that the secondary has everything. The caller holds mu.
func (a *Account) tellDrained() {
	if len(a.drained) == 0 {
		return
	}
	s := a.geo.Status(a.tick())
	if s.Backlog > 0 || s.UnderWay > 0 || s.Copying || s.Phase != georep.Steady || a.copy != copied {
		return
	}
	for _, waits := range a.drained {
		waits.Set()
	}
	a.drained = nil
}
