package rows

import (
	"fmt"
	"slices"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// strike takes what failovers list out of the ledger.
func (l *ledger) strike(tables map[string]bool) {
	for i, loss := range l.losses {
		last := loss.LastSync["table"]
		for _, e := range loss.Entries {
			if e.Partition.Service != "table" {
				continue
			}
			if e.At.Before(last) {
				l.found.Add(finding.LastSync, e.Entry.Seq, loss.op, func() string {
					return fmt.Sprintf("entry %d of %s, stamped %s, is listed as lost, and the Last Sync Time was %s",
						e.Seq,
						partText(e.Partition), timeText(e.At), timeText(last))
				}, loss.op)
			}
			if tables[e.Partition.Container] {
				l.strikeOne(i+1, loss.op, e)
			}
		}
	}
}

func (l *ledger) strikeOne(n int, op *history.Op, e history.Lost) {
	p := place{e.Partition.Container, e.Partition.Key, e.Partition.Whole}
	i := slices.IndexFunc(l.writes[p], func(w *write) bool { return w.stamp == e.At.UnixNano() && w.lost == 0 })
	if i < 0 {
		l.found.Add(finding.Discards, e.At.UnixNano(), op, func() string {
			return fmt.Sprintf("a write of %v, stamped %s, rows %q, is listed as lost, and nobody wrote it", p,
				timeText(e.At), e.Keys)
		}, op)
		return
	}
	w := l.writes[p][i]
	w.lost = n
	if keys := slices.Sorted(slices.Values(e.Keys)); !p.whole && !slices.Equal(keys, keysOf(w.op)) {
		l.found.Add(finding.Discards, e.At.UnixNano(), op, func() string {
			return fmt.Sprintf("the lost write of %v, stamped %s, is listed with the rows %q, and had %q", p,
				timeText(e.At), keys, keysOf(w.op))
		}, op, w.op)
	}
}

// lists holds that failovers list what the truth stream discards, and nothing else, if anybody asked for their lists.
func (l *ledger) lists(h *history.History) {
	if len(l.losses) == 0 || len(h.Truth) == 0 {
		return
	}
	discarded, listed := map[lostWrite]bool{}, map[lostWrite]bool{}
	asked := 0 // of what is discarded later nobody asked
	for _, loss := range l.losses {
		asked = max(asked, loss.op.Begin)
	}
	for _, t := range h.Truth {
		if e := t.Event.Entry; e != nil && t.Event.Kind == "discarded" && t.Place < asked {
			discarded[lostOf(*e)] = true
		}
	}
	for _, loss := range l.losses {
		for _, e := range loss.Entries {
			w := lostOf(e.Entry)
			if listed[w] = true; !discarded[w] {
				l.found.Add(finding.Discards, w, loss.op, func() string {
					return fmt.Sprintf("a write of %s, stamped %s, is listed as lost, and was not discarded",
						partText(e.Partition), timeText(e.At))
				}, loss.op)
			}
		}
	}
	for w := range discarded {
		if !listed[w] {
			l.found.Add(finding.Discards, w, nil, func() string {
				return fmt.Sprintf("a write of %s, stamped %s, is discarded, and the failover does not list it",
					partText(w.Partition), stampText(w.at))
			})
		}
	}
}

// lostWrite is a write that is discarded, or listed so.
type lostWrite struct {
	history.Partition
	at int64
}

func lostOf(e history.Entry) lostWrite { return lostWrite{e.Partition, e.At.UnixNano()} }
