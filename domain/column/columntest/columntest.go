// Package columntest has readings to test with: drawn ones, and such as sensors send.
package columntest

import (
	"fmt"
	"math"
	"math/rand/v2"

	"pgregory.net/rapid"
)

const (
	second = int64(1e9)
	minute = 60 * second
)

// Walk is a random walk of normal steps of 0.10 at two decimals: 0.67 bytes of entropy a value.
func Walk(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	vs := make([]float64, n)
	x := 20.0
	for i := range vs {
		x += 0.10 * r.NormFloat64()
		vs[i] = math.Round(x*100) / 100
	}
	return vs
}

// Weather is a temperature, every step nanoseconds: a daily wave, slow noise, one decimal.
func Weather(seed uint64, n int, step int64) []float64 {
	r := rand.New(rand.NewPCG(seed, 2))
	vs := make([]float64, n)
	drift := 0.0
	for i := range vs {
		drift = 0.98*drift + 0.1*r.NormFloat64()
		day := float64(int64(i)*step) / float64(24*60*minute)
		vs[i] = math.Round((12+8*math.Sin(2*math.Pi*day)+drift)*10) / 10
	}
	return vs
}

// Regular is n times from start on, step nanoseconds apart.
func Regular(start, step int64, n int) []int64 {
	ts := make([]int64, n)
	for i := range ts {
		ts[i] = start + int64(i)*step
	}
	return ts
}

// Values draws 1 to 400 values of one kind, some with strangers among them.
var Values = rapid.Custom(func(t *rapid.T) []float64 {
	n := rapid.IntRange(1, 400).Draw(t, "n")
	one := rapid.SampledFrom([]*rapid.Generator[float64]{
		rapid.Float64(),
		rapid.Map(rapid.Uint64(), math.Float64frombits),
		rapid.Map(rapid.IntRange(-5000, 5000), func(i int) float64 { return float64(i) / 100 }),
		rapid.Map(rapid.IntRange(-3, 3), func(i int) float64 { return float64(i) * 0.25 }),
		rapid.Map(rapid.Float32(), func(f float32) float64 { return float64(f) }),
		rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, 0.1, 0.30000000000000004, 5e-324, math.MaxFloat64,
			-math.MaxFloat64}),
		rapid.Map(rapid.Int64(), func(i int64) float64 { return float64(i) }),
	}).Draw(t, "kind")
	vs := rapid.SliceOfN(one, n, n).Draw(t, "values")
	for range rapid.IntRange(0, 3).Draw(t, "strangers") {
		vs[rapid.IntRange(0, n-1).Draw(t, "at")] = rapid.Float64().Draw(t, "stranger")
	}
	return vs
})

// Times draws at most n rising times within [from, to), mostly near the start.
func Times(t *rapid.T, n int, from, to int64) []int64 {
	unit := rapid.SampledFrom([]int64{1, 1000, second / 10, second, minute}).Draw(t, "unit")
	gap := rapid.Int64Range(1, rapid.SampledFrom([]int64{1, 3, 1000, 1 << 40}).Draw(t, "widest"))
	ts := []int64{}
	at := from + rapid.Int64Range(0, 1000).Draw(t, "first")*unit
	for range n {
		if at >= to {
			break
		}
		ts = append(ts, at)
		step := gap.Draw(t, "gap")
		if step > (to-at)/unit {
			break
		}
		at += step * unit
	}
	return ts
}

// SameBits reports where two lists of values differ in a bit.
func SameBits(a, b []float64) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d values, expected %d", len(a), len(b))
	}
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return fmt.Errorf("value %d is %x (%v), expected %x (%v)", i, math.Float64bits(a[i]), a[i],
				math.Float64bits(b[i]), b[i])
		}
	}
	return nil
}
