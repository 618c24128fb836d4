package readings

import (
	"fmt"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// count holds a count against the readings that have to be there, and those that may be.
func (c *readings) count(op *history.Op) {
	a := c.asked(op)
	least, most := 0, 0
	if a.s != nil {
		slots := a.s.within(op.Call.From, op.Call.To)
		for i := range slots {
			must, may := c.counts(a, &slots[i])
			if must {
				least++
			}
			if may {
				most++
			}
		}
	}
	rule := finding.Rule(0)
	switch {
	case op.Answer.Count < least:
		rule = finding.Short
	case op.Answer.Count > most:
		rule = finding.Duplicated
	default:
		return
	}
	c.found.Add(rule, "count", op, func() string {
		return fmt.Sprintf("%s counts %d readings of %v from %d to before %d, there are %d to %d", c.asker(op),
			op.Answer.Count, a.of, op.Call.From, op.Call.To, least, most)
	}, op)
}

// counts reports whether a reading has to be in an answer, and whether it may be.
func (c *readings) counts(a asked, s *slot) (must, may bool) {
	cov := s.cover(a.claim, c.clock)
	gone, going := false, false
	if x := a.Answer.Expiry; x != nil {
		gone, going = s.time < x.Gone, s.time < x.Going
	}
	must = !going && (cov.required(a.Op) != nil || s.remains(a, cov) != nil)
	for i := range s.versions[:s.begun(a.End)] {
		v := &s.versions[i]
		if v.gone || v.refused {
			continue
		}
		if by := cov.beats(v); by == nil || !by.gone {
			may = !gone
		}
	}
	return must, may
}
