package check

import (
	"fmt"
	"slices"
	"time"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// checkProgress holds that things go on after phase Healed: operations are done, and none waits for longer than
// Patience. When Patience has passed nothing that was left to be done still is, and replication has caught up.
func checkProgress(h *history.History, o Options, f *finding.List) {
	i := slices.IndexFunc(h.Phases, func(m history.Moment) bool { return m.Phase == history.Healed })
	if i < 0 {
		return
	}
	healed := h.Phases[i]
	checkDone(h, healed, f)
	if o.Patience == 0 {
		return
	}
	last := lastTime(h)
	for _, op := range h.Ops {
		if waited := last.Sub(op.Began); op.Begin > healed.Place && op.End == 0 && waited >= o.Patience {
			f.Add(finding.Stuck, "waits", op, func() string {
				return fmt.Sprintf("a %v by %s waits for an answer for %v, and everything was healed before",
					op.Call.Kind,
					op.Process, waited)
			}, op)
		}
	}
	checkStats(h, healed, o, f)
	notes := map[string]history.Rest{}
	for _, b := range h.Backlog {
		notes[b.What] = b
	}
	for what, b := range notes {
		if took := b.At.Sub(healed.At); b.Place > healed.Place && b.Count > 0 && took >= o.Patience {
			f.Add(finding.Stuck, what, nil, func() string {
				return fmt.Sprintf("%v after everything was healed there are still %d %s", took, b.Count, what)
			})
		}
	}
}

// checkDone holds that something was done of what began in the healed phase, if anything did.
func checkDone(h *history.History, healed history.Moment, f *finding.List) {
	var tried []*history.Op
	for _, op := range h.Ops {
		switch {
		case op.Begin < healed.Place:
		case op.Outcome == history.Done:
			return
		default:
			tried = append(tried, op)
		}
	}
	if len(tried) > 0 {
		f.Add(finding.Stuck, "done", nil, func() string {
			return fmt.Sprintf("none of %d operations that began after everything was healed was done", len(tried))
		}, tried[0])
	}
}

// checkStats holds that replication catches up: when Patience has passed the account is live, and its Last Sync Time
// has moved on.
func checkStats(h *history.History, healed history.Moment, o Options, f *finding.List) {
	last := map[string]*history.Op{}
	for _, op := range h.Done() {
		if op.Call.Kind == history.Stats && op.Begin > healed.Place {
			last[op.Call.Account+" "+op.Call.Service] = op
		}
	}
	for _, op := range last {
		took := op.Ended.Sub(healed.At)
		switch state, at := op.Answer.State, op.Answer.LastSync; {
		case took < o.Patience:
		case state != "live":
			f.Add(finding.Stuck, "state", op, func() string {
				return fmt.Sprintf("%v after everything was healed the replication of the %s service is %q, not live",
					took,
					op.Call.Service, state)
			}, op)
		case op.Ended.Sub(at) >= o.Patience+o.Clocks:
			f.Add(finding.Stuck, "last sync", op, func() string {
				return fmt.Sprintf("%v after everything was healed the Last Sync Time of the %s service is %v behind",
					took,
					op.Call.Service, op.Ended.Sub(at))
			}, op)
		}
	}
}

func lastTime(h *history.History) time.Time {
	var last time.Time
	late := func(at time.Time) {
		if at.After(last) {
			last = at
		}
	}
	for _, op := range h.Ops {
		late(op.Began)
		late(op.Ended)
	}
	for _, b := range h.Backlog {
		late(b.At)
	}
	for _, m := range h.Phases {
		late(m.At)
	}
	return last
}
