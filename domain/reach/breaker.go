package reach

import (
	"cmp"
	"time"

	"tidemark/domain/region"
)

// State is where a breaker is.
type State uint8

// The states.
const (
	Closed   State = iota // calls go through
	Open                  // they do not
	HalfOpen              // one does, and says how it goes on
)

// String is the state's name in metrics.
func (s State) String() string { return [...]string{"closed", "open", "half-open"}[min(s, HalfOpen)] }

// BreakerConfig is when a breaker opens, and how long it stays so. A zero field stands for its default.
type BreakerConfig struct {
	Row    int           // so many calls that failed, without an answer between them; 5
	Share  float64       // or such a share of the calls of a Window; 0.5
	Least  int           // if there were so many; 20
	Window time.Duration // 10 s
	Brief  time.Duration // open for so long at first; 250 ms
	Rest   time.Duration // open for so long when calls that tried have failed, each time twice as long, at most; 1 s
}

func (c BreakerConfig) whole() BreakerConfig {
	return BreakerConfig{Row: cmp.Or(c.Row, 5), Share: cmp.Or(c.Share, 0.5), Least: cmp.Or(c.Least, 20),
		Window: cmp.Or(c.Window, 10*time.Second), Brief: cmp.Or(c.Brief, 250*time.Millisecond),
		Rest: cmp.Or(c.Rest, time.Second)}
}

// breaker is one as a value: it has no clock, and whoever keeps it locks it.
type breaker struct {
	cfg    BreakerConfig
	state  State
	since  time.Time     // it is in the state
	tried  time.Time     // half-open: the call that tries began; zero if none is under way
	rest   time.Duration // open or half-open: before the next call may try
	heard  time.Time     // the last answer came
	row    int           // failures since
	window window
}

// admit lets a call through, or says how long to wait.
func (b *breaker) admit(now time.Time) (ok bool, wait time.Duration) {
	if b.state == Closed {
		return true, 0
	}
	from := b.since
	if b.state == HalfOpen {
		from = b.tried
	}
	if from.After(now) { // the clock went back: the rest begins anew, and ends
		b.since, b.tried, from = now, now, now
	}
	if left := from.Add(b.rest).Sub(now); left > 0 && !from.IsZero() {
		return false, left
	}
	if b.state == Open {
		b.turn(HalfOpen, now)
	}
	b.tried = now
	return true, 0
}

// ended takes what came of a call that was let through at a time. It reports whether the breaker opened because of the
// share of calls that fail. A call that began before the breaker last turned says nothing of how it is now.
func (b *breaker) ended(o region.Outcome, began, now time.Time) (barred bool) {
	if began.Before(b.since) {
		return false
	}
	silent := o == region.Silent && !began.Before(b.heard)
	if o == region.Answered {
		b.heard, b.row = later(b.heard, now), 0
	} else {
		b.row++
	}
	switch b.state {
	case HalfOpen:
		if o == region.Answered {
			b.turn(Closed, now)
		} else {
			b.rest = min(2*b.rest, b.cfg.Rest)
			b.turn(Open, now)
		}
	case Closed:
		b.window.add(now, b.cfg.Window, o != region.Answered)
		if o == region.Answered {
			return false
		}
		share, calls := b.window.share()
		barred = calls >= b.cfg.Least && share >= b.cfg.Share
		if barred || silent || b.row >= b.cfg.Row {
			b.rest = min(b.cfg.Brief, b.cfg.Rest)
			b.turn(Open, now)
		}
	}
	return barred
}

// left takes that a call came to an end that says nothing: if it was to try, another may.
func (b *breaker) left(began time.Time) {
	if b.state == HalfOpen && began.Equal(b.tried) {
		b.tried = time.Time{}
	}
}

func (b *breaker) turn(s State, now time.Time) {
	b.state, b.since, b.tried, b.row, b.window = s, now, time.Time{}, 0, window{}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
