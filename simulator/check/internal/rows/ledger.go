package rows

import (
	"slices"
	"time"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// ledger is all writes of raw storage, each with its stamp, and what failovers took of them.
type ledger struct {
	slack   time.Duration // of stamps
	found   *finding.List
	writes  map[place][]*write
	losses  []loss
	changes []time.Time // of the roles, in order
	stats   told
	// writes that have no stamp: acknowledged, as deletions are; of unknown outcome; and those that were refused
	unnamed, unknown, refused map[place][]*history.Op
	shows                     map[place][]*history.Op // reads
}

// loss is a failover and its list.
type loss struct {
	history.Loss
	op *history.Op
}

func newLedger(h *history.History, slack time.Duration, f *finding.List) *ledger {
	l := &ledger{slack: slack, found: f, writes: map[place][]*write{}, unnamed: map[place][]*history.Op{},
		unknown: map[place][]*history.Op{}, refused: map[place][]*history.Op{}, shows: map[place][]*history.Op{}}
	for _, op := range h.Ops {
		p := placeOf(op.Call)
		switch {
		case op.Call.Kind == history.ReadRows && op.Outcome == history.Done:
			l.shows[p] = append(l.shows[p], op)
		case op.Call.Kind == history.Losses && op.Answer.Loss != nil:
			l.addLoss(op)
		case op.Call.Kind != history.WriteRows:
		case op.Outcome == history.Refused:
			l.refused[p] = append(l.refused[p], op)
		case op.Outcome == history.Unknown:
			l.unknown[p] = append(l.unknown[p], op)
		case op.Answer.Stamp.IsZero():
			l.unnamed[p] = append(l.unnamed[p], op)
		default:
			l.writes[p] = append(l.writes[p], &write{place: p, op: op, stamp: op.Answer.Stamp.UnixNano()})
		}
	}
	slices.SortFunc(l.losses, func(a, b loss) int { return a.At.Compare(b.At) })
	l.reigns(h)
	for _, writes := range l.writes {
		for _, w := range writes {
			w.reign = l.alone(w.stamp).reign // until the truth stream tells
		}
	}
	return l
}

func placeOf(c history.Call) place {
	whole := slices.ContainsFunc(c.Rows, func(r history.Row) bool {
		return r.Do == history.MakeTable || r.Do == history.DropTable
	})
	return place{c.Table, c.Partition, whole}
}

func (l *ledger) add(p place, op *history.Op, c commit) {
	l.writes[p] = append(l.writes[p], &write{place: p, op: op, stamp: c.stamp, reign: c.reign})
}

// addLoss adds what a failover lost, once however often it was listed.
func (l *ledger) addLoss(op *history.Op) {
	if !slices.ContainsFunc(l.losses, func(old loss) bool { return old.At.Equal(op.Answer.Loss.At) }) {
		l.losses = append(l.losses, loss{*op.Answer.Loss, op})
	}
}

// past is what a partition went through, without what the first so many failovers lost.
func (l *ledger) past(p place, failovers int) *past {
	var all []*write
	for _, w := range l.writes[p] {
		if w.lost == 0 || w.lost > failovers {
			all = append(all, w)
		}
	}
	for _, w := range l.writes[place{table: p.table, whole: true}] {
		if w.clears() && (w.lost == 0 || w.lost > failovers) {
			all = append(all, w)
		}
	}
	return newPast(all)
}

// epochs gives how many failovers there had been when an operation went on: the least and the most.
func (l *ledger) epochs(op *history.Op) (least, most int) {
	for _, loss := range l.losses {
		if loss.At.Before(op.Began) {
			least++
		}
		if !loss.At.After(op.Ended) {
			most++
		}
	}
	return least, most
}

func keysOf(op *history.Op) []string {
	keys := make([]string, len(op.Call.Rows))
	for i, r := range op.Call.Rows {
		keys[i] = r.Key
	}
	slices.Sort(keys)
	return keys
}
