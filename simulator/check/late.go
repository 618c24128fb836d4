package check

import (
	"fmt"
	"math"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// value is one that a reading was given.
type value struct {
	slotOf
	float64
}

// checkLate holds that what ended as info before phase Drained, and was not there afterwards, does not come.
func checkLate(h *history.History, f *finding.List) {
	given := givenUp(h)
	if len(given) == 0 {
		return
	}
	first := map[question]*history.Op{} // the first answer of those that were asked when all had come to rest
	for _, op := range h.Done() {
		if op.Call.Kind != history.Read || !op.Answer.Claim.Complete {
			continue
		}
		switch was := first[questionOf(op)]; {
		case was == nil && !op.Answer.More && op.Begin > drained(h):
			first[questionOf(op)] = op
		case was != nil && was.Before(op):
			late(was, op, given, f)
		}
	}
}

// givenUp is what was written without an answer, by nobody else, and had until phase Drained to come.
func givenUp(h *history.History) map[value]bool {
	given := map[value]bool{}
	for _, op := range h.Ops {
		if op.Call.Kind == history.Write && op.Outcome == history.Unknown && settled(h, op) < math.MaxInt {
			readingsOf(op, func(at slotOf, v float64) { given[value{at, v}] = true })
		}
	}
	if len(given) == 0 {
		return nil
	}
	for _, op := range h.Ops {
		if op.Call.Kind == history.Write && (op.Outcome != history.Unknown || settled(h, op) == math.MaxInt) {
			readingsOf(op, func(at slotOf, v float64) { delete(given, value{at, v}) })
		}
	}
	return given
}

// drained is where the first phase of that name begins.
func drained(h *history.History) int {
	for _, m := range h.Phases {
		if m.Phase == history.Drained {
			return m.Place
		}
	}
	return math.MaxInt
}

// late finds what an answer shows and an earlier one to the same question did not.
func late(was, op *history.Op, given map[value]bool, f *finding.List) {
	shown := func(op *history.Op, do func(value)) {
		for _, col := range op.Answer.Readings {
			for i, t := range col.Times {
				if v := (value{slotOf{op.Call.Tenant, col.Source, col.Metric, t}, col.Values[i]}); given[v] {
					do(v)
				}
			}
		}
	}
	before := map[value]bool{}
	shown(was, func(v value) { before[v] = true })
	shown(op, func(v value) {
		if !before[v] {
			f.Add(finding.Changed, v, nil, func() string {
				return fmt.Sprintf("%s shows %v at time %d of %s/%s, which was not there after everything had come to rest",
					op.Node, v.float64, v.time, v.source, v.metric)
			}, op, was)
		}
	})
}
