package georep

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Effect is what the driver has to do after a Step. Exactly one field is set.
type Effect struct {
	Promoted  Region  // the new primary: from now on it takes the writes
	Wipe      Region  // delete this region's copy of the account
	Discarded []Entry // what the failover lost, in order of commit
}

// Failover orders a failover. Unplanned: the secondary must answer and the state be live. Planned: both must answer
// and reach one another, and nothing be paused. One order at a time; but when a planned one can no longer finish
// because the primary or the link is gone, an order for an unplanned one takes its place, in the phase where it is.
//
// No page says what an order meets while another runs, or what a region's loss does to a failover under way. Here: it
// waits. A planned one waits for its last entries (lags still pass: it lasts as long as the longest) and for both
// regions, with both endpoints down; what was paused since the order is drained then all the same, and is paused
// again afterwards. An unplanned one waits for the secondary. Both wait for a bootstrap that a Resync began.
func (a *Account) Failover(now time.Time, k Kind) error {
	now = a.tick(now)
	if err := a.CanFailover(k); err != nil {
		return err
	}
	if a.phase != Steady {
		a.kind = k
		a.tell("announced", Entry{}, fmt.Sprintf("unplanned in place of planned: %s to %s", a.primary, a.secondary))
		return nil
	}
	a.kind, a.phase, a.until = k, Announced, now.Add(a.windows.Announce)
	a.tell("announced", Entry{}, fmt.Sprintf("%s: %s to %s", k, a.primary, a.secondary))
	return nil
}

// article is the kind with its article.
func (k Kind) article() string {
	if k == Unplanned {
		return "an unplanned"
	}
	return "a " + string(k)
}

// CanFailover is the error that Failover would give now.
func (a *Account) CanFailover(k Kind) error {
	refuse := func(why error, remedy string) error {
		return fmt.Errorf("%s failover from %s: %w: %s", k, a.primary, why, remedy)
	}
	switch {
	case k != Planned && k != Unplanned:
		return fmt.Errorf("failover of kind %q: write %q or %q", k, Planned, Unplanned)
	case a.phase == Completing, a.phase != Steady && !(a.kind == Planned && k == Unplanned &&
		(!a.reach.primary || !a.reach.link)):
		return refuse(ErrInProgress, fmt.Sprintf("%s one is in phase %s; order again when the phase is %s",
			a.kind.article(), a.phase, Steady))
	case a.secondary == "":
		return refuse(ErrNoSecondary, "make the account geo-redundant again first, and wait until the state is live")
	case a.state() == Bootstrap && !a.listed:
		return refuse(ErrNotLive, fmt.Sprintf("its copy in %s has not begun; see that the storage there runs, and "+
			"wait until the state is live", a.secondary))
	case a.state() == Bootstrap:
		return refuse(ErrNotLive, fmt.Sprintf("partitions that wait for their copy: %d; wait until the state is live",
			len(a.uncovered)))
	case a.state() != Live:
		return refuse(ErrNotLive, "the state is "+string(a.state())+"; make the statistics available again")
	case !a.reach.secondary:
		return refuse(ErrSecondaryDown, fmt.Sprintf("end the outage of %s first", a.secondary))
	case k == Unplanned:
		return nil
	case !a.reach.primary:
		return refuse(ErrPrimaryDown, fmt.Sprintf("end the outage of %s first, or order an unplanned one, which "+
			"loses what %s lacks", a.primary, a.secondary))
	case !a.reach.link:
		return refuse(ErrLinkDown, fmt.Sprintf("heal the path between %s and %s first, or order an unplanned one, "+
			"which loses what %s lacks", a.primary, a.secondary, a.secondary))
	case len(a.pausedScopes()) > 0:
		return refuse(ErrPaused, fmt.Sprintf("resume %s first, or order an unplanned one, which loses what %s lacks",
			texts(a.pausedScopes()), a.secondary))
	}
	return nil
}

// Step goes on with the failover under way and says what to do. Call it when Wake says so and after every Commit,
// Abandon, Applied and Failed while the phase is Down. The roles have changed when it returns Promoted; without
// windows one call goes through all phases.
func (a *Account) Step(now time.Time) []Effect {
	now = a.tick(now)
	var effects []Effect
	for a.stepAt(now) && !a.until.After(now) {
		switch a.phase {
		case Announced:
			a.phase, a.until = Down, now.Add(a.windows.Down)
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
	return effects
}

// stepAt says whether Step has something to do at the end of the window, or now if that is over.
func (a *Account) stepAt(now time.Time) bool {
	switch {
	case a.phase == Steady:
		return false
	case a.phase != Down || a.until.After(now):
		return true
	case len(a.tickets) > 0 || a.given > 0 || !a.reach.secondary || a.boot:
		return false
	}
	return a.kind == Unplanned || len(a.items) == 0 && a.linked()
}

// cut changes the roles. Nothing is under way.
func (a *Account) cut() []Effect {
	from, to := a.primary, a.secondary
	a.failovers++
	a.lastFailover = a.now
	a.tell("promoted", Entry{}, fmt.Sprintf("%s: %s to %s", a.kind, from, to))
	a.primary, a.secondary = to, from
	a.reach.primary, a.reach.secondary = a.reach.secondary, a.reach.primary
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

// String is for messages.
func (w Windows) String() string {
	return fmt.Sprintf("announce %s, down %s, complete %s", short(w.Announce), short(w.Down), short(w.Complete))
}

// texts names scopes in a sentence.
func texts(scopes []Scope) string {
	var names []string
	for _, s := range scopes {
		names = append(names, s.String())
	}
	return strings.Join(names, " and ")
}
