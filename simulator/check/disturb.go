package check

import (
	"math"
	"slices"
	"sort"

	"tidemark/simulator/history"
)

// about is what a question is about: a source, or everything that a tenant has.
type about struct{ tenant, source string }

// disturbed are the spans in which writes may take effect, by where they begin. Until is the greatest so far, so that
// one look at the last span suffices.
type disturbed []struct{ begin, until int }

// disturbances are when something may change.
type disturbances map[about]disturbed

func disturbancesOf(h *history.History) disturbances {
	out := disturbances{}
	known := repetitions(h)
	for _, op := range h.Ops {
		sources := sourcesOf(op)
		if op.Outcome == history.Refused || len(sources) == 0 || known.repeats(op) {
			continue
		}
		until := op.End
		if op.Outcome == history.Unknown {
			until = settled(h, op)
		}
		for _, source := range append(sources, "") {
			key, last := about{op.Call.Tenant, source}, until
			if list := out[key]; len(list) > 0 {
				last = max(last, list[len(list)-1].until)
			}
			out[key] = append(out[key], struct{ begin, until int }{op.Begin, last})
		}
	}
	return out
}

// sourcesOf are those that an operation may change.
func sourcesOf(op *history.Op) (sources []string) {
	switch op.Call.Kind {
	case history.Write:
		for _, col := range op.Call.Readings {
			sources = append(sources, col.Source)
		}
		slices.Sort(sources)
	case history.Delete:
		sources = append(sources, op.Call.Source)
	}
	return slices.Compact(sources)
}

// settled is the place from which on an operation of unknown outcome has no effect any more, if it had none before.
func settled(h *history.History, op *history.Op) int {
	for _, m := range h.Phases {
		if m.Phase == history.Drained && op.End > 0 && m.Place > op.End {
			return m.Place
		}
	}
	return math.MaxInt
}

// between reports whether something may take effect between two places.
func (s disturbances) between(of about, from, to int) bool {
	list := s[of]
	n := sort.Search(len(list), func(i int) bool { return list[i].begin >= to })
	return n > 0 && list[n-1].until > from
}

// slotOf is a reading of a series.
type slotOf struct {
	tenant, source, metric string
	time                   int64
}

// readingsOf calls do with each reading that a write brings.
func readingsOf(op *history.Op, do func(at slotOf, value float64)) {
	for _, col := range op.Call.Readings {
		for i, t := range col.Times {
			do(slotOf{op.Call.Tenant, col.Source, col.Metric, t}, col.Values[i])
		}
	}
}

// only is a reading that never had but one value.
type only struct {
	value float64
	since int // where it was first acknowledged; 0: it was not
	many  bool
}

// repeated are the readings of a history, without those of series of which something was deleted.
type repeated map[slotOf]only

// repetitions finds what a write may bring that is no change.
func repetitions(h *history.History) repeated {
	out, deleted := repeated{}, map[slotOf]bool{}
	for _, op := range h.Ops {
		if op.Call.Kind == history.Delete {
			deleted[slotOf{op.Call.Tenant, op.Call.Source, op.Call.Metric, 0}] = true
		}
	}
	for _, op := range h.Ops {
		readingsOf(op, func(at slotOf, value float64) {
			is, known := out[at]
			is.many = is.many || known && is.value != value || deleted[slotOf{at.tenant, at.source, at.metric, 0}]
			is.value = value
			if acked := op.Outcome == history.Done && len(op.Answer.Rejected) == 0; acked && is.since == 0 {
				is.since = op.End
			}
			out[at] = is
		})
	}
	return out
}

// repeats reports whether a write brings nothing but what had been acknowledged before it began.
func (r repeated) repeats(op *history.Op) bool {
	same := op.Call.Kind == history.Write
	readingsOf(op, func(at slotOf, _ float64) {
		is := r[at]
		same = same && !is.many && is.since > 0 && is.since < op.Begin
	})
	return same
}
