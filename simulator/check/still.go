package check

import (
	"fmt"
	"slices"
	"sort"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// checkStill holds that no answer changes without a write. An answer that does not claim to be complete may lack
// anything, and one that readings expire from changes by itself: neither is compared.
func checkStill(h *history.History, f *finding.List) {
	if !slices.ContainsFunc(h.Ops, func(op *history.Op) bool { return op.Call.Kind == history.Ask }) {
		return
	}
	d := disturbancesOf(h)
	asked := map[question]*replies{}
	for _, op := range h.Done() {
		if op.Call.Kind != history.Ask || !op.Answer.Claim.Complete || op.Answer.Expiry != nil {
			continue
		}
		q := questionOf(op)
		if asked[q] == nil {
			asked[q] = &replies{}
		}
		for _, was := range asked[q].others(op) {
			if !d.between(about{op.Call.Tenant, op.Call.Source}, was.Begin, op.End) {
				f.Add(finding.Changed, q, nil, func() string {
					return fmt.Sprintf("%q has another answer of %s than of %s before, though nothing was written: %s",
						op.Call.Question, op.Node, was.Node, difference(was.Answer.Text, op.Answer.Text))
				}, op, was)
			}
		}
		asked[q].add(op)
	}
}

// replies are those to one question, by what they say.
type replies struct {
	texts []string
	given map[string][]*history.Op // by End; of one that began later than those after it these are left out
}

// add adds an answer that ended last.
func (a *replies) add(op *history.Op) {
	list, known := a.given[op.Answer.Text]
	if !known {
		if a.given == nil {
			a.given = map[string][]*history.Op{}
		}
		a.texts = append(a.texts, op.Answer.Text)
	}
	if n := len(list); n == 0 || list[n-1].Begin < op.Begin {
		a.given[op.Answer.Text] = append(list, op)
	}
}

// others gives of each other text the answer that began last of those that were over when op was asked: between it and
// op there is the least time for something to be written.
func (a *replies) others(op *history.Op) (out []*history.Op) {
	for _, text := range a.texts {
		if text == op.Answer.Text {
			continue
		}
		list := a.given[text]
		if n := sort.Search(len(list), func(i int) bool { return !list[i].Before(op) }); n > 0 {
			out = append(out, list[n-1])
		}
	}
	return out
}

// question is what is the same of two calls that ask for the same.
type question struct {
	kind                         history.Kind
	tenant, source, metric, text string
	from, to                     int64
	limit                        int
}

func questionOf(op *history.Op) question {
	c := op.Call
	return question{c.Kind, c.Tenant, c.Source, c.Metric, c.Question, c.From, c.To, c.Limit}
}

// difference shows where two texts part.
func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	around := func(s string) string { return s[max(0, i-80):min(len(s), i+160)] }
	return fmt.Sprintf("at byte %d of %d and %d\n  before: %s\n  now:    %s", i, len(a), len(b), around(a), around(b))
}
