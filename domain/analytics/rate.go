package analytics

import (
	"errors"
	"math"
	"math/big"
	"time"
)

// rate is the increase a second, or the sum of rates; it does not exist without two readings. The rate of one series
// beyond float64 counts as the greatest, alone as in a group.
func (c *counter) rate() (float64, bool) {
	if c.series > 0 {
		return nearest(c.rates.integer(sumExponent)), true
	}
	if c.elapsed == 0 {
		return 0, false
	}
	m, e := c.increase.integer(sumExponent)
	return min(quotient(m.Mul(m, big.NewInt(int64(time.Second))), e, big.NewInt(c.elapsed)), math.MaxFloat64), true
}

// fold turns the state of a single series into a group of one.
func (c *counter) fold() {
	if c.series > 0 || c.elapsed == 0 {
		return
	}
	if v, ok := c.rate(); ok {
		c.addRate(v)
	}
}

// addRate adds the rate of one series.
func (c *counter) addRate(v float64) {
	c.rates.addValue(v)
	c.series++
}

var errOrder = errors.New("rate needs the readings in the order of time")

// remember takes note of readings before the span: the latest may be the one before the first that counts.
func (a *Accumulator) remember(times []int64, values []float64) error {
	n := len(times)
	if n == 0 {
		return nil
	}
	if a.any && times[0] <= a.prev.Time {
		return errOrder
	}
	a.prev, a.any = Point{times[n-1], values[n-1]}, true
	return nil
}

// before is from when on a reading counts as the one before the first of bucket i.
func (a *Accumulator) before(i int) int64 {
	if i == 0 {
		return a.plan.first
	}
	return a.plan.Bounds[i-1]
}

// count adds the increases of readings that all lie in one bucket.
func (a *Accumulator) count(k *cell, since int64, times []int64, values []float64) error {
	for i, t := range times {
		v := values[i]
		if a.any && t <= a.prev.Time {
			return errOrder
		}
		if a.any && a.prev.Time >= since {
			k.counter.elapsed += t - a.prev.Time
			k.counter.increase.addValue(v)
			if v >= a.prev.Value {
				k.counter.increase.addValue(-a.prev.Value)
			} else if v < 0 {
				k.counter.increase.addValue(-v)
			}
		}
		a.prev, a.any = Point{t, v}, true
	}
	return nil
}

// merge adds the rate of another series, or those of another group.
func (c *counter) merge(o *counter) {
	c.fold()
	if o.series > 0 {
		c.rates.merge(&o.rates)
		c.series += o.series
	} else if v, ok := o.rate(); ok {
		c.addRate(v)
	}
}
