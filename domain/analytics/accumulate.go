package analytics

import (
	"errors"
	"fmt"
	"slices"
	"sort"

	"tidemark/domain/telemetry"
)

// NewAccumulator is an empty accumulator.
func NewAccumulator(p *Plan) *Accumulator {
	return &Accumulator{plan: p, cells: make([]*cell, len(p.Bounds)-1)}
}

// AddReadings adds readings, whose times rise strictly. Those outside the plan's span are ignored, except that Rate
// looks back to Plan.First. Nothing is kept of the slices. It fails for columns that are not parallel and, with Rate,
// for readings that are not after those added before.
func (a *Accumulator) AddReadings(times []int64, values []float64) error {
	if len(times) != len(values) {
		return fmt.Errorf("%d times for %d values", len(times), len(values))
	}
	lo := sort.Search(len(times), func(i int) bool { return times[i] >= a.plan.From })
	hi := sort.Search(len(times), func(i int) bool { return times[i] >= a.plan.To })
	if a.plan.raw {
		if err := a.remember(times[:lo], values[:lo]); err != nil {
			return err
		}
	}
	times, values = times[:hi], values[:hi]
	for i := lo; i < hi; {
		c := bucketOf(a.plan.Bounds, times[i])
		n := countBefore(times[i:], a.plan.Bounds[c+1])
		run, of := times[i:i+n], values[i:i+n]
		k := a.cell(c)
		k.addRun(run, of)
		if a.plan.raw {
			if err := a.count(k, a.before(c), run, of); err != nil {
				return err
			}
		}
		i += n
	}
	return nil
}

// AddRollup adds buckets of a rollup that lie in the plan's span, and ignores others. It fails, having added some or
// none, when they cannot stand for the readings: the plan is not ServedBy the rollup's window, or a percentile is
// asked for and a sketch is missing.
func (a *Accumulator) AddRollup(r *Rollup) error {
	if !a.plan.ServedBy(r.Window) {
		return fmt.Errorf("the rollup of %s does not serve this plan", r.Window)
	}
	for i := range r.Buckets {
		b := &r.Buckets[i]
		if b.Start < a.plan.From || b.Start >= a.plan.To {
			continue
		}
		if a.plan.sketch && b.Sketch == nil {
			return fmt.Errorf("the rollup of %s has no sketches", r.Window)
		}
		a.cell(bucketOf(a.plan.Bounds, b.Start)).merge(b)
	}
	return nil
}

// cell is the bucket with that index, made when first needed.
func (a *Accumulator) cell(i int) *cell {
	if a.cells[i] == nil {
		k := &cell{Bucket: Bucket{Start: a.plan.Bounds[i]}}
		if a.plan.sketch {
			k.Sketch = new(Sketch)
		}
		if a.plan.raw {
			k.counter = new(counter)
		}
		a.cells[i] = k
	}
	return a.cells[i]
}

// Bucket is the folded bucket with that index, nil if it has no readings. It belongs to the accumulator.
func (a *Accumulator) Bucket(i int) *Bucket {
	if k := a.cells[i]; k != nil && k.Count > 0 {
		return &k.Bucket
	}
	return nil
}

// Column answers one of the plan's functions, one value a bucket.
func (a *Accumulator) Column(f Func) []Value {
	column := make([]Value, len(a.cells))
	for i, k := range a.cells {
		switch {
		case k == nil || f.NeedsRaw() && k.counter == nil:
			column[i] = valueOr(0, false)
		case f.kind == kindRate:
			column[i] = valueOr(k.counter.rate())
		default:
			column[i] = valueOr(f.of(&k.Bucket))
		}
	}
	return column
}

// Columns answers the plan's functions, in their order, with gaps filled. How many readings an empty bucket has is
// known: with any fill its count is 0.
func (a *Accumulator) Columns(fill Fill) [][]Value {
	columns := make([][]Value, len(a.plan.Funcs))
	for i, f := range a.plan.Funcs {
		columns[i] = a.Column(f)
		how := fill
		if f.kind == kindCount && fill != FillNone {
			how = FillZero
		}
		how.Apply(a.plan.Starts(), columns[i])
	}
	return columns
}

// Merge adds the readings of another accumulator of the same plan, which stays as it is. Of readings at the same time
// that of a counts as first and that of o as last, so series are merged in their order. Nothing may be added to a by
// itself afterwards.
func (a *Accumulator) Merge(o *Accumulator) error {
	if a.plan != o.plan {
		return errors.New("accumulators of two plans do not merge")
	}
	for i, k := range o.cells {
		if k == nil {
			continue
		}
		to := a.cell(i)
		to.merge(&k.Bucket)
		if k.counter != nil {
			to.counter.merge(k.counter)
		}
	}
	return nil
}

// Member is one series of a group.
type Member struct {
	Series telemetry.Series
	*Accumulator
}

// Group joins series in their order (source, then metric), whatever the order of members, which it sorts. The members
// stay as they are.
func Group(p *Plan, members []Member) (*Accumulator, error) {
	slices.SortFunc(members, func(a, b Member) int { return a.Series.Compare(b.Series) })
	sum := NewAccumulator(p)
	for _, m := range members {
		if err := sum.Merge(m.Accumulator); err != nil {
			return nil, err
		}
	}
	return sum, nil
}
