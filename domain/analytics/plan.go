package analytics

import (
	"errors"

	"tidemark/domain/telemetry"
)

// Plan is what a query of aggregates asks for, worked out once and shared by the accumulators of all its series. It
// does not change.
type Plan struct {
	// Unix nanoseconds: readings outside [From, To) do not count, even in a bucket that reaches further
	From, To int64
	Bounds   []int64 // boundaries: bucket i is [Bounds[i], Bounds[i+1])
	Funcs    []Func

	first       int64 // from where on readings are wanted
	sketch, raw bool
}

// NewPlan divides [from, to) by the step into at most limit buckets. The error is for people.
func NewPlan(step Step, from, to int64, funcs []Func, limit int) (*Plan, error) {
	if len(funcs) == 0 {
		return nil, errors.New("no function named")
	}
	bounds, err := step.Bounds(from, to, limit)
	if err != nil {
		return nil, err
	}
	p := &Plan{From: from, To: to, Bounds: bounds, Funcs: funcs, first: from}
	for _, f := range funcs {
		if f == (Func{}) {
			return nil, errors.New("a function is missing")
		}
		p.sketch = p.sketch || f.NeedsSketch()
		p.raw = p.raw || f.NeedsRaw()
	}
	if p.raw {
		p.first = max(step.Floor(bounds[0]-1), telemetry.MinTime)
	}
	return p, nil
}

// Starts are the first moments of the buckets.
func (p *Plan) Starts() []int64 { return p.Bounds[:len(p.Bounds)-1] }

// NeedsRaw reports whether some function needs readings, so that no rollup serves.
func (p *Plan) NeedsRaw() bool { return p.raw }

// First is the time from which on readings have to be given: From, or with Rate the start of the bucket before the
// first.
func (p *Plan) First() int64 { return p.first }

// ServedBy reports whether the rollup of a window can stand for its readings: no function needs those, and From, To
// and every boundary that lie within the window fall between buckets of the rollup.
func (p *Plan) ServedBy(w telemetry.Window) bool {
	if p.raw {
		return false
	}
	size := BucketSize(w.Size)
	within := func(t int64) bool { return w.Start() < t && t < w.End() }
	if within(p.From) && p.From%size != 0 || within(p.To) && p.To%size != 0 {
		return false
	}
	for _, b := range p.Bounds[max(bucketOf(p.Bounds, w.Start()), 0):] {
		if b >= min(w.End(), p.To) {
			break
		}
		if b > max(w.Start(), p.From) && b%size != 0 {
			return false
		}
	}
	return true
}
