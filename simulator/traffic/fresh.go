package traffic

import (
	"math/rand/v2"
	"sync/atomic"

	"tidemark/simulator/history"
)

// Fresh writes the readings of a series in order, each once, with a value that names it: what is there can be told by
// its time, and whose a value is by the value.
type Fresh struct {
	Series Series
	Time   func(k int) int64 // of the k-th reading, in Unix nanoseconds; it rises
	Value  func(k int) float64
	Most   int // readings of a request

	next atomic.Int64
}

// Next is the next few readings.
func (f *Fresh) Next(rng *rand.Rand) (history.Call, bool) { return f.Take(1 + rng.IntN(f.Most)), true }

// Take is the next n readings.
func (f *Fresh) Take(n int) history.Call {
	next := int(f.next.Add(int64(n)))
	return f.Of(next-n, next)
}

// Of is the readings from one number to before another, whether they were taken or not.
func (f *Fresh) Of(from, to int) history.Call {
	col := history.Column{Source: f.Series.Source, Metric: f.Series.Metric}
	for k := from; k < to; k++ {
		col.Times, col.Values = append(col.Times, f.Time(k)), append(col.Values, f.Value(k))
	}
	return history.Call{Kind: history.Write, Readings: []history.Column{col}}
}

// Taken is how many readings were taken. Others may ask while a client writes.
func (f *Fresh) Taken() int { return int(f.next.Load()) }

// Again asks the same questions again and again.
type Again []history.Call

// Next is one of them.
func (a Again) Next(rng *rand.Rand) (history.Call, bool) { return a[rng.IntN(len(a))], true }
