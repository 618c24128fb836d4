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
// of all up to it in its reign. What was told while the roles changed is left out.
type told struct {
	ops  []*history.Op
	last []time.Time
	of   []int // the reign
}

func (l *ledger) told(h *history.History, service string) told {
	var t told
	for _, op := range h.Done() {
		if op.Call.Kind != history.Stats || op.Call.Service != service || op.Answer.LastSync.IsZero() {
			continue
		}
		reign, one := l.reignOf(op)
		if !one {
			continue
		}
		last := op.Answer.LastSync
		if n := len(t.ops); n > 0 && t.of[n-1] == reign && t.last[n-1].After(last) {
			last = t.last[n-1]
		}
		t.ops, t.last, t.of = append(t.ops, op), append(t.last, last), append(t.of, reign)
	}
	return t
}

// before is the latest Last Sync Time that was told before an operation began, in the reign in which it went on; zero
// is none.
func (l *ledger) before(op *history.Op) (last time.Time, reign int) {
	t := l.stats
	n := sort.Search(len(t.ops), func(i int) bool { return t.ops[i].End >= op.Begin })
	reign, one := l.reignOf(op)
	if n == 0 || !one || t.of[n-1] != reign {
		return time.Time{}, reign
	}
	return t.last[n-1], reign
}

// WrongStats is the event after which the simulator lets Last Sync Times go back on purpose.
const WrongStats = "wrong-stats"

// checkStats holds that Last Sync Times never fall in a reign, unless that is ordered, and that a failover's is not
// before one that was told in the reign that it ended.
func (l *ledger) checkStats(h *history.History) {
	t := l.stats
	wrong := slices.IndexFunc(h.Truth, func(t history.Told) bool { return t.Event.Kind == WrongStats })
	for _, op := range t.ops {
		if wrong >= 0 && op.End > h.Truth[wrong].Place {
			break
		}
		if before, _ := l.before(op); before.After(op.Answer.LastSync) {
			l.found.Add(finding.LastSync, "fell", op, func() string {
				return fmt.Sprintf("the Last Sync Time fell from %s to %s", timeText(before),
					timeText(op.Answer.LastSync))
			}, op)
		}
	}
	for i, loss := range l.losses {
		last := loss.LastSync["table"] // zero: statistics were unavailable then, or it tells none
		n := -1
		for j, op := range t.ops {
			if n < 0 && t.of[j] == l.since(i+1)-1 && op.Answer.LastSync.After(last) {
				n = j
			}
		}
		if !last.IsZero() && n >= 0 {
			l.found.Add(finding.LastSync, i, loss.op, func() string {
				return fmt.Sprintf("the failover says the Last Sync Time %s, and %s was told before it", timeText(last),
					timeText(t.ops[n].Answer.LastSync))
			}, loss.op, t.ops[n])
		}
	}
}
