package ingest

import (
	"maps"
	"slices"
	"time"

	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
)

// hybrid is the node's clock corrected by the storage's, and the stamps made of it.
type hybrid struct {
	stamps telemetry.Clock
	offset time.Duration // added to the node's clock
	tuned  bool          // the storage answered at least once
	heard  time.Time     // when it did last, by the node's clock
	steps  int           // sched.Steps when that call was sent: offset is right while it is still this number

	// the last of each second seen in the journal while nothing told how far one may be ahead
	unchecked map[int64]telemetry.Stamp
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

func (h *hybrid) now(node time.Time) time.Time { return node.Add(h.offset) }

// sendTime is when a call was sent that tells the storage's clock, by the node's clock.
type sendTime struct {
	steps int // before at, so that a step beside it is not missed
	at    time.Time
}

// correct takes what the storage's clock said in an answer to a call that was sent and answered at these times of the
// node's clock. It stood at or after said when the answer arrived, and before said plus the resolution when the call
// was sent, however long the two lie apart: only what this disproves is corrected.
func (h *hybrid) correct(sent sendTime, arrived, said time.Time) {
	if said.IsZero() || h.tuned && sent.steps < h.steps { // it was sent before the node's clock was set
		return
	}
	h.tuned, h.heard, h.steps = true, arrived, sent.steps
	if planted.On(planted.ClockUncorrected) {
		return
	}
	if now := h.now(arrived); now.Before(said) {
		h.offset += said.Sub(now)
	}
	if then, limit := h.now(sent.at), said.Add(resolution); then.After(limit) {
		h.offset -= then.Sub(limit)
	}
}

// sure reports whether the storage told its clock not longer ago, by the node's clock, than a time, and the node's
// clock was not set since. steps are those read after node.
func (h *hybrid) sure(node time.Time, steps int, within time.Duration) bool {
	return h.steady(steps) && node.Sub(h.heard).Abs() <= within
}

// steady reports whether the storage told its clock, and the node's was not set since.
func (h *hybrid) steady(steps int) bool {
	return h.tuned && (steps == h.steps || planted.On(planted.StepUnnoticed))
}

// mostUnchecked bounds what is kept of stamps until the clock is known: those of the latest seconds.
const mostUnchecked = 128

// keep notes a stamp that is checked once the clock is known: one that is too far ahead must not stand for those
// before it.
func (h *hybrid) keep(stamp telemetry.Stamp) {
	if h.unchecked == nil {
		h.unchecked = map[int64]telemetry.Stamp{}
	}
	second := stamp.Time().Unix()
	h.unchecked[second] = max(h.unchecked[second], stamp)
	if len(h.unchecked) > mostUnchecked {
		delete(h.unchecked, slices.Min(slices.Collect(maps.Keys(h.unchecked))))
	}
}

func (h *hybrid) takeUnchecked() map[int64]telemetry.Stamp {
	all := h.unchecked
	h.unchecked = nil
	return all
}
