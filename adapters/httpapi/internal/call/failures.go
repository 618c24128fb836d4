package call

import (
	"log/slog"
	"sync"
	"time"
)

// tellEvery is how often failures of one kind are told.
const tellEvery = 10 * time.Second

// Failures are the failures that the log tells of. In an outage each request fails in the same way: the first is told,
// and then one in ten seconds, with how many were alike in between; at level debug all are. It is safe for concurrent
// use. Make one with NewFailures.
type Failures struct {
	log *slog.Logger
	now func() time.Time

	mu    sync.Mutex
	alike map[failure]*told // one for each route and status that failed: there are few
}

// failure is what is alike in failures of one kind.
type failure struct {
	method, route string
	status        int
}

// told is when one was last told, and how many were not since.
type told struct {
	at    time.Time
	since int
}

// NewFailures makes them, with a log and a clock.
func NewFailures(log *slog.Logger, now func() time.Time) *Failures {
	return &Failures{log: log, now: now, alike: map[failure]*told{}}
}

// due reports whether a failure is to be told, and how many like it were not since the last that was.
func (f *Failures) due(of failure) (tells bool, since int) {
	now := f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	t := f.alike[of]
	if t == nil {
		f.alike[of] = &told{at: now}
		return true, 0
	}
	if now.Sub(t.at) < tellEvery {
		t.since++
		return false, 0
	}
	since, t.at, t.since = t.since, now, 0
	return true, since
}
