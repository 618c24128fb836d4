package rows

import (
	"fmt"
	"slices"
	"time"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// Check holds reads of partitions against what was written, Last Sync Times against one another, and failovers' lists
// against what is there. Slack is how far a commit may lie outside the call that asked for it.
func Check(h *history.History, slack time.Duration, f *finding.List) {
	l := newLedger(h, slack, f)
	tables := written(h)
	l.name(commits(h, tables))
	l.strike(tables)
	l.lists(h)
	l.stats = l.told(h, "table")
	c := &rows{ledger: l, h: h, pasts: map[era]*past{}, seen: map[view]int{}, shown: map[view]lastShown{}}
	l.checkStats(h)
	for _, op := range h.Done() {
		if op.Call.Kind == history.ReadRows {
			c.read(op)
		}
	}
	c.settle()
}

// read judges one read. One that goes on while the roles change may show the partition before it or after.
func (c *rows) read(op *history.Op) {
	now := newState()
	for _, row := range op.Answer.Rows {
		if _, twice := now.rows[row.Key]; twice {
			c.say(finding.Duplicated, op, row.Key, func() string { return fmt.Sprintf("shows row %q twice", row.Key) })
			return
		}
		now.set(row.Key, kept{stamp: row.Stamp.UnixNano(), fields: merged(nil, row.Fields)})
	}
	least, most := c.epochs(op)
	for n := least; n <= most; n++ {
		if c.holds(op, era{placeOf(op.Call), n}, now) {
			return
		}
	}
	c.explain(op, era{placeOf(op.Call), most}, now)
}

// holds reports whether a read shows what it may; it notes what it showed.
func (c *rows) holds(op *history.Op, e era, now state) bool {
	p := c.past(e)
	v := view{e, op.Process, op.Call.Endpoint}
	matching := p.at[now.sum]
	i, _ := slices.BinarySearch(matching, max(c.need(op, e).writes, c.seen[v]))
	if i == len(matching) {
		return false
	}
	n := matching[i]
	c.seen[v] = n
	v.reader = ""
	if old := c.shown[v]; op.Begin >= old.begin {
		c.shown[v] = lastShown{op.Begin, max(n, old.writes)}
	}
	return true
}

// explain says what is wrong with a read.
func (c *rows) explain(op *history.Op, e era, now state) {
	p := c.past(e)
	matching := p.at[now.sum]
	if len(matching) == 0 {
		c.neverSo(op, e, now)
		return
	}
	n := matching[len(matching)-1]
	need := c.need(op, e)
	if n >= need.writes {
		c.say(finding.Session, op, e, func() string {
			return fmt.Sprintf("shows %v as it was after %d writes, and had shown it after %d", e.place, n,
				c.seen[view{e, op.Process, op.Call.Endpoint}])
		})
		return
	}
	c.misses(op, e, n, p.writes[n], need)
}
