package intake

import (
	"time"

	"tidemark/ports/sched"
)

// Cutter ends the waiting for a client's bytes. Cut may be called from anywhere, also when there is nothing to end
// any more, and must not block.
type Cutter interface{ Cut() }

// state is where a hold stands.
type state uint8

const (
	outside  state = iota // holds nothing
	arriving              // waits for its client
	working               // needs no client any more
	yielding              // waits for something that is not in its pool
	cut                   // was told to give its memory back
)

// share is what a hold has of its pool, as the ledger counts it. The pool's lock guards it.
type share struct {
	cutter   Cutter
	state    state
	held     int64
	need     int64 // the most it will ever hold
	wants    int64 // what it waits to hold; held while it does not wait
	number   uint64
	index    int         // in the ledger
	deadline time.Time   // it is late from here on; zero: once somebody has waited for the grace
	granted  sched.Event // nil while it does not wait
}

// remaining is what it may still ask for.
func (h *share) remaining() int64 { return max(0, h.need-h.held) }

func (h *share) waits() bool { return h.granted != nil }

// hurried reports whether it can become late.
func (h *share) hurried() bool { return (h.state == arriving || h.state == yielding) && !h.waits() }

// late reports whether it keeps others waiting that wait for it.
func (h *share) late(now time.Time) bool {
	return h.hurried() && !now.Before(h.deadline)
}
