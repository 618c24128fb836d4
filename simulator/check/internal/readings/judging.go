package readings

import (
	"fmt"
	"slices"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// readings judges all answers about readings.
type readings struct {
	*index
	ops     []*history.Op // by Begin
	horizon int32         // where the first begins of those that are still to be judged
	o       Options
	found   *finding.List
	missing map[missing]*lack
	marks   map[mark]held // of sessions
}

// asked is one answer that is judged.
type asked struct {
	*history.Op
	of    name
	s     *series // nil: nobody ever wrote one
	claim claim
}

func (c *readings) asked(op *history.Op) asked {
	a := asked{Op: op, of: name{op.Call.Tenant, op.Call.Source, op.Call.Metric}, claim: claimOf(op, c.o)}
	a.s = c.series[a.of]
	return a
}

// stranger says whose a value is.
func (c *readings) stranger(a asked, t int64, v float64) string {
	whose := ""
	for n, s := range c.series {
		if n.source != a.of.source || n.metric != a.of.metric || n.tenant == a.of.tenant {
			continue
		}
		for _, slot := range s.within(t, t+1) {
			for _, w := range slot.versions {
				if !w.gone && w.value == v && (whose == "" || n.tenant < whose) {
					whose = n.tenant
				}
			}
		}
	}
	if whose == "" {
		return ""
	}
	return ": it is of tenant " + whose
}

// asker names a read.
func (c *readings) asker(op *history.Op) string {
	text := op.Call.Kind.String()
	if op.Process != "" {
		text += " by " + op.Process
	}
	if op.Node != "" {
		text += " of " + op.Node
	}
	return text
}

// say adds a verdict about a slot. It is one for all answers that say the same of the same version.
func (c *readings) say(r finding.Rule, a asked, s *slot, v *version, what func() string, more ...*history.Op) {
	where, op := []*history.Op{a.Op}, a.Op
	if v != nil {
		where, op = append(where, v.op), v.op
	}
	c.found.Add(r, s, op, func() string {
		return fmt.Sprintf("%s %s, at time %d of %v", c.asker(a.Op), what(), s.time, s.of)
	}, append(where, more...)...)
}

// at gives the operation that began at a place.
func (c *readings) at(place int32) *history.Op {
	i, _ := slices.BinarySearchFunc(c.ops, int(place), func(op *history.Op, at int) int { return op.Begin - at })
	return c.ops[i]
}

// missing is an acknowledged version that answers lack.
type missing struct {
	s *slot
	v *version
}

// lack is the answers that lack it.
type lack struct {
	times   int
	first   *history.Op // the one with the least number
	what    func() string
	last    int  // the greatest End
	claimed bool // the As-Of of one covers it
}

// mark is where a session keeps the latest version of a slot that it wrote or saw.
type mark struct {
	session string
	s       *slot
}

// held is the latest version that a session had, and since which place.
type held struct {
	*version
	since int
}
