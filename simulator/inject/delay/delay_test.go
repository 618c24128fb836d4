package delay_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/simulator/inject/delay"
)

// TestQuantiles holds the distributions against their formulas and against quantiles of the tables of the normal
// distribution.
func TestQuantiles(t *testing.T) {
	normal := delay.LogNormal{Median: 100 * time.Millisecond, Sigma: 0.5}
	pareto := delay.Pareto{Min: 10 * time.Millisecond, Alpha: 2}
	for _, c := range []struct {
		d    delay.Distribution
		u    float64
		want time.Duration
	}{
		{delay.Constant{Of: time.Second}, 0.3, time.Second},
		{delay.Uniform{Min: time.Second, Max: 3 * time.Second}, 0, time.Second},
		{delay.Uniform{Min: time.Second, Max: 3 * time.Second}, 0.5, 2 * time.Second},
		{normal, 0.5, 100 * time.Millisecond},
		{normal, 0.975, time.Duration(100e6 * math.Exp(0.5*1.959964))},
		{normal, 0.1, time.Duration(100e6 * math.Exp(-0.5*1.281552))},
		{delay.LogNormal{Median: time.Second}, 0, time.Second},
		{delay.LogNormal{Sigma: 1000}, 0.999, 0},
		{delay.Pareto{Alpha: 0.01}, 0.9999, 0},
		{delay.LogNormal{Median: time.Second, Sigma: 2, Max: 3 * time.Second}, 0.999, 3 * time.Second},
		{delay.LogNormal{Median: 5 * time.Millisecond}, 0.7, 5 * time.Millisecond},
		{pareto, 0, 10 * time.Millisecond},
		{pareto, 0.75, 20 * time.Millisecond},
		{pareto, 0.99, 100 * time.Millisecond},
		{delay.Pareto{Min: time.Second, Alpha: 0.01}, 0.9999, delay.Max},
	} {
		if got := c.d.At(c.u); math.Abs(float64(got-c.want)) > 1e-5*float64(c.want)+1 {
			t.Errorf("%s at %v is %v, want %v", c.d, c.u, got, c.want)
		}
	}
}

// drawn is a distribution with values that delays may have.
func drawn(t *rapid.T) delay.Distribution {
	least := time.Duration(rapid.Int64Range(0, int64(delay.Max)).Draw(t, "least"))
	most := time.Duration(rapid.Int64Range(int64(least), int64(delay.Max)).Draw(t, "most"))
	shape := rapid.Float64Range(1e-3, 1e3).Draw(t, "shape")
	return rapid.SampledFrom([]delay.Distribution{delay.Constant{Of: least}, delay.Uniform{Min: least, Max: most},
		delay.LogNormal{Median: least, Sigma: shape, Max: most}, delay.Pareto{Min: least, Alpha: shape}}).
		Draw(t, "delay")
}

// TestQuantilesRiseAndStayWithinBounds draws distributions and places.
func TestQuantilesRiseAndStayWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawn(t)
		u, v := rapid.Float64Range(0, math.Nextafter(1, 0)).Draw(t, "u"),
			rapid.Float64Range(0, math.Nextafter(1, 0)).Draw(t, "v")
		low, high := d.At(min(u, v)), d.At(max(u, v))
		if low < 0 || low > high || high > delay.Max {
			t.Fatalf("%s at %v is %v, at %v it is %v", d, min(u, v), low, max(u, v), high)
		}
	})
}

// TestTextsRoundTrip reads the text of every distribution back as the same value.
func TestTextsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawn(t)
		if back, err := delay.Parse(d.String()); err != nil || back != d {
			t.Fatalf("%s is read as %v, %v", d, back, err)
		}
	})
}

func TestBadTexts(t *testing.T) {
	for text, want := range map[string]string{
		"5ms 6ms":                "6ms",
		"unifrom 1ms 2ms":        "did you mean uniform?",
		"constant 2h":            "0s to 1h",
		"pareto min 1s alpha 0":  "above 0",
		"log-normal median 20ms": "sigma",
	} {
		if d, err := delay.Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is %v, %v; want an error that says %s", text, d, err, want)
		}
	}
}
