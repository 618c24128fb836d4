package georep

import (
	"fmt"
	"slices"
	"time"
)

// Effect is what the driver has to do after a Step. Exactly one field is set.
type Effect struct {
	Promoted  Region  // the new primary: from now on it takes the writes
	Wipe      Region  // delete this region's copy of the account
	Discarded []Entry // what the failover lost, in order of commit
}

// Failover orders a failover. The secondary must answer and the state be live. Planned: nothing may be paused, the
// primary must answer with one service at least, and one that answers must reach the secondary, also when nothing is
// missing; of one that does not answer nothing may be missing or under way. One order at a time; but an unplanned one
// takes the place of a planned one, in the phase where it is, until the roles have changed.
//
// No page says what an order meets while another runs, or what a region's loss does to a failover under way. Here: it
// waits. A planned one waits for its last entries (lags still pass: it lasts as long as the longest) with both
// endpoints down; what was paused since the order is drained then all the same, and is paused again afterwards. An
// unplanned one waits for the secondary. Both wait for a bootstrap that a Resync began. None waits for ever: see
// Windows.GiveUp.
func (a *Account) Failover(now time.Time, k Kind) error {
	now = a.tick(now)
	if err := a.CanFailover(k); err != nil {
		return err
	}
	if a.phase != Steady {
		a.kind, a.progress = k, now
		a.tell("announced", Entry{}, fmt.Sprintf("unplanned in place of planned: %s to %s", a.primary, a.secondary))
		return nil
	}
	a.kind, a.phase, a.until = k, Announced, now.Add(a.windows.Announce)
	a.tell("announced", Entry{}, fmt.Sprintf("%s: %s to %s", k, a.primary, a.secondary))
	return nil
}

// CanFailover is the error that Failover would give now.
func (a *Account) CanFailover(k Kind) error {
	refuse := func(why error, remedy string) error {
		return fmt.Errorf("%s failover from %s: %w: %s", k, a.primary, why, remedy)
	}
	switch {
	case k != Planned && k != Unplanned:
		return fmt.Errorf("failover of kind %q: write %q or %q", k, Planned, Unplanned)
	case a.phase == Completing, a.phase != Steady && (a.kind == Unplanned || k == Planned):
		return refuse(ErrInProgress, fmt.Sprintf("%s one is in phase %s; order again when the phase is %s",
			a.kind.article(), a.phase, Steady))
	case a.secondary == "":
		return refuse(ErrNoSecondary, fmt.Sprintf("there is no other copy of what %s holds; make the account "+
			"geo-redundant again first, and wait until the state is live", a.primary))
	case a.state() == Bootstrap && !a.listed:
		return refuse(ErrNotLive, fmt.Sprintf("its copy in %s has not begun, and all would be lost; see that the "+
			"storage there runs, and wait until the state is live", a.secondary))
	case a.state() == Bootstrap && len(a.uncovered) == 0:
		return refuse(ErrNotLive, fmt.Sprintf("deletions in the middle of its copy that are still to arrive: %d; wait "+
			"until the state is live", len(a.deletions)))
	case a.state() == Bootstrap:
		return refuse(ErrNotLive, fmt.Sprintf("partitions that wait for their copy, and would be lost: %d; wait "+
			"until the state is live", len(a.uncovered)))
	case a.state() != Live:
		return refuse(ErrNotLive, "the state is "+string(a.state())+"; make the statistics available again")
	}
	if err := a.reaches(k, refuse); err != nil || k == Unplanned {
		return err
	}
	if paused := a.pausedScopes(); len(paused) > 0 {
		return refuse(ErrPaused, fmt.Sprintf("resume %s first, or order an unplanned one, which loses what %s lacks",
			texts(paused), a.secondary))
	}
	return nil
}

