package ingest

import (
	"cmp"
	"slices"
	"time"

	"tidemark/domain/planted"
	"tidemark/domain/stream"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// hybrid is the node's clock corrected by those of the storages, and the stamps made of it.
type hybrid struct {
	stamps   telemetry.Clock
	storages []correction // one of each leg

	// the last of each second seen in the journal while nothing told how far one may be ahead; rising
	unchecked []telemetry.Stamp
	elsewhere telemetry.Stamp // the last that came from elsewhere, or may have
}

// follow lifts the stamps to one that a client sends back: it may have been made elsewhere.
func (h *hybrid) follow(s telemetry.Stamp) {
	h.stamps.Observe(s)
	h.elsewhere = max(h.elsewhere, s)
}

// observe lifts the stamps to one seen in the journal, where this node's own are too.
func (h *hybrid) observe(s telemetry.Stamp) {
	if h.stamps.Observe(s) {
		h.elsewhere = s
	}
}

// resolution is what the storage's clock is cut to at most.
const resolution = time.Second

// correction is what is known of the clock of one storage.
type correction struct {
	offset time.Duration // added to the node's clock
	tuned  bool          // the storage answered at least once
	heard  time.Time     // when it did last, by the node's clock
	steps  int           // sched.Steps when that call was sent: offset is right while it is still this number
}

func (c *correction) now(node time.Time) time.Time { return node.Add(c.offset) }

// now is what time it is by the storages: by the earlier of two, as floors are computed (T6). One that has not
// answered for so long that the other has answered a while after does not count.
func (h *hybrid) now(node time.Time) time.Time {
	latest := time.Time{}
	for i := range h.storages {
		if c := &h.storages[i]; c.tuned && c.heard.After(latest) {
			latest = c.heard
		}
	}
	out := time.Time{}
	for i := range h.storages {
		c := &h.storages[i]
		if !c.tuned || latest.Sub(c.heard) > forgotten {
			continue
		}
		if by := c.now(node); out.IsZero() || by.Before(out) {
			out = by
		}
	}
	if out.IsZero() {
		return node
	}
	return out
}

// by is when a leg's journal had stored a block at the latest, whose answer came at a time of the node's clock.
func (h *hybrid) by(l stream.Leg, stored journal.Stored, arrived time.Time) time.Time {
	if !stored.By.IsZero() {
		return stored.By
	}
	return h.storages[l].now(arrived)
}

// forgotten is how much longer ago than another a storage may have told its clock.
const forgotten = time.Minute

// sendTime is when a call was sent that tells the storage's clock, by the node's clock.
type sendTime struct {
	steps int // before at, so that a step beside it is not missed
	at    time.Time
}

// correct takes what the storage's clock said in an answer to a call that was sent and answered at these times of the
// node's clock. It stood at or after said when the answer arrived, and before said plus the resolution when the call
// was sent, however long the two lie apart: only what this disproves is corrected.
func (c *correction) correct(sent sendTime, arrived, said time.Time) {
	if said.IsZero() || c.tuned && sent.steps < c.steps { // it was sent before the node's clock was set
		return
	}
	c.tuned, c.heard, c.steps = true, arrived, sent.steps
	if planted.On(planted.ClockUncorrected) {
		return
	}
	if now := c.now(arrived); now.Before(said) {
		c.offset += said.Sub(now)
	}
	if then, limit := c.now(sent.at), said.Add(resolution); then.After(limit) {
		c.offset -= then.Sub(limit)
	}
}

// steady reports whether the storage told its clock, and the node's was not set since.
func (c *correction) steady(steps int) bool {
	return c.tuned && (steps == c.steps || planted.On(planted.StepUnnoticed))
}

// sure reports whether a storage told its clock not longer ago, by the node's clock, than a time, and the node's clock
// was not set since. steps are those read after node.
func (h *hybrid) sure(node time.Time, steps int, within time.Duration) bool {
	return slices.ContainsFunc(h.storages, func(c correction) bool {
		return c.steady(steps) && node.Sub(c.heard).Abs() <= within
	})
}

// steady reports whether a storage told its clock, and the node's was not set since.
func (h *hybrid) steady(steps int) bool {
	return slices.ContainsFunc(h.storages, func(c correction) bool { return c.steady(steps) })
}

// mostUnchecked bounds what is kept of stamps until the clock is known: those of the latest seconds.
const mostUnchecked = 128

// keep notes a stamp that is checked once the clock is known: one that is too far ahead must not stand for those
// before it. A node that never writes comes here with every block that it reads.
func (h *hybrid) keep(stamp telemetry.Stamp) {
	i, found := slices.BinarySearchFunc(h.unchecked, stamp.Time().Unix(), func(s telemetry.Stamp, second int64) int {
		return cmp.Compare(s.Time().Unix(), second)
	})
	switch {
	case found:
		h.unchecked[i] = max(h.unchecked[i], stamp)
	case len(h.unchecked) < mostUnchecked:
		h.unchecked = slices.Insert(h.unchecked, i, stamp)
	case i > 0: // in the place of the earliest
		copy(h.unchecked, h.unchecked[1:i])
		h.unchecked[i-1] = stamp
	}
}

func (h *hybrid) takeUnchecked() []telemetry.Stamp {
	all := h.unchecked
	h.unchecked = nil
	return all
}
