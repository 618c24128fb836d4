package rows

import (
	"fmt"
	"slices"
	"sort"
	"time"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// told is the Last Sync Times that clients got of one account, in the order in which they ended, each with the latest
// of all up to it under the same roles.
type told struct {
	ops  []*history.Op
	last []time.Time
	of   []int // how many failovers there had been
}

func (l *ledger) told(h *history.History, service string) told {
	var t told
	for _, op := range h.Done() {
		if op.Call.Kind != history.Stats || op.Call.Service != service || op.Answer.LastSync.IsZero() {
			continue
		}
		failovers, _ := l.epochs(op)
		last := op.Answer.LastSync
		if n := len(t.ops); n > 0 && t.of[n-1] == failovers && t.last[n-1].After(last) {
			last = t.last[n-1]
		}
		t.ops, t.last, t.of = append(t.ops, op), append(t.last, last), append(t.of, failovers)
	}
	return t
}

// before is the latest Last Sync Time that was told before an operation began, after so many failovers.
func (t told) before(op *history.Op, failovers int) time.Time {
	n := sort.Search(len(t.ops), func(i int) bool { return t.ops[i].End >= op.Begin })
	if n == 0 || t.of[n-1] != failovers {
		return time.Time{}
	}
	return t.last[n-1]
}

// WrongStats is the event after which the simulator lets Last Sync Times go back on purpose.
const WrongStats = "wrong-stats"

// checkStats holds that Last Sync Times never fall under the same roles, unless that is ordered, and that a failover's
// is not before one that was told.
func (l *ledger) checkStats(h *history.History, t told) {
	wrong := slices.IndexFunc(h.Truth, func(t history.Told) bool { return t.Event.Kind == WrongStats })
	for i, op := range t.ops {
		if wrong >= 0 && op.End > h.Truth[wrong].Place {
			break
		}
		if before := t.before(op, t.of[i]); before.After(op.Answer.LastSync) {
			l.found.Add(finding.LastSync, "fell", op, func() string {
				return fmt.Sprintf("the Last Sync Time fell from %s to %s", timeText(before),
					timeText(op.Answer.LastSync))
			}, op)
		}
	}
	for i, loss := range l.losses {
		last, ok := loss.LastSync["table"]
		n := slices.IndexFunc(t.ops, func(op *history.Op) bool {
			return op.Ended.Before(loss.At) && op.Answer.LastSync.After(last)
		})
		if ok && n >= 0 {
			l.found.Add(finding.LastSync, i, loss.op, func() string {
				return fmt.Sprintf("the failover says the Last Sync Time %s, and %s was told before it", timeText(last),
					timeText(t.ops[n].Answer.LastSync))
			}, loss.op, t.ops[n])
		}
	}
}
