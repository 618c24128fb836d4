package readings

import (
	"fmt"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// withoutJournal is the mode in which an answer comes from the account alone.
const withoutJournal = "read-only"

// wrote notes what a session wrote, and holds that a write is later than the stamp that its client handed on.
func (c *readings) wrote(op *history.Op) {
	if after := op.Call.After; after > 0 && op.Answer.Origin.Known() && op.Answer.Origin.Stamp <= after {
		c.found.Add(finding.Session, "after", op, func() string {
			return fmt.Sprintf("%s has stamp %v and was to be later than %v", c.asker(op), op.Answer.Origin.Stamp,
				after)
		}, op)
	}
	if op.Session == "" || op.Call.Kind != history.Write {
		return
	}
	for _, col := range op.Call.Readings {
		s := c.series[name{op.Call.Tenant, col.Source, col.Metric}]
		for _, t := range col.Times {
			slot := &s.within(t, t+1)[0]
			for i := range slot.versions {
				if v := &slot.versions[i]; v.op == op && v.acked() {
					c.advance(mark{op.Session, slot}, v, op.End)
				}
			}
		}
	}
}

func (c *readings) advance(m mark, v *version, since int) {
	old := c.marks[m].version
	if old == nil || old != v && !c.later(old, v) {
		c.marks[m] = held{v, since}
	}
}

// inSession holds an answer against what its session wrote and saw; v is nil if it shows nothing. False: it does not
// hold. An answer without a journal says that it is old.
func (c *readings) inSession(a asked, s *slot, v *version, cov cover) bool {
	if a.Session == "" || a.Answer.Claim.Mode == withoutJournal {
		return true
	}
	m := mark{a.Session, s}
	had := c.marks[m]
	old, behind := had.version, had.version != nil && had.since < a.Begin
	switch {
	case v == nil && behind && !cov.mayBeDeleted(old, a.Op):
		c.say(finding.Session, a, s, old, func() string {
			return fmt.Sprintf("shows nothing where session %s had %s", a.Session, old)
		})
		return false
	case v != nil && behind && v != old && c.later(old, v):
		c.say(finding.Session, a, s, v, func() string {
			return fmt.Sprintf("shows %s where session %s had the later %s", v, a.Session, old)
		}, old.op)
		return false
	}
	if v != nil {
		c.advance(m, v, a.End)
	}
	return true
}
