package rows

import (
	"fmt"
	"slices"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

func keysOf(op *history.Op) []string {
	keys := make([]string, len(op.Call.Rows))
	for i, r := range op.Call.Rows {
		keys[i] = r.Key
	}
	slices.Sort(keys)
	return keys
}

// strike takes what failovers list out of the ledger.
func (l *ledger) strike() {
	for i, loss := range l.losses {
		last := loss.LastSync["table"]
		for _, e := range loss.Entries {
			if e.Partition.Service != "table" {
				continue
			}
			if e.At.Before(last) {
				l.found.Add(finding.LastSync, e.Entry.Seq, loss.op, func() string {
					return fmt.Sprintf("entry %d of %s, stamped %s, is listed as lost, and the Last Sync Time was %s", e.Seq,
						partText(e.Partition), timeText(e.At), timeText(last))
				}, loss.op)
			}
			l.strikeOne(i+1, loss.op, e)
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

// lists holds that failovers list what the truth stream discards, if anybody asked for their lists.
func (l *ledger) lists(discarded map[place][]int64) {
	if len(l.losses) == 0 {
		return
	}
	last := l.losses[len(l.losses)-1].At.UnixNano() // of a later one nobody asked
	for p, stamps := range discarded {
		for _, at := range stamps {
			listed := at > last || slices.ContainsFunc(l.losses, func(of loss) bool {
				return slices.ContainsFunc(of.Entries, func(e history.Lost) bool {
					return e.At.UnixNano() == at && p == place{e.Partition.Container, e.Partition.Key, e.Partition.Whole}
				})
			})
			if !listed {
				l.found.Add(finding.Discards, [2]any{p, at}, nil, func() string {
					return fmt.Sprintf("a write of %v, stamped %s, is discarded, and the failover does not list it", p,
						stampText(at))
				})
			}
		}
	}
}
