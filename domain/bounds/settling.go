package bounds

import (
	"time"

	"tidemark/domain/planted"
	"tidemark/ports/chunks"
)

// Settling says when a version of a row is on the secondary for certain (T3), and when a row may be written again
// (T4).
type Settling struct {
	// below the tidemark: a second of resolution and the skew between the regions; default 2 s
	Margin time.Duration
	NoTide time.Duration // without a tidemark a row is rewritten at most this often; default 30 s
}

// WithDefaults is it with defaults for what is zero.
func (s Settling) WithDefaults() Settling {
	if s.Margin == 0 {
		s.Margin = 2 * time.Second
	}
	if planted.On(planted.MarginNone) {
		s.Margin = -time.Second
	}
	if s.NoTide == 0 {
		s.NoTide = 30 * time.Second
	}
	return s
}

// Settled reports whether the version of a row that was read, after the tidemark of its account, is below it.
func (s Settling) Settled(tides Tides, r chunks.Row) bool {
	if planted.On(planted.TideUnheard) {
		return true
	}
	return tides.Of(r.Key.Partition).Covers(r.Committed, s.Margin)
}

// Rewritable reports whether a row may be written again at now, by the node's clock: only when its present version has
// settled, or no row would that is written all the time; or, while there is no tidemark, after a while.
func (s Settling) Rewritable(tides Tides, r chunks.Row, now time.Time) bool {
	if planted.On(planted.RewriteAlways) {
		return true
	}
	if tides.Of(r.Key.Partition).Known() {
		return s.Settled(tides, r)
	}
	return now.Sub(r.Committed) > s.NoTide
}
