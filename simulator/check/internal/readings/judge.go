package readings

import (
	"fmt"
	"math"
	"slices"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// present judges a value that an answer shows.
func (c *readings) present(a asked, s *slot, v float64) {
	cov := s.cover(a.claim, c.clock)
	if x := a.Answer.Expiry; x != nil && s.time < x.Gone {
		c.say(finding.Resurrected, a, s, nil, func() string { return fmt.Sprintf("shows %v, which had expired", v) })
		return
	}
	var found, bad, by *version // found: that may be it; bad: the last that is not, for it was beaten
	refused, known := (*version)(nil), false
	for i := s.begun(a.End) - 1; i >= 0; i-- {
		w := &s.versions[i]
		if w.gone || w.value != v {
			continue
		}
		known = true
		if w.refused {
			refused = w
			continue
		}
		if b := cov.beats(w); b == nil {
			found = w
			break
		} else if bad == nil {
			bad, by = w, b
		}
	}
	switch {
	case found != nil:
		c.shown(a, s, found, cov)
	case bad != nil:
		c.beaten(a, s, bad, by)
	case refused != nil:
		c.say(finding.Refused, a, s, refused, func() string { return "shows " + refused.String() })
	case known || !s.wrote(v):
		c.say(finding.Wrong, a, s, nil, func() string {
			return fmt.Sprintf("shows %v, which nobody wrote%s", v, c.stranger(a, s.time, v))
		})
	default:
		c.say(finding.Wrong, a, s, nil, func() string {
			return fmt.Sprintf("shows %v, which was only written later",
				v)
		})
	}
}

func (s *slot) wrote(v float64) bool {
	return slices.ContainsFunc(s.versions, func(w version) bool { return !w.gone && w.value == v })
}

// shown judges a value that no acknowledgement forbids: what earlier answers showed may.
func (c *readings) shown(a asked, s *slot, v *version, cov cover) {
	complete := a.Answer.Claim.Complete
	if complete && len(s.versions) > 1 {
		seen := s.sights.before(a.Begin)
		if g := seen.other(v.first); int(g.begin) > v.known() {
			op := c.at(g.begin)
			c.say(finding.Resurrected, a, s, v, func() string {
				return fmt.Sprintf("shows %s again, after operation %d had shown %s in its place", v, op.ID,
					s.text(g.what))
			}, op)
			return
		}
		for _, i := range s.open {
			if u := &s.versions[i]; u.seenEnd < a.Begin && u != v && c.later(u, v) {
				c.say(finding.Resurrected, a, s, v, func() string {
					return fmt.Sprintf("shows %s again, after %s had been seen in its place", v, u)
				}, u.op)
				return
			}
		}
	}
	if !c.inSession(a, s, v, cov) {
		return
	}
	s.saw(a.Op, v)
	if complete && len(s.versions) > 1 {
		s.sights.look(a.Op, v.first, c.horizon)
	}
}

// known is the place from which on a version was certainly stored.
func (v *version) known() int {
	at := math.MaxInt
	if v.acked() {
		at = v.op.End
	}
	if !v.shared && v.seenEnd > 0 {
		at = min(at, v.seenEnd)
	}
	return at
}

// saw notes that an answer showed a version.
func (s *slot) saw(op *history.Op, v *version) {
	if v.seenEnd == 0 {
		v.seenEnd = op.End
		if !v.acked() || v.op.End > op.Begin {
			for i := range s.versions {
				if &s.versions[i] == v {
					s.open = append(s.open, int32(i))
				}
			}
		}
	}
	v.seenEnd, v.seenBegin = min(v.seenEnd, op.End), max(v.seenBegin, op.Begin)
}

// beaten judges an answer that shows a value although a later version was acknowledged in time.
func (c *readings) beaten(a asked, s *slot, v, by *version) {
	switch {
	case by.gone:
		c.say(finding.Resurrected, a, s, v, func() string {
			return fmt.Sprintf("shows %s, which operation %d had deleted", v, by.op.ID)
		}, by.op)
	case by.seenEnd > 0 && by.seenEnd < a.Begin:
		c.say(finding.Resurrected, a, s, v, func() string {
			return fmt.Sprintf("shows %s again, after the later %s had been seen in its place", v, by)
		}, by.op)
	default:
		c.lacks(a, s, by, func() string { return fmt.Sprintf("shows %s instead of the later %s", v, by) })
	}
}

// absent judges a reading that an answer does not show.
func (c *readings) absent(a asked, s *slot) {
	if x := a.Answer.Expiry; x != nil && s.time < x.Going {
		return
	}
	cov := s.cover(a.claim, c.clock)
	if w := cov.required(a.Op); w != nil {
		c.lacks(a, s, w, func() string { return "shows nothing where " + w.String() + " was written" })
		return
	}
	if u := s.remains(a, cov); u != nil {
		c.say(finding.Vanished, a, s, u, func() string {
			return "shows nothing where " + u.String() + " was seen, and nothing deleted it"
		})
		return
	}
	if !c.inSession(a, s, nil, cov) {
		return
	}
	if a.Answer.Claim.Complete && len(s.versions) > 1 {
		s.sights.look(a.Op, nothing, c.horizon)
	}
}

// remains gives a version that was seen before a complete answer was asked for and that nothing deleted, or nil: the
// reading is there, whether anything was acknowledged or not.
func (s *slot) remains(a asked, cov cover) *version {
	if !a.Answer.Claim.Complete {
		return nil
	}
	for _, i := range s.open {
		if u := &s.versions[i]; u.seenEnd < a.Begin && !cov.mayBeDeleted(u, a.Op) {
			return u
		}
	}
	return nil
}

func (s *slot) text(what int32) string {
	if what == nothing {
		return "nothing"
	}
	return fmt.Sprint(s.versions[what].value)
}
