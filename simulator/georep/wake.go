package georep

import "time"

// Wake is when Next, or Step, may have something that it does not have now: never before now; now itself when it has
// something already. False is not before another call.
func (a *Account) Wake(now time.Time) (time.Time, bool) {
	now = a.tick(now)
	var at time.Time
	ok := false
	if it := a.foremost(); it != nil {
		at, ok = it.since(), true
	}
	for _, next := range []func(time.Time) (time.Time, bool){a.stepAt, a.callOffAt} {
		if due, will := next(now); will && (!ok || due.Before(at)) {
			at, ok = due, true
		}
	}
	if ok && at.Before(now) {
		at = now
	}
	return at, ok
}
