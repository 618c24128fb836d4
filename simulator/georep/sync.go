package georep

import "time"

func (a *Account) service(name Service) *service {
	for _, s := range a.services {
		if s.name == name {
			return s
		}
	}
	s := &service{name: name, reach: Reach{Primary: true, Secondary: true, Link: true}}
	s.arrivals = heap[*arrival]{place: func(w *arrival) *int { return &w.place },
		before: func(x, y *arrival) bool { return x.ticket < y.ticket }}
	s.missing = heap[*item]{place: func(it *item) *int { return &it.oldest },
		before: func(x, y *item) bool { return x.At.Before(y.At) }}
	s.frozen, s.held = a.freezes(s), a.shown.at.Truncate(time.Second)
	a.services = append(a.services, s)
	return s
}

func (a *Account) state() State {
	switch {
	case a.secondary == "":
		return None
	case a.unavailable:
		return Unavailable
	case a.boot:
		return Bootstrap
	}
	return Live
}

func (a *Account) lastSync(s *service) time.Time {
	if s.frozen {
		return s.held
	}
	at := a.shown.at
	if w, ok := s.arrivals.first(); ok && w.at.Before(at) {
		at = w.at
	}
	if it, ok := s.missing.first(); ok && it.At.Before(at) { // a stamp may be ahead of now
		at = it.At
	}
	return at.Truncate(time.Second)
}

// freezes says whether the Last Sync Time of a service stands still.
func (a *Account) freezes(s *service) bool {
	if !s.reach.whole() {
		return true
	}
	for of, paused := range a.pauses {
		if paused && (of.Service == "" || of.Service == s.name) {
			return true
		}
	}
	return false
}

// refreeze is called after everything that changes freezes.
func (a *Account) refreeze() {
	for _, s := range a.services {
		frozen := a.freezes(s)
		if frozen && !s.frozen {
			s.held = a.lastSync(s)
		}
		s.frozen = frozen
	}
}

// rehold has Last Sync Times that stand still stand where the clock of a new primary is.
func (a *Account) rehold() {
	for _, s := range a.services {
		s.held = a.shown.at.Truncate(time.Second)
	}
}
