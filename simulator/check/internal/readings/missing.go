package readings

import (
	"fmt"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// lacks notes that an answer should show a version. What it is called is known at the end, when later answers are.
func (c *readings) lacks(a asked, s *slot, v *version, what func() string) {
	m := missing{s, v}
	l := c.missing[m]
	if l == nil {
		l = &lack{first: a.Op, what: what}
		c.missing[m] = l
	}
	if a.ID < l.first.ID {
		l.first, l.what = a.Op, what
	}
	l.times++
	l.last, l.claimed = max(l.last, a.End), l.claimed || a.claim.timed(v)
}

// settle names what is missing.
func (c *readings) settle() {
	for m, l := range c.missing {
		rule, end := finding.Short, "; a later answer shows it"
		switch {
		case !c.comesBack(m, l.last):
			rule, end = finding.Lost, ", and no later answer shows it"
		case l.claimed:
			rule, end = finding.FalseClaim, fmt.Sprintf(", and claims to be complete as of %s; a later answer shows it",
				claimText(l.first.Answer.Claim))
		}
		for range l.times {
			c.found.Add(rule, m.s, m.v.op, func() string {
				return fmt.Sprintf("%s %s, at time %d of %v%s", c.asker(l.first), l.what(), m.s.time, m.s.of, end)
			}, l.first, m.v.op)
		}
	}
}

func claimText(c history.Claim) string {
	if c.AsOfOne.After(c.AsOf) {
		return c.AsOfOne.UTC().Format("2006-01-02T15:04:05.999999999Z")
	}
	return c.AsOf.UTC().Format("2006-01-02T15:04:05.999999999Z")
}

// comesBack reports whether an answer that began after a place shows a version, or one that may be later.
func (c *readings) comesBack(m missing, after int) bool {
	for i := range m.s.versions {
		u := &m.s.versions[i]
		if u.seenBegin > after && (u == m.v || !c.later(m.v, u)) {
			return true
		}
	}
	return false
}
