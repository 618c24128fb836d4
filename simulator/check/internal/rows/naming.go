package rows

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// written are the tables to which clients write rows. Of the others the truth stream alone tells.
func written(h *history.History) map[string]bool {
	tables := map[string]bool{}
	for _, op := range h.Ops {
		if op.Call.Kind == history.WriteRows {
			tables[op.Call.Table] = true
		}
	}
	return tables
}

// name finds the stamps of writes whose clients do not know them: by a row that shows one, by a failover's list, and
// else by the truth stream, in order.
func (l *ledger) name(commits map[place][]commit) {
	for p, left := range commits {
		for _, w := range l.writes[p] {
			if i := slices.IndexFunc(left, func(c commit) bool { return c.stamp == w.stamp }); i >= 0 {
				w.reign = left[i].reign
				left = slices.Delete(left, i, i+1)
			} else {
				l.differ(w.op, "the truth stream lacks a write of %v, stamped %s", p, stampText(w.stamp))
			}
		}
		commits[p] = left
	}
	for p, left := range commits {
		left = l.nameBySight(p, left)
		left = l.nameByLoss(p, left)
		left = l.nameByTime(p, left, l.unnamed)
		left = l.nameByTime(p, left, l.unknown)
		for _, c := range left {
			l.differ(nil, "the truth stream has a write of %v, stamped %s, that no client knows", p, stampText(c.stamp))
		}
	}
	if len(commits) == 0 {
		l.nameAlone()
	}
	for p, ops := range l.unnamed {
		for _, op := range ops {
			l.differ(op, "the truth stream lacks a write of %v", p)
		}
	}
}

// differ says that clients and the truth stream do not know the same.
func (l *ledger) differ(op *history.Op, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	var where []*history.Op
	if op != nil {
		where = append(where, op)
	}
	l.found.Add(finding.Truth, what, op, func() string { return what }, where...)
}

// nameAlone does without a truth stream: rows that were seen name their writes.
func (l *ledger) nameAlone() {
	for p, reads := range l.shows {
		stamps := map[int64]bool{}
		for _, r := range reads {
			for _, row := range r.Answer.Rows {
				stamps[row.Stamp.UnixNano()] = true
			}
		}
		for _, w := range l.writes[p] {
			delete(stamps, w.stamp)
		}
		var left []commit
		for _, stamp := range slices.Sorted(maps.Keys(stamps)) {
			left = append(left, l.alone(stamp))
		}
		l.nameBySight(p, left)
	}
}

// nameBySight gives the commits that are left when rows have named what they could.
func (l *ledger) nameBySight(p place, left []commit) []commit {
	if len(left) == 0 {
		return nil
	}
	byStamp, sought := map[int64]*history.Op{}, map[int64]bool{}
	for _, c := range left {
		sought[c.stamp] = true
	}
	for _, r := range l.shows[p] {
		for _, row := range r.Answer.Rows {
			at := row.Stamp.UnixNano()
			if !sought[at] || byStamp[at] != nil {
				continue
			}
			if i := slices.IndexFunc(l.unknown[p], func(op *history.Op) bool { return wrote(op, row) }); i >= 0 {
				byStamp[at] = l.unknown[p][i]
				l.unknown[p] = slices.Delete(l.unknown[p], i, i+1)
			}
		}
	}
	return slices.DeleteFunc(left, func(c commit) bool {
		op := byStamp[c.stamp]
		if op != nil {
			l.add(p, op, c)
		}
		return op != nil
	})
}

// wrote reports whether a row may be as an operation left it.
func wrote(op *history.Op, row history.Row) bool {
	return slices.ContainsFunc(op.Call.Rows, func(w history.Row) bool {
		if w.Key != row.Key || w.Do != history.Put && w.Do != history.Merge {
			return false
		}
		for name, v := range w.Fields {
			if !reflect.DeepEqual(row.Fields[name], v) {
				return false
			}
		}
		return w.Do == history.Merge || len(w.Fields) == len(row.Fields)
	})
}

func (l *ledger) nameByLoss(p place, left []commit) []commit {
	return slices.DeleteFunc(left, func(c commit) bool {
		for _, loss := range l.losses {
			for _, e := range loss.Entries {
				if e.At.UnixNano() != c.stamp || (place{e.Partition.Container, e.Partition.Key,
					e.Partition.Whole}) != p {
					continue
				}
				i := slices.IndexFunc(l.unknown[p], func(op *history.Op) bool {
					return l.surrounds(op, c) && slices.Equal(keysOf(op), slices.Sorted(slices.Values(e.Keys)))
				})
				if i >= 0 {
					l.add(p, l.unknown[p][i], c)
					l.unknown[p] = slices.Delete(l.unknown[p], i, i+1)
					return true
				}
			}
		}
		return false
	})
}

func (l *ledger) nameByTime(p place, left []commit, of map[place][]*history.Op) []commit {
	return slices.DeleteFunc(left, func(c commit) bool {
		i := slices.IndexFunc(of[p], func(op *history.Op) bool { return l.surrounds(op, c) })
		if i < 0 {
			return false
		}
		l.add(p, of[p][i], c)
		of[p] = slices.Delete(of[p], i, i+1)
		return true
	})
}

// surrounds reports whether a commit may be an operation's. One without an answer may have been stored much later.
func (l *ledger) surrounds(op *history.Op, c commit) bool {
	return !c.at.Before(op.Began.Add(-l.slack)) &&
		(op.Outcome == history.Unknown || !c.at.After(op.Ended.Add(l.slack)))
}
