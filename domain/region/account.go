package region

import "time"

// told is what is known of one account.
type told struct {
	name       string
	tide       Tidemark
	at         time.Time // when it was told, by the process's clock
	was        bool      // it has had a tidemark
	rebuilding bool      // and copies itself to its other region again
}

func (a *told) tell(tide Tidemark, now time.Time) {
	a.tide, a.at = tide, now
	switch {
	case tide.Known():
		a.was, a.rebuilding = true, false
	case tide.State == Bootstrap && a.was:
		a.rebuilding = true
	}
}

// age forgets a tidemark that was told too long ago.
func (a *told) age(p Policy, now time.Time) {
	if a.tide.Known() && now.Sub(a.at) >= p.Stale {
		a.tide = Tidemark{}
	}
}

// flow is the account's, whose primary endpoint is in some health.
func (a *told) flow(primary Health) Flow {
	switch {
	case primary != Well:
		return Paused
	case a.rebuilding:
		return Rebuilding
	case !a.tide.Known():
		return Growing
	}
	return Settling
}
