package analytics

import (
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
)

// naive answers a function for the readings of one bucket by its definition. before holds the readings of the bucket
// before.
func naive(f Func, before, in []Point) Value {
	if len(in) == 0 {
		return valueOr(0, false)
	}
	values := make([]float64, len(in))
	for i, p := range in {
		values[i] = p.Value
	}
	sum, _ := exactSums(values)
	switch f.kind {
	case kindMean:
		return valueOr(rounded(sum.Quo(sum, new(big.Rat).SetInt64(int64(len(in))))), true)
	case kindSum:
		return valueOr(rounded(sum), true)
	case kindCount:
		return valueOr(float64(len(in)), true)
	case kindFirst:
		return valueOr(in[0].Value, true)
	case kindLast:
		return valueOr(in[len(in)-1].Value, true)
	case kindMin:
		return valueOr(slices.MinFunc(values, total), true)
	case kindMax:
		return valueOr(slices.MaxFunc(values, total), true)
	case kindRate:
		return naiveRate(before, in)
	}
	q, _ := f.Quantile()
	switch q {
	case 0:
		return valueOr(slices.MinFunc(values, total), true)
	case 1:
		return valueOr(slices.MaxFunc(values, total), true)
	}
	v, ok := sketchOf(values).Quantile(q)
	return valueOr(max(slices.Min(values), min(slices.Max(values), v)), ok)
}

func naiveRate(before, in []Point) Value {
	all := in
	if n := len(before); n > 0 {
		all = append([]Point{before[n-1]}, in...)
	}
	if len(all) < 2 {
		return valueOr(0, false)
	}
	increase := new(big.Rat)
	for i := 1; i < len(all); i++ {
		now := new(big.Rat).SetFloat64(all[i].Value)
		switch {
		case all[i].Value >= all[i-1].Value:
			increase.Add(increase, now.Sub(now, new(big.Rat).SetFloat64(all[i-1].Value)))
		case all[i].Value > 0:
			increase.Add(increase, now)
		}
	}
	elapsed := big.NewRat(all[len(all)-1].Time-all[0].Time, int64(time.Second))
	// An increase of two finite readings may be beyond float64: the greatest stands for it (docs/sums.md).
	return valueOr(min(rounded(increase.Quo(increase, elapsed)), math.MaxFloat64), true)
}

// readings draws a series over some days: times rise strictly.
func readings(t *rapid.T, label string) []Point {
	n := rapid.IntRange(0, 80).Draw(t, label)
	at := rapid.Int64Range(0, 48).Draw(t, "start") * int64(time.Hour)
	points := make([]Point, n)
	for i := range points {
		at += rapid.OneOf(rapid.Int64Range(1, int64(2*time.Hour)), rapid.Just(int64(time.Hour)),
			rapid.Just(int64(20*time.Hour))).Draw(t, "gap")
		points[i] = Point{at, anyFloat().Draw(t, "value")}
	}
	return points
}

func between(points []Point, from, to int64) (times []int64, values []float64, in []Point) {
	for _, p := range points {
		if from <= p.Time && p.Time < to {
			times, values, in = append(times, p.Time), append(values, p.Value), append(in, p)
		}
	}
	return times, values, in
}

