package rediscache

import "time"

// breakerState is a circuit breaker as a value: closed while until is zero, else open until then; afterwards one
// call, the probe, may try.
type breakerState struct {
	failures int           // in a row
	open     time.Duration // how long the breaker was opened last
	until    time.Time
	probing  bool // the probe is under way
}

// breakerEvent is what the breaker is told.
type breakerEvent uint8

const (
	asked   breakerEvent = iota // may a call be made?
	worked                      // a call that was made worked
	failed                      // it failed
	unknown                     // its caller gave up: it says nothing
)

// grant is what a call may do.
type grant uint8

const (
	refused grant = iota
	allowed
	probe
)

// breakerRule is when to open, and for how long at first and at most: each probe that fails doubles it.
type breakerRule struct {
	failures int
	least    time.Duration
	most     time.Duration
}

// step is the next state after an event of a call with a grant, and for asked that grant.
func (r breakerRule) step(s breakerState, e breakerEvent, of grant, now time.Time) (breakerState, grant) {
	closed := s.until.IsZero()
	switch e {
	case asked:
		switch {
		case closed:
			return s, allowed
		case s.probing || now.Before(s.until):
			return s, refused
		}
		s.probing = true
		return s, probe
	case worked:
		return breakerState{}, of
	case failed:
		return r.fail(s, closed, of, now), of
	case unknown:
		if of == probe {
			s.probing = false
		}
	}
	return s, of
}

func (r breakerRule) fail(s breakerState, closed bool, of grant, now time.Time) breakerState {
	switch {
	case closed:
		if s.failures++; s.failures < r.failures {
			return s
		}
		s.open = r.least
	case of == probe:
		s.probing = false
		s.open = min(2*s.open, r.most)
	default: // a call from before it opened
		return s
	}
	s.until = now.Add(s.open)
	return s
}
