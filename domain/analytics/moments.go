package analytics

import (
	"math/big"
)

// Point is a reading without its series: Unix nanoseconds and a value.
type Point struct {
	Time  int64
	Value float64
}

// Moments is what is known of a multiset of readings: how many, the least and the greatest value, the first and the
// last reading, and exactly the sum and the sum of squares.
//
// Merging is associative, and bit-identical whatever the order as long as no two readings have the same time, as
// those of one series never do. Readings of several series may: then First is the least and Last the greatest by time
// and then by order of the series, if the parts are merged in that order (Group does). The zero value is empty and
// ready. Moments must not be copied by assignment: Clone.
type Moments struct {
	Count       uint64
	Min, Max    float64 // negative zero is less than zero
	First, Last Point

	sum, squares dyadic
}

// Add counts one reading. Of readings at the same time the one added first is First and the one added last is Last.
func (m *Moments) Add(time int64, value float64) {
	if !finite(value) {
		return
	}
	m.sum.addValue(value)
	m.squares.addSquare(value)
	if m.Count++; m.Count == 1 {
		m.Min, m.Max = value, value
		m.First, m.Last = Point{time, value}, Point{time, value}
		return
	}
	if value <= m.Min {
		m.Min = min(m.Min, value)
	}
	if value >= m.Max {
		m.Max = max(m.Max, value)
	}
	if time < m.First.Time {
		m.First = Point{time, value}
	}
	if time >= m.Last.Time {
		m.Last = Point{time, value}
	}
}

// Merge adds every reading of o, which stays as it is and comes after m in the order of series.
func (m *Moments) Merge(o *Moments) {
	switch {
	case o.Count == 0:
		return
	case m == o:
		c := o.Clone()
		o = &c
	}
	if m.Count == 0 {
		m.Min, m.Max, m.First, m.Last = o.Min, o.Max, o.First, o.Last
	} else {
		m.Min, m.Max = min(m.Min, o.Min), max(m.Max, o.Max)
		if o.First.Time < m.First.Time {
			m.First = o.First
		}
		if o.Last.Time >= m.Last.Time {
			m.Last = o.Last
		}
	}
	m.Count += o.Count
	m.sum.merge(&o.sum)
	m.squares.merge(&o.squares)
}

// Sum is the exact sum, rounded once; infinite when float64 does not reach so far: what to say then is the caller's.
func (m *Moments) Sum() float64 {
	return nearest(m.sum.integer(sumExponent))
}

// Mean is the exact mean, rounded once: it exists even where the sum overflows. It is 0 without readings.
func (m *Moments) Mean() float64 {
	if m.Count == 0 {
		return 0
	}
	sum, e := m.sum.integer(sumExponent)
	return quotient(sum, e, count(m.Count))
}

// Variance is the sample variance: the sum of squared distances from the mean, divided by Count-1. It is computed
// exactly and rounded once, so that it does not suffer when the mean is large and the spread small. It is 0 for fewer
// than two readings.
func (m *Moments) Variance() float64 {
	if m.Count < 2 {
		return 0
	}
	num, e, den := m.spread()
	return quotient(num, e, den)
}

// Stddev is the square root of the exact sample variance, rounded once.
func (m *Moments) Stddev() float64 {
	if m.Count < 2 {
		return 0
	}
	return root(m.spread())
}

// spread is the sample variance as num * 2^e / den: (n*squares - sum^2) / (n*(n-1)).
func (m *Moments) spread() (num *big.Int, e int, den *big.Int) {
	sum, es := m.sum.integer(sumExponent)
	squares, eq := m.squares.integer(squareExponent)
	n := count(m.Count)
	squares.Mul(squares, n)
	sum.Mul(sum, sum)
	es *= 2
	e = min(es, eq)
	squares.Lsh(squares, uint(eq-e))
	sum.Lsh(sum, uint(es-e))
	num = squares.Sub(squares, sum)
	if num.Sign() < 0 { // only decoded moments that belong to no readings
		num.SetInt64(0)
	}
	return num, e, n.Mul(n, count(m.Count-1))
}

// Clone is an independent copy.
func (m *Moments) Clone() Moments {
	return Moments{
		Count: m.Count, Min: m.Min, Max: m.Max, First: m.First, Last: m.Last,
		sum: m.sum.clone(), squares: m.squares.clone(),
	}
}

// Reset empties the moments and keeps their memory.
func (m *Moments) Reset() {
	m.Count, m.Min, m.Max, m.First, m.Last = 0, 0, 0, Point{}, Point{}
	m.sum.reset()
	m.squares.reset()
}

func count(n uint64) *big.Int { return new(big.Int).SetUint64(n) }