func anyPlan(t *rapid.T, list string) *Plan {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	step, err := ParseStep(rapid.SampledFrom([]string{"30m", "1h", "6h", "1d", "24h", "1w"}).Draw(t, "step"), berlin)
	if err != nil {
		t.Fatal(err)
	}
	grain := rapid.SampledFrom([]int64{1, int64(time.Hour), 24 * int64(time.Hour)}).Draw(t, "grain")
	from := rapid.Int64Range(0, 60*int64(time.Hour)).Draw(t, "from") / grain * grain
	to := from + (rapid.Int64Range(1, 200*int64(time.Hour)).Draw(t, "span")+grain-1)/grain*grain
	funcs, err := ParseFuncs(list)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPlan(step, from, to, funcs, MaxBuckets)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const everything = "mean,sum,min,max,count,first,last,median,p0,p90,p100"

func checkAgainstNaive(t *rapid.T, a *Accumulator, points []Point) {
	p := a.plan
	columns := a.Columns(FillNone)
	for i := range p.Starts() {
		_, _, in := between(points, max(p.Bounds[i], p.From), min(p.Bounds[i+1], p.To))
		_, _, before := between(points, a.before(i), max(p.Bounds[i], p.From))
		for j, f := range p.Funcs {
			got := columns[j][i]
			if want := naive(f, before, in); got.Valid != want.Valid || !same(got.V, want.V) && got.Valid &&
				!(got.V == 0 && want.V == 0) {
				t.Fatalf("%s of bucket %d: %v, want %v", f, i, got, want)
			}
		}
	}
}

// The answer is that of the definition, whichever windows are served by rollups and which by readings, in whatever
// order.
func TestAccumulatorAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t, everything)
		points := readings(t, "readings")
		size := rapid.SampledFrom([]telemetry.WindowSize{telemetry.WindowMonth, telemetry.WindowDay,
			telemetry.WindowHour}).Draw(t, "window")
		windows := telemetry.Windows(size, 0, max(p.To, 1))
		a := NewAccumulator(p)
		for _, w := range rapid.Permutation(windows).Draw(t, "order") {
			times, values, _ := between(points, w.Start(), w.End())
			if !p.ServedBy(w) || rapid.Bool().Draw(t, "raw") {
				if err := a.AddReadings(times, values); err != nil {
					t.Fatal(err)
				}
				continue
			}
			b, err := EncodeRollup(nil, RollupOf(&telemetry.Chunk{Tenant: "t", Window: w, Times: times,
				Values: values}))
			if err != nil {
				t.Fatal(err)
			}
			r, err := DecodeRollup(b)
			if err != nil {
				t.Fatal(err)
			}
			if err := a.AddRollup(r); err != nil {
				t.Fatal(err)
			}
		}
		checkAgainstNaive(t, a, points)
	})
}

// Rates are those of the definition, however the readings are cut into calls.
func TestRateAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t, "rate,mean")
		points := readings(t, "readings")
		a := NewAccumulator(p)
		times, values, _ := between(points, 0, math.MaxInt64)
		for len(times) > 0 {
			n := rapid.IntRange(1, len(times)).Draw(t, "call")
			if err := a.AddReadings(times[:n], values[:n]); err != nil {
				t.Fatal(err)
			}
			times, values = times[n:], values[n:]
		}
		checkAgainstNaive(t, a, points)
	})
}

// A rate does not depend on readings before Plan.First: a caller need not read them.
func TestRateLooksBackToFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t, "rate")
		points := readings(t, "readings")
		all, some := NewAccumulator(p), NewAccumulator(p)
		times, values, _ := between(points, 0, math.MaxInt64)
		if err := all.AddReadings(times, values); err != nil {
			t.Fatal(err)
		}
		times, values, _ = between(points, p.First(), p.To)
		if err := some.AddReadings(times, values); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(all.Columns(FillZero), some.Columns(FillZero)); d != "" {
			t.Fatal(d)
		}
	})
}

func TestRateOfACounter(t *testing.T) {
	const s = int64(time.Second)
	minute, _ := FixedStep(time.Minute)
	p, err := NewPlan(minute, 60*s, 300*s, []Func{Rate}, 10)
	if err != nil {
		t.Fatal(err)
	}
	if p.First() != 0 {
		t.Errorf("first %d", p.First())
	}
	a := NewAccumulator(p)
	// 30: before the span. 70, 100: +10 from 30 on, +30. 130: a restart, 6 counted since. 250: its predecessor is two
	// buckets away.
	if err := a.AddReadings([]int64{30 * s, 70 * s, 100 * s, 130 * s, 250 * s},
		[]float64{100, 110, 140, 6, 50}); err != nil {
		t.Fatal(err)
	}
	want := column(40.0/70, 6.0/30, math.NaN(), math.NaN())
	nan := cmp.Comparer(func(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) })
	if d := cmp.Diff(want, a.Column(Rate), nan); d != "" {
		t.Error(d)
	}
	if err := a.AddReadings([]int64{250 * s}, []float64{51}); err == nil {
		t.Error("a reading that is not later was taken")
	}
}

