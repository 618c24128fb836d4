package readings

import (
	"fmt"
	"math"
	"slices"

	"tidemark/simulator/check/internal/finding"
	"tidemark/simulator/history"
)

// fold holds buckets against the readings that they are made of. A bucket is held exactly where every reading of it
// is certain, else only its count.
func (c *readings) fold(op *history.Op) {
	a := c.asked(op)
	want := map[int64]*folded{}
	if a.s != nil {
		slots := a.s.within(op.Call.From, op.Call.To)
		for i := range slots {
			start := floor(slots[i].time, op.Call.Step)
			if want[start] == nil {
				want[start] = &folded{Bucket: history.Bucket{Start: start}, certain: true}
			}
			c.into(want[start], a, &slots[i])
		}
	}
	for i, b := range op.Answer.Buckets {
		w := want[b.Start]
		if w == nil {
			w = &folded{certain: true}
		}
		c.bucket(a, w, b)
		if i > 0 && op.Answer.Buckets[i-1].Start >= b.Start {
			c.found.Add(finding.Order, b.Start, op, func() string {
				return fmt.Sprintf("%s has the bucket of %d after a later one", c.asker(op), b.Start)
			}, op)
		}
		delete(want, b.Start)
	}
	for start, w := range want {
		c.bucket(a, w, history.Bucket{Start: start})
	}
}

// floor is the multiple of step at or below t.
func floor(t, step int64) int64 {
	r := t % step
	if r < 0 {
		r += step
	}
	return t - r
}

// folded is a bucket as it should be.
type folded struct {
	history.Bucket
	certain     bool // every reading of it is there for sure, with one value, or is not
	least, most int  // how many readings there are
}

// into adds a reading to its bucket.
func (c *readings) into(f *folded, a asked, s *slot) {
	must, may := c.counts(a, s)
	if must {
		f.least++
	}
	if may {
		f.most++
	}
	v, certain := c.only(a, s)
	f.certain = f.certain && certain && must == may
	if !f.certain || !must {
		return
	}
	if f.Count == 0 {
		f.First, f.Min, f.Max = v, v, v
	}
	f.Count++
	f.Sum, f.Min, f.Max, f.Last = f.Sum+v, min(f.Min, v), max(f.Max, v), v
}

// only is the one value that an answer may show of a reading, if there is one.
func (c *readings) only(a asked, s *slot) (value float64, one bool) {
	cov := s.cover(a.claim, c.clock)
	one = true
	for i, found := 0, false; i < s.begun(a.End); i++ {
		v := &s.versions[i]
		if v.gone || v.refused || cov.beats(v) != nil {
			continue
		}
		one = !found || value == v.value
		value, found = v.value, true
		if !one {
			break
		}
	}
	return value, one
}

// bucket judges one that an answer shows, or that it lacks: then its count is 0.
func (c *readings) bucket(a asked, want *folded, got history.Bucket) {
	rule := finding.Rule(0)
	switch {
	case got.Count < want.least:
		rule = finding.Short
	case got.Count > want.most:
		rule = finding.Duplicated
	case want.certain && got.Count > 0 && !want.same(got):
		rule = finding.Wrong
	default:
		return
	}
	c.found.Add(rule, got.Start, a.Op, func() string {
		return fmt.Sprintf("%s folds %v from %d on to %+v, there are %d to %d readings: %+v", c.asker(a.Op), a.of,
			got.Start, got, want.least, want.most, want.Bucket)
	}, a.Op)
}

// same compares what does not depend on the order in which values were added, and their sum to a part in a billion.
func (f *folded) same(b history.Bucket) bool {
	return slices.Equal([]float64{f.Min, f.Max, f.First, f.Last}, []float64{b.Min, b.Max, b.First, b.Last}) &&
		math.Abs(f.Sum-b.Sum) <= 1e-9*float64(f.Count)*max(math.Abs(f.Min), math.Abs(f.Max))
}
