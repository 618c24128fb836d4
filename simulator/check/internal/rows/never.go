package rows

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// neverSo names what is wrong with a state in which a partition never was: by the first row that cannot be there, by a
// row that is not there, or else by its order.
func (c *rows) neverSo(op *history.Op, e era, now state) {
	for _, key := range slices.Sorted(maps.Keys(now.rows)) {
		if c.cannotBe(op, e, key, now.rows[key]) {
			return
		}
	}
	p := c.past(e)
	n := 0
	for i, w := range p.writes {
		for _, row := range now.rows {
			if row.stamp == w.stamp {
				n = i + 1
			}
		}
	}
	if need := c.need(op, e); need.exact || op.Call.Endpoint == history.Primary {
		n = max(n, need.writes)
		if w := c.absent(p, n, now); w != nil && now.isPartOf(p.after(n)) {
			c.misses(op, e, n-1, w, need)
			return
		}
	}
	missing, others := difference(p.after(n), now)
	rule, what := finding.Order, "as it never was"
	if op.Call.Endpoint == history.Primary && c.rolledBack(e, append(missing, others...), p.after(n), now) {
		rule, what = finding.Discards, "otherwise than without what the failover lists as lost"
	}
	c.say(rule, op, e, func() string {
		return fmt.Sprintf("shows %v %s: of its state after %d of %d writes the rows %q are missing or others, and "+
			"%q are "+
			"there", e.place, what, n, len(p.writes), missing, others)
	})
}

// rolledBack reports whether one of some rows, in either of two states, is from before the last failover.
func (c *rows) rolledBack(e era, keys []string, states ...state) bool {
	if e.failovers == 0 {
		return false
	}
	return slices.ContainsFunc(c.writes[e.place], func(w *write) bool {
		return w.reign < c.since(e.failovers) && slices.ContainsFunc(keys, func(key string) bool {
			return slices.ContainsFunc(states, func(s state) bool {
				row, there := s.rows[key]
				return there && row.stamp == w.stamp
			})
		})
	})
}

// cannotBe names a row that no write explains, or one that a failover lists as lost.
func (c *rows) cannotBe(op *history.Op, e era, key string, row kept) bool {
	if c.written(e, key, row.stamp) {
		return false
	}
	for _, w := range c.writes[e.place] {
		if w.stamp == row.stamp && w.lost > 0 && w.lost <= e.failovers && w.touches(key) {
			c.say(finding.Discards, op, w, func() string {
				return fmt.Sprintf("shows row %q of %v, stamped %s, whose write is listed as lost", key, e.place,
					stampText(row.stamp))
			}, w.op)
			return true
		}
	}
	shown := history.Row{Key: key, Fields: row.fields}
	for _, r := range c.refused[e.place] {
		if wrote(r, shown) {
			c.say(finding.Refused, op, r, func() string {
				return fmt.Sprintf("shows row %q of %v as a write left it that was refused", key, e.place)
			}, r)
			return true
		}
	}
	c.say(finding.Wrong, op, [2]string{key, stampText(row.stamp)}, func() string {
		return fmt.Sprintf("shows row %q of %v, stamped %s, which nobody wrote", key, e.place, stampText(row.stamp))
	})
	return true
}

func (c *rows) written(e era, key string, stamp int64) bool {
	return slices.ContainsFunc(c.past(e).writes, func(w *write) bool { return w.stamp == stamp && w.touches(key) })
}

func (w *write) touches(key string) bool {
	return slices.ContainsFunc(w.rows(), func(r history.Row) bool { return r.Key == key })
}

// absent is the last write of a row that is missing from a state.
func (c *rows) absent(p *past, n int, now state) *write {
	want := p.after(n)
	var last *write
	for key, row := range want.rows {
		if _, there := now.rows[key]; there {
			continue
		}
		for _, w := range p.writes[:n] {
			if w.stamp == row.stamp && w.touches(key) && (last == nil || inOrderOf(last, w) < 0) {
				last = w
			}
		}
	}
	return last
}

// isPartOf reports whether every row of a state is in another, the same.
func (s state) isPartOf(of state) bool {
	for key, row := range s.rows {
		if other, ok := of.rows[key]; !ok || other.stamp != row.stamp || !reflect.DeepEqual(other.fields, row.fields) {
			return false
		}
	}
	return true
}

// difference gives the rows that a state lacks or has otherwise, and those that it has instead.
func difference(want, got state) (missing, others []string) {
	for key, row := range want.rows {
		if other, ok := got.rows[key]; !ok || other.sum != row.sum {
			missing = append(missing, key)
		}
	}
	for key, row := range got.rows {
		if other, ok := want.rows[key]; !ok || other.sum != row.sum {
			others = append(others, key)
		}
	}
	slices.Sort(missing)
	slices.Sort(others)
	return missing, others
}
