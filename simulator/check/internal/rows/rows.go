package rows

import (
	"fmt"
	"slices"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// rows judges reads of raw storage: each shows a state in which the partition was, whole, not one before what the
// reader saw there last, and not one that lacks what it has to have.
type rows struct {
	*ledger
	h     *history.History
	pasts map[era]*past
	seen  map[view]int
	lacks []lackRow
	shown map[view]lastShown // by whatever reader
}

// era is a partition after so many failovers.
type era struct {
	place
	failovers int
}

// view is a partition as one reader sees it at one endpoint.
type view struct {
	era
	reader, endpoint string
}

// lastShown is the most writes that a read showed, and where the last began.
type lastShown struct{ begin, writes int }

// lackRow is a read that lacks a write.
type lackRow struct {
	era
	op *history.Op
	n  int // the writes that it shows
	w  *write
}

func (c *rows) past(e era) *past {
	p := c.pasts[e]
	if p == nil {
		p = c.ledger.past(e.place, e.failovers)
		c.pasts[e] = p
	}
	return p
}

// need is how many writes a read has to show at least, and why.
type need struct {
	writes int
	by     string // a Last Sync Time; "": acknowledgements
	exact  bool
}

func (c *rows) need(op *history.Op, e era) need {
	p := c.past(e)
	if c.drained(op) {
		n := len(p.writes)
		for n > 0 && p.writes[n-1].op.Begin > op.Begin {
			n--
		}
		return need{writes: n, exact: true}
	}
	switch op.Call.Endpoint {
	case history.Primary:
		for n := len(p.writes); n > 0; n-- {
			if w := p.writes[n-1].op; w.Outcome == history.Done && w.Before(op) {
				return need{writes: n}
			}
		}
	case history.Secondary:
		if at, reign := c.before(op); !at.IsZero() {
			return need{writes: p.before(reign, at.UnixNano()), by: timeText(at)}
		}
	}
	return need{}
}

// drained reports whether a read saw replication at rest: it began after it was drained, and nothing was written since.
func (c *rows) drained(op *history.Op) bool {
	at := 0
	for _, m := range c.h.Phases {
		if m.Phase == history.Drained && m.Place < op.Begin {
			at = m.Place
		}
	}
	return at > 0 && !slices.ContainsFunc(c.h.Ops, func(w *history.Op) bool {
		return w.Call.Kind == history.WriteRows && w.Begin < op.End && (w.End == 0 || w.End > at)
	})
}

// misses names a write that a read lacks.
func (c *rows) misses(op *history.Op, e era, n int, w *write, need need) {
	switch {
	case need.by != "":
		c.say(finding.LastSync, op, w, func() string {
			return fmt.Sprintf("lacks the write of %v stamped %s, and the Last Sync Time was %s before", e.place,
				stampText(w.stamp), need.by)
		}, w.op)
	case c.goneWith(e, w):
		c.say(finding.Discards, op, w, func() string {
			return fmt.Sprintf("lacks the write of %v stamped %s, which is gone since the failover, and not listed "+
				"as lost",
				e.place, stampText(w.stamp))
		}, w.op)
	default:
		c.lacks = append(c.lacks, lackRow{e, op, n, w})
	}
}

// goneWith reports whether a failover came between a write and what lacks it.
func (c *rows) goneWith(e era, w *write) bool {
	return e.failovers > 0 && w.reign < c.since(e.failovers)
}

// settle names what primaries lacked: a later read shows it, or none does.
func (c *rows) settle() {
	for _, l := range c.lacks {
		rule, end := finding.Lost, ", and no later read shows it"
		if last := c.shown[view{era: l.era, endpoint: l.op.Call.Endpoint}]; last.begin > l.op.End && last.writes > l.n {
			rule, end = finding.Short, "; a later read shows it"
		}
		c.say(rule, l.op, l.w, func() string {
			return fmt.Sprintf("lacks the write of %v stamped %s%s", l.place, stampText(l.w.stamp), end)
		}, l.w.op)
	}
}

// say adds a verdict about a read, one for all that say the same of one thing.
func (c *rows) say(r finding.Rule, op *history.Op, thing any, what func() string, more ...*history.Op) {
	c.found.Add(r, thing, nil, func() string {
		who := op.Process
		if who == "" {
			who = "somebody"
		}
		return fmt.Sprintf("a read by %s at the %s %s", who, op.Call.Endpoint, what())
	}, append([]*history.Op{op}, more...)...)
}
