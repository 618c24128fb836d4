package readings

import (
	"fmt"
	"math"
	"slices"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// Check holds every answer about readings against what was written, acknowledged, deleted and seen before.
func Check(h *history.History, o Options, f *finding.List) {
	c := &readings{index: newIndex(h, clock{o.Apart}), ops: h.Ops, o: o, found: f, missing: map[missing]*lack{},
		marks: map[mark]held{}}
	done := h.Done()
	horizons := make([]int32, len(done)+1)
	horizons[len(done)] = math.MaxInt32
	for i := len(done) - 1; i >= 0; i-- {
		horizons[i] = min(horizons[i+1], int32(done[i].Begin))
	}
	for i, op := range done {
		c.horizon = horizons[i+1]
		switch op.Call.Kind {
		case history.Write, history.Delete:
			c.wrote(op)
		case history.Read:
			c.read(op)
		case history.Latest:
			c.latest(op)
		case history.Count:
			c.count(op)
		case history.Fold:
			c.fold(op)
		}
	}
	c.settle()
}

func (c *readings) read(op *history.Op) {
	a := c.asked(op)
	times, values := c.answered(a)
	to := op.Call.To
	if op.Answer.More {
		to = op.Call.From
		if len(times) > 0 {
			to = times[len(times)-1] + 1
		}
	}
	c.walk(a, op.Call.From, to, times, values)
}

// latest is a read of everything from the answer on.
func (c *readings) latest(op *history.Op) {
	a := c.asked(op)
	times, values := c.answered(a)
	from := int64(math.MinInt64)
	if len(times) > 0 {
		from = times[len(times)-1]
		times, values = times[len(times)-1:], values[len(values)-1:]
	}
	c.walk(a, from, math.MaxInt64, times, values)
}

// answered gives what an answer shows, in order, once each, and within what was asked.
func (c *readings) answered(a asked) (times []int64, values []float64) {
	kind, n := a.Call.Kind, 0
	for _, col := range a.Answer.Readings {
		if col.Source != a.Call.Source || col.Metric != a.Call.Metric {
			c.found.Add(finding.Bounds, "series", a.Op, func() string {
				return fmt.Sprintf("the answer to a %s of %v shows %s/%s", kind, a.of, col.Source, col.Metric)
			}, a.Op)
			continue
		}
		n += len(col.Times)
		if times == nil {
			times, values = col.Times, col.Values
		} else {
			times, values = slices.Concat(times, col.Times), slices.Concat(values, col.Values)
		}
	}
	if most := a.Call.Limit; kind == history.Read && most > 0 && n > most || kind == history.Latest && n > 1 {
		c.found.Add(finding.Bounds, "limit", a.Op, func() string {
			return fmt.Sprintf("the answer to a %s of %v shows %d readings, asked were at most %d", kind, a.of, n,
				max(most, 1))
		}, a.Op)
	}
	return c.sorted(a, times, values)
}

// sorted holds that times rise and lie within what was asked; it gives those that do.
func (c *readings) sorted(a asked, times []int64, values []float64) ([]int64, []float64) {
	inside := func(t int64) bool {
		return a.Call.Kind == history.Latest || a.Call.From <= t && t < a.Call.To
	}
	good := true
	for i, t := range times {
		good = good && inside(t) && (i == 0 || times[i-1] < t)
	}
	if good {
		return times, values
	}
	at := map[int64]float64{}
	var order []int64
	for i, t := range times {
		rule, what := finding.Rule(0), ""
		_, twice := at[t]
		switch {
		case !inside(t):
			rule, what = finding.Bounds, fmt.Sprintf("is not from %d to before %d", a.Call.From, a.Call.To)
		case twice:
			rule, what = finding.Duplicated, "is there twice"
		case i > 0 && times[i-1] > t:
			rule, what = finding.Order, fmt.Sprintf("comes after time %d", times[i-1])
		}
		if rule > 0 {
			c.found.Add(rule, t, a.Op, func() string {
				return fmt.Sprintf("in the answer to a read of %v time %d %s", a.of, t, what)
			}, a.Op)
		}
		if inside(t) && !twice {
			at[t] = values[i]
			order = append(order, t)
		}
	}
	slices.Sort(order)
	values = make([]float64, len(order))
	for i, t := range order {
		values[i] = at[t]
	}
	return order, values
}

// walk goes through the slots of an answer beside what it shows.
func (c *readings) walk(a asked, from, to int64, times []int64, values []float64) {
	i := 0
	var slots []slot
	if a.s != nil {
		slots = a.s.within(from, to)
	}
	for n := range slots {
		s := &slots[n]
		for i < len(times) && times[i] < s.time {
			c.unwritten(a, times[i], values[i])
			i++
		}
		if i < len(times) && times[i] == s.time {
			c.present(a, s, values[i])
			i++
		} else {
			c.absent(a, s)
		}
	}
	for ; i < len(times); i++ {
		c.unwritten(a, times[i], values[i])
	}
}

// unwritten is a reading at a time for which nobody wrote one.
func (c *readings) unwritten(a asked, t int64, v float64) {
	c.found.Add(finding.Wrong, t, a.Op, func() string {
		return fmt.Sprintf("%s shows %v at time %d of %v, which nobody wrote%s", c.asker(a.Op), v, t, a.of,
			c.stranger(a, t, v))
	}, a.Op)
}