// reaches says what a failover would wait for in vain: a secondary that does not answer; and, of a planned one, a
// service that cannot bring its last writes over. A service of the primary that is out and has nothing to bring over
// is no reason, unless the whole region is.
func (a *Account) reaches(k Kind, refuse func(why error, remedy string) error) error {
	out := 0
	for _, s := range a.services {
		if !s.reach.Secondary {
			return refuse(ErrSecondaryDown, fmt.Sprintf("end the outage of %s first", a.secondary))
		}
		if !s.reach.Primary {
			out++
		}
	}
	if k == Unplanned {
		return nil
	}
	instead := fmt.Sprintf("first, or order an unplanned one, which loses what %s lacks", a.secondary)
	if out == len(a.services) {
		return refuse(ErrPrimaryDown, fmt.Sprintf("end the outage of %s %s", a.primary, instead))
	}
	for _, s := range a.services {
		switch n := len(s.missing.items) + len(s.arrivals.items); {
		case !s.reach.Primary && n > 0:
			return refuse(ErrPrimaryDown, fmt.Sprintf(
				"%d writes of its %s service are not in %s; end the outage of %s %s",
				n, s.name, a.secondary, a.primary, instead))
		case s.reach.Primary && !s.reach.Link:
			return refuse(ErrLinkDown, fmt.Sprintf("heal the path between %s and %s %s", a.primary, a.secondary,
				instead))
		}
	}
	return nil
}

// Step goes on with the failover under way and says what to do. Call it when Wake says so and after every Commit,
// Abandon, Applied and Failed while the phase is Down. The roles have changed when it returns Promoted; without
// windows one call goes through all phases.
func (a *Account) Step(now time.Time) []Effect {
	now = a.tick(now)
	var effects []Effect
	for at, will := a.stepAt(now); will && !at.After(now); at, will = a.stepAt(now) {
		switch a.phase {
		case Announced:
			a.phase, a.until, a.progress = Down, now.Add(a.windows.Down), now
			a.unpark() // what is paused is drained too, if it is a planned one
			a.tell("down", Entry{}, fmt.Sprintf("%s: %d under way, %d missing", a.kind, len(a.tickets), len(a.items)))
		case Down:
			effects = append(effects, a.cut()...)
			a.phase, a.until = Completing, now.Add(a.windows.Complete)
		case Completing:
			a.tell("completed", Entry{}, string(a.kind))
			a.phase, a.kind = Steady, ""
		}
	}
	if at, will := a.callOffAt(now); will && !at.After(now) {
		a.tell("called-off", Entry{}, fmt.Sprintf("%s: %d under way, %d being repeated, %d missing", a.kind,
			len(a.tickets), a.given, len(a.items)))
		a.phase, a.kind = Steady, ""
	}
	return effects
}

// stepAt is when Step has something to do if nothing else changes.
func (a *Account) stepAt(now time.Time) (time.Time, bool) {
	switch {
	case a.phase == Steady:
		return time.Time{}, false
	case a.phase != Down || a.until.After(now):
		return a.until, true
	case len(a.tickets) > 0 || a.given > 0 || a.boot || !a.secondaryAnswers():
		return time.Time{}, false
	}
	return a.until, a.kind == Unplanned || len(a.items) == 0
}

func (a *Account) secondaryAnswers() bool {
	for _, s := range a.services {
		if !s.reach.Secondary {
			return false
		}
	}
	return true
}

// callOffAt is when a Down that comes no nearer to its end is called off: lags that still pass are no reason.
func (a *Account) callOffAt(now time.Time) (time.Time, bool) {
	if a.phase != Down || a.windows.GiveUp == 0 {
		return time.Time{}, false
	}
	if _, will := a.stepAt(now); will {
		return time.Time{}, false
	}
	at := a.progress
	if it := a.foremost(); it != nil && it.Due.After(at) {
		at = it.Due
	}
	return at.Add(a.windows.GiveUp), true
}

// cut changes the roles. Nothing is under way.
func (a *Account) cut() []Effect {
	from, to := a.primary, a.secondary
	a.failovers++
	a.lastFailover = a.now
	a.tell("promoted", Entry{}, fmt.Sprintf("%s: %s to %s", a.kind, from, to))
	a.primary, a.secondary = to, from
	for _, s := range a.services {
		s.reach.Primary, s.reach.Secondary = s.reach.Secondary, s.reach.Primary
	}
	a.shown = a.clockOf(to)
	a.lookAtClock()
	defer a.rehold()
	effects := []Effect{{Promoted: to}}
	if a.kind == Unplanned {
		effects = append(effects, Effect{Wipe: from})
		if lost := a.discard(); len(lost) > 0 {
			effects = append(effects, Effect{Discarded: lost})
		}
		a.secondary = ""
	}
	a.refreeze()
	return effects
}

// discard empties the log and lists what was in it.
func (a *Account) discard() []Entry {
	lost := a.Missing()
	for _, e := range lost {
		a.tell("discarded", e, "")
	}
	a.clearLog()
	return slices.Clip(lost)
}