// Groups give the same whatever the order of members, and agree with the definition over all readings together.
func TestGroup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t, everything+",stddev,rate")
		var members []Member
		var all []Point
		for _, name := range []telemetry.Source{"a", "b", "c"} {
			points := readings(t, string(name))
			m := Member{Series: telemetry.Series{Source: name}, Accumulator: NewAccumulator(p)}
			times, values, _ := between(points, 0, math.MaxInt64)
			if err := m.AddReadings(times, values); err != nil {
				t.Fatal(err)
			}
			members, all = append(members, m), append(all, points...)
		}
		want, err := Group(p, slices.Clone(members))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Group(p, rapid.Permutation(members).Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want.Columns(FillZero), got.Columns(FillZero)); d != "" {
			t.Fatal(d)
		}
		checkGroupRates(t, want, members)
		slices.SortStableFunc(all, func(a, b Point) int { return int(min(max(a.Time-b.Time, -1), 1)) })
		p = &Plan{From: p.From, To: p.To, Bounds: p.Bounds, Funcs: p.Funcs[:11], first: p.first}
		checkAgainstNaive(t, &Accumulator{plan: p, cells: got.cells}, all)
	})
}

// checkGroupRates: the rate of a group is the exact sum of those of its members.
func checkGroupRates(t *rapid.T, group *Accumulator, members []Member) {
	columns := make([][]Value, len(members))
	for j, m := range members {
		columns[j] = m.Column(Rate)
	}
	for i, got := range group.Column(Rate) {
		var rates []float64
		for _, c := range columns {
			if v := c[i]; v.Valid {
				rates = append(rates, min(v.V, math.MaxFloat64))
			}
		}
		sum, _ := exactSums(rates)
		if got.Valid != (len(rates) > 0) || got.Valid && got.V != rounded(sum) {
			t.Fatalf("rate of bucket %d: %v, want the sum of %v", i, got, rates)
		}
	}
}

// Of readings at one time the first series has the first and the last series the last.
func TestGroupTies(t *testing.T) {
	minute, _ := FixedStep(time.Minute)
	funcs, _ := ParseFuncs("first,last")
	p, err := NewPlan(minute, 0, 60, funcs, 1)
	if err != nil {
		t.Fatal(err)
	}
	var members []Member
	for i, source := range []telemetry.Source{"c", "a", "b"} {
		m := Member{Series: telemetry.Series{Source: source}, Accumulator: NewAccumulator(p)}
		if err := m.AddReadings([]int64{5}, []float64{float64(i)}); err != nil {
			t.Fatal(err)
		}
		members = append(members, m)
	}
	g, err := Group(p, members)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([][]Value{{{V: 1, Valid: true}}, {{V: 0, Valid: true}}}, g.Columns(FillNone)); d != "" {
		t.Error(d)
	}
}

// What cannot be answered is refused, never answered short.
func TestAccumulatorRefuses(t *testing.T) {
	hour, _ := FixedStep(time.Hour)
	const h = int64(time.Hour)
	day := &telemetry.Chunk{Window: telemetry.Window{Size: telemetry.WindowDay}, Times: []int64{1},
		Values: []float64{1}}
	plan := func(list string, from, to int64) *Plan {
		funcs, err := ParseFuncs(list)
		if err != nil {
			t.Fatal(err)
		}
		p, err := NewPlan(hour, from, to, funcs, 100)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	bare := RollupOf(day)
	bare.Buckets[0].Sketch = nil
	month := RollupOf(&telemetry.Chunk{Window: telemetry.Window{Size: telemetry.WindowMonth}, Times: []int64{1},
		Values: []float64{1}})
	for _, c := range []struct {
		name string
		plan *Plan
		r    *Rollup
		says string
	}{
		{"rate", plan("rate", 0, h), RollupOf(day), "does not serve"},
		{"from within a bucket", plan("mean", 1, h), RollupOf(day), "does not serve"},
		{"to within a bucket", plan("mean", 0, h+1), RollupOf(day), "does not serve"},
		{"buckets too large", plan("mean", 0, 2*h), month, "does not serve"},
		{"no sketch", plan("p50", 0, h), bare, "no sketches"},
		{"a sketch too few is enough for a mean", plan("mean", 0, h), bare, ""},
	} {
		err := NewAccumulator(c.plan).AddRollup(c.r)
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	a := NewAccumulator(plan("mean", 0, h))
	if a.AddReadings([]int64{1}, nil) == nil {
		t.Error("columns that are not parallel were taken")
	}
	if a.Merge(NewAccumulator(plan("mean", 0, h))) == nil {
		t.Error("another plan was merged")
	}
	if _, err := NewPlan(hour, 0, h, nil, 1); err == nil {
		t.Error("a plan without functions")
	}
	if _, err := NewPlan(hour, 0, h, []Func{{}}, 1); err == nil {
		t.Error("a plan with a function that is none")
	}
	if a.Bucket(0) != nil {
		t.Error("an empty bucket is there")
	}
}
