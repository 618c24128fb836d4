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

// checkLate holds that what ended as info before a phase Drained, and was not there afterwards, does not come.
func checkLate(h *history.History, f *finding.List) {
	given := givenUp(h)
	if len(given) == 0 {
		return
	}
	first := map[question]map[int]*history.Op{} // by the place of a Drained phase: the first whole answer after it
	for _, op := range h.Done() {
		if op.Call.Kind != history.Read || !op.Answer.Claim.Complete {
			continue
		}
		q := questionOf(op)
		late(first[q], op, given, f)
		for _, m := range h.Phases {
			if m.Phase != history.Drained || op.Begin < m.Place || op.Answer.More || first[q][m.Place] != nil {
				continue
			}
			if first[q] == nil {
				first[q] = map[int]*history.Op{}
			}
			first[q][m.Place] = op
		}
	}
}

// givenUp is what was written without an answer, by nobody else, and where the phase Drained began until which it had
// to come.
func givenUp(h *history.History) map[value]int {
	given := map[value]int{}
	for _, op := range h.Ops {
		if op.Call.Kind != history.Write || op.Outcome != history.Unknown {
			continue
		}
		if until := settled(h, op); until < math.MaxInt {
			readingsOf(op, func(at slotOf, v float64) { given[value{at, v}] = max(given[value{at, v}], until) })
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

// late finds what an answer shows and the first one after it had been given up did not.
func late(first map[int]*history.Op, op *history.Op, given map[value]int, f *finding.List) {
	for v := range shown(op, given) {
		was := first[given[v]]
		if was == nil || !was.Before(op) || shown(was, given)[v] {
			continue
		}
		f.Add(finding.Changed, v, nil, func() string {
			return fmt.Sprintf("%s shows %v at time %d of %s/%s, which was not there after everything had come to rest",
				op.Node, v.float64, v.time, v.source, v.metric)
		}, op, was)
	}
}

// shown is what an answer shows of some values.
func shown(op *history.Op, of map[value]int) map[value]bool {
	out := map[value]bool{}
	for _, col := range op.Answer.Readings {
		for i, t := range col.Times {
			v := value{slotOf{op.Call.Tenant, col.Source, col.Metric, t}, col.Values[i]}
			if _, is := of[v]; is {
				out[v] = true
			}
		}
	}
	return out
}
