package inject_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/simulator/inject"
)

// TestQuantiles holds the distributions against their formulas and against quantiles of the tables of the normal
// distribution.
func TestQuantiles(t *testing.T) {
	normal := inject.LogNormal{Median: 100 * time.Millisecond, Sigma: 0.5}
	pareto := inject.Pareto{Min: 10 * time.Millisecond, Alpha: 2}
	for _, c := range []struct {
		d    inject.Distribution
		u    float64
		want time.Duration
	}{
		{inject.Constant{Of: time.Second}, 0.3, time.Second},
		{inject.Uniform{Min: time.Second, Max: 3 * time.Second}, 0, time.Second},
		{inject.Uniform{Min: time.Second, Max: 3 * time.Second}, 0.5, 2 * time.Second},
		{normal, 0.5, 100 * time.Millisecond},
		{normal, 0.975, time.Duration(100e6 * math.Exp(0.5*1.959964))},
		{normal, 0.1, time.Duration(100e6 * math.Exp(-0.5*1.281552))},
		{inject.LogNormal{Median: time.Second}, 0, time.Second},
		{inject.LogNormal{Sigma: 1000}, 0.999, 0},
		{inject.Pareto{Alpha: 0.01}, 0.9999, 0},
		{inject.LogNormal{Median: time.Second, Sigma: 2, Max: 3 * time.Second}, 0.999, 3 * time.Second},
		{inject.LogNormal{Median: 5 * time.Millisecond}, 0.7, 5 * time.Millisecond},
		{pareto, 0, 10 * time.Millisecond},
		{pareto, 0.75, 20 * time.Millisecond},
		{pareto, 0.99, 100 * time.Millisecond},
		{inject.Pareto{Min: time.Second, Alpha: 0.01}, 0.9999, inject.MaxDelay},
	} {
		if got := c.d.At(c.u); math.Abs(float64(got-c.want)) > 1e-5*float64(c.want)+1 {
			t.Errorf("%s at %v is %v, want %v", c.d, c.u, got, c.want)
		}
	}
}

// TestQuantilesRiseAndStayWithinBounds draws distributions and places.
func TestQuantilesRiseAndStayWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := valid(t)
		if r.Delay == nil {
			return
		}
		u, v := rapid.Float64Range(0, math.Nextafter(1, 0)).Draw(t, "u"),
			rapid.Float64Range(0, math.Nextafter(1, 0)).Draw(t, "v")
		low, high := r.Delay.At(min(u, v)), r.Delay.At(max(u, v))
		if low < 0 || low > high || high > inject.MaxDelay {
			t.Fatalf("%s at %v is %v, at %v it is %v", r.Delay, min(u, v), low, max(u, v), high)
		}
	})
}
