package traffic

import (
	"math/rand/v2"
	"time"

	"tidemark/simulator/history"
)

// Action is one of the things that clients do.
type Action uint8

// The actions.
const (
	Delete    Action = iota + 1 // readings of a series, over a span of up to Work.Reach
	Write                       // one reading
	WriteMany                   // six readings of a series
	WriteWide                   // two readings of every series that goes with one
	Latest                      // of a series
	Count                       // of a whole series
	Read                        // a whole series
)

// Share is one action's part of a mix.
type Share struct {
	Below float64 // of a draw from 0 to 1: the first share that it is below of is done
	Do    Action
}

// Work is a bounded lot of series and times about which clients write, read and delete without end, and without regard
// to one another.
type Work struct {
	Series []Series
	Mix    []Share                // by Below; what it leaves is Read
	Time   func(*rand.Rand) int64 // draws one of the times that readings have, in Unix nanoseconds
	Value  func() float64         // a value that nobody else writes
	Reach  time.Duration          // in minutes
	Wide   func(Series) []Series  // the series that are written with one
	Quiet  func() bool            // nobody writes or deletes now; nil: never
	From   int64                  // of whole series, in Unix nanoseconds
	To     int64
}

// Next draws what to do next; false: a write while nobody writes.
func (w *Work) Next(rng *rand.Rand) (call history.Call, some bool) {
	s := w.Series[rng.IntN(len(w.Series))]
	switch action := w.draw(rng); action {
	case Delete, Write, WriteMany, WriteWide:
		if w.Quiet != nil && w.Quiet() {
			return call, false
		}
		return w.change(rng, action, s), true
	case Latest:
		return w.Whole(history.Latest, s), true
	case Count:
		return w.Whole(history.Count, s), true
	default:
		return w.Whole(history.Read, s), true
	}
}

// Whole is a question about a whole series.
func (w *Work) Whole(k history.Kind, s Series) history.Call {
	return history.Call{Kind: k, Source: s.Source, Metric: s.Metric, From: w.From, To: w.To}
}

func (w *Work) draw(rng *rand.Rand) Action {
	x := rng.Float64()
	for _, share := range w.Mix {
		if x < share.Below {
			return share.Do
		}
	}
	return Read
}

// change is a write or a deletion.
func (w *Work) change(rng *rand.Rand, action Action, s Series) history.Call {
	switch action {
	case Delete:
		from := w.Time(rng)
		to := from + int64(time.Duration(rng.IntN(int(w.Reach/time.Minute)))*time.Minute) + 1
		return history.Call{Kind: history.Delete, Source: s.Source, Metric: s.Metric, From: from, To: to}
	case WriteMany:
		return w.Writes(w.times(rng, 6), s)
	case WriteWide:
		return w.Writes(w.times(rng, 2), w.Wide(s)...)
	default:
		return w.Writes(w.times(rng, 1), s)
	}
}

func (w *Work) times(rng *rand.Rand, n int) []int64 {
	times := make([]int64, n)
	for i := range times {
		times[i] = w.Time(rng)
	}
	return times
}

// Writes is a write of readings of some series at these times, with new values.
func (w *Work) Writes(times []int64, series ...Series) history.Call {
	c := history.Call{Kind: history.Write, Readings: make([]history.Column, len(series))}
	for i, s := range series {
		values := make([]float64, len(times))
		for k := range values {
			values[k] = w.Value()
		}
		c.Readings[i] = history.Column{Source: s.Source, Metric: s.Metric, Times: times, Values: values}
	}
	return c
}
