package region

import "time"

// Health is what a process knows of an endpoint. The zero value is Unknown. Greater is better, and Unknown and Lost
// are equally bad: what nobody knows is never taken for good.
type Health uint8

// The healths.
const (
	Unknown   Health = 0 // nobody has asked, or too long ago
	Lost      Health = 1 // it does not answer
	Returning Health = 2 // it was lost and answers again, on probation
	Well      Health = 3 // it answers
)

// String is the health's name in transcripts and metrics.
func (h Health) String() string {
	switch h {
	case Lost:
		return "lost"
	case Returning:
		return "returning"
	case Well:
		return "well"
	}
	return "unknown"
}

// Answers reports whether the last that was heard was an answer.
func (h Health) Answers() bool { return h >= Returning }

// seen is what is known of one endpoint.
type seen struct {
	Endpoint
	health  Health
	heard   time.Time // its last answer came
	asked   time.Time // it was last asked for its health alone
	failed  int       // failures in a row, since its last answer
	failing time.Time // the first of them
	good    int       // answers since it returned
	back    time.Time // the first of these
}

// called takes what came of a call.
func (s *seen) called(c Called, p Policy, now time.Time) {
	ended := c.Ended
	if ended.IsZero() || ended.After(now) {
		ended = now
	}
	switch {
	case c.Outcome == Answered:
		s.answered(c.Began, ended, p, now)
	case c.Outcome.bad() && !ended.Before(s.heard): // else it has answered since
		s.failure(c, ended, p, now)
	}
}

func (s *seen) answered(began, ended time.Time, p Policy, now time.Time) {
	s.heard = later(s.heard, ended)
	if began.Before(s.failing) {
		return // it has failed since: how it was before says nothing
	}
	s.failed, s.failing = 0, time.Time{}
	switch s.health {
	case Unknown:
		s.health = Well
	case Lost:
		s.health, s.good, s.back = Returning, 1, ended
	case Returning:
		s.good++
	}
	if s.health == Returning && s.good >= p.Good && now.Sub(s.back) >= p.Probation {
		s.health = Well
	}
}

func (s *seen) failure(c Called, ended time.Time, p Policy, now time.Time) {
	if s.failed++; s.failed == 1 {
		s.failing = ended
	}
	// of a call that began before the last answer it is no silence, only a call that failed
	silent := c.Outcome == Silent && !c.Began.Before(s.heard)
	inARow := s.failed >= p.Failures && now.Sub(s.failing) >= p.Grace
	if silent || inARow || c.Outcome == Barred || s.failed >= p.Many {
		s.health = Lost
	}
}

// age forgets what was heard too long ago. What is lost stays lost until it answers, and what was returning begins
// anew.
func (s *seen) age(p Policy, now time.Time) {
	if !s.health.Answers() || now.Sub(s.heard) < p.Stale {
		return
	}
	if s.health == Returning {
		s.health = Lost
	} else {
		s.health = Unknown
	}
}

// due is when the endpoint is to be asked, if nothing is heard of it before.
func (s *seen) due(p Policy) time.Time {
	quiet := p.Slow
	if s.Role == Journal {
		quiet = p.Quiet
	}
	switch {
	case s.health == Well && s.failed == 0:
		return later(s.heard, s.asked).Add(quiet)
	case s.health == Lost || s.health == Returning:
		return s.asked.Add(quiet)
	}
	return s.asked.Add(p.Again)
}

// later is the later of two times.
func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
