package finding

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"tidemark/simulator/history"
)

// Verdict is one thing that is wrong.
type Verdict struct {
	Rule  Rule     `json:"rule"`
	What  string   `json:"what"`            // a sentence
	Where []uint64 `json:"where,omitempty"` // the operations concerned, by number; the first is where it was seen
	Times int      `json:"times,omitempty"` // how many answers show the same, if several do
}

// String is "lost: write 3 …, (operations 7, 3; 4 times)".
func (v Verdict) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s: %s", v.Rule, v.What)
	if len(v.Where) > 0 {
		where := make([]string, len(v.Where))
		for i, id := range v.Where {
			where[i] = fmt.Sprint(id)
		}
		word := "operation"
		if len(where) > 1 {
			word = "operations"
		}
		fmt.Fprintf(&out, " (%s %s", word, strings.Join(where, ", "))
		if v.Times > 1 {
			fmt.Fprintf(&out, "; seen %d times", v.Times)
		}
		out.WriteString(")")
	}
	return out.String()
}

// List collects verdicts. Of several about the same thing it keeps the one whose first operation has the least number,
// and counts.
type List struct {
	all map[about]*Verdict
}

// about is what a verdict is about.
type about struct {
	rule  Rule
	thing any
	op    *history.Op
}

// Add adds a verdict. Those of one rule about the same thing (which is comparable) and operation are one; where are the
// operations concerned, first the one in which it was seen.
func (l *List) Add(r Rule, thing any, op *history.Op, what func() string, where ...*history.Op) {
	a := about{r, thing, op}
	ids := make([]uint64, len(where))
	for i, op := range where {
		ids[i] = op.ID
	}
	old := l.all[a]
	if old != nil {
		old.Times++
		if len(ids) == 0 || len(old.Where) == 0 || old.Where[0] <= ids[0] {
			return
		}
		old.What, old.Where = what(), ids
		return
	}
	if l.all == nil {
		l.all = map[about]*Verdict{}
	}
	l.all[a] = &Verdict{Rule: r, What: what(), Where: ids, Times: 1}
}

// Verdicts gives them sorted: the same history has the same list, whatever the order in which a map gave its keys.
func (l *List) Verdicts() []Verdict {
	out := make([]Verdict, 0, len(l.all))
	for _, v := range l.all {
		if v.Times == 1 {
			v.Times = 0
		}
		out = append(out, *v)
	}
	slices.SortFunc(out, func(a, b Verdict) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), slices.Compare(a.Where, b.Where), cmp.Compare(a.What, b.What))
	})
	return out
}
