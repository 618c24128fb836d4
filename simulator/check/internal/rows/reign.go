package rows

import (
	"slices"
	"sort"
	"time"

	"tidemark/simulator/history"
)

// A reign is the time between two changes of the roles: stamps and Last Sync Times of one are by one clock, those of
// two by the clocks of two regions, and cannot be compared. Reigns are counted from 0. Without a truth stream only
// unplanned failovers are known, by their lists, and then clocks have to be right.

// reigns finds when the roles changed.
func (l *ledger) reigns(h *history.History) {
	for _, t := range h.Truth {
		if t.Event.Kind == "promoted" {
			l.changes = append(l.changes, t.Event.At)
		}
	}
	if len(h.Truth) == 0 {
		for _, loss := range l.losses {
			l.changes = append(l.changes, loss.At)
		}
	}
	slices.SortFunc(l.changes, time.Time.Compare)
}

// reignAt is the reign at a moment of the run.
func (l *ledger) reignAt(at time.Time) int {
	return sort.Search(len(l.changes), func(i int) bool { return l.changes[i].After(at) })
}

// reignOf is the reign in which an operation went on; false: the roles changed meanwhile.
func (l *ledger) reignOf(op *history.Op) (reign int, one bool) {
	began, ended := l.reignAt(op.Began), l.reignAt(op.Ended)
	return began, began == ended && !slices.ContainsFunc(l.changes, op.Began.Equal)
}

// since is the reign that a failover began, from 1.
func (l *ledger) since(failover int) int { return l.reignAt(l.losses[failover-1].At) }

// commit is a write as the truth stream tells it.
type commit struct {
	stamp int64
	at    time.Time // of the run; zero without a truth stream
	reign int
}

// commits is what the truth stream tells as committed, in order.
func commits(h *history.History, tables map[string]bool) map[place][]commit {
	all, reign := map[place][]commit{}, 0
	for _, t := range h.Truth {
		if t.Event.Kind == "promoted" {
			reign++
		}
		if e := t.Event.Entry; e != nil && t.Event.Kind == "commit" && e.Partition.Service == "table" &&
			tables[e.Partition.Container] {
			p := place{e.Partition.Container, e.Partition.Key, e.Partition.Whole}
			all[p] = append(all[p], commit{e.At.UnixNano(), t.Event.At, reign})
		}
	}
	return all
}

// alone is a stamp as a commit, where there is no truth stream.
func (l *ledger) alone(stamp int64) commit {
	at := time.Unix(0, stamp)
	return commit{stamp, at, l.reignAt(at)}
}
