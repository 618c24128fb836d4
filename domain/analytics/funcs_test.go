package analytics

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestParseFuncs(t *testing.T) {
	funcs, err := ParseFuncs("mean,min,max,sum,count,first,last,stddev, rate,median,p0,p50,p99.9,p99.9999,p100,p05")
	if err != nil {
		t.Fatal(err)
	}
	names := make([]string, len(funcs))
	for i, f := range funcs {
		names[i] = f.String()
	}
	if got := strings.Join(names, " "); got != "mean min max sum count first last stddev rate median p0 p50 p99.9 "+
		"p99.9999 p100 p5" {
		t.Error(got)
	}
	for _, f := range funcs {
		_, quantile := f.Quantile()
		if want := strings.HasPrefix(f.String(), "p") || f.String() == "median"; f.NeedsSketch() != want ||
			quantile != want {
			t.Errorf("%s needs a sketch: %v", f, f.NeedsSketch())
		}
		if f.NeedsRaw() != (f == Rate) {
			t.Errorf("%s needs readings: %v", f, f.NeedsRaw())
		}
	}
	if q, _ := funcs[12].Quantile(); q != 0.999 {
		t.Errorf("p99.9 is %g", q)
	}
}

func TestParseFuncsRefuses(t *testing.T) {
	for list, says := range map[string]string{
		"":                          "no function",
		"mean,":                     "none of mean",
		"avg":                       "none of mean",
		"Mean":                      "none of mean",
		"p":                         "none of mean",
		"pp50":                      "none of mean",
		"p101":                      "between p0 and p100",
		"p100.0001":                 "between p0 and p100",
		"p99.99999":                 "between p0 and p100",
		"p.5":                       "between p0 and p100",
		"p5.":                       "between p0 and p100",
		"p1.2.3":                    "between p0 and p100",
		"p0099":                     "between p0 and p100",
		"mean,mean":                 "named twice",
		"p99.9,p99.90":              "named twice",
		strings.Repeat("mean,", 32): "at most 32",
	} {
		if funcs, err := ParseFuncs(list); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, %v; want %q", list, funcs, err, says)
		}
	}
}

func column(values ...float64) []Value {
	c := make([]Value, len(values))
	for i, v := range values {
		c[i] = valueOr(v, !math.IsNaN(v))
	}
	return c
}

func TestFill(t *testing.T) {
	x, inf := math.NaN(), math.Inf(1)
	starts := []int64{0, 10, 20, 40, 50, 60}
	in := []float64{x, 1, x, x, 5, x}
	for _, c := range []struct {
		fill     Fill
		in, want []float64
	}{
		{FillNone, in, in},
		{FillZero, in, []float64{0, 1, 0, 0, 5, 0}},
		{FillPrevious, in, []float64{x, 1, 1, 1, 5, 5}},
		{FillLinear, in, []float64{x, 1, 2, 4, 5, x}},
		{FillLinear, []float64{math.MaxFloat64, x, x, x, -math.MaxFloat64, x},
			[]float64{math.MaxFloat64, math.MaxFloat64 * 0.6, math.MaxFloat64 * 0.2, -math.MaxFloat64 * 0.6,
				-math.MaxFloat64, x}},
		{FillLinear, []float64{1, x, inf, x, 3, x}, []float64{1, x, inf, x, 3, x}},
		{FillLinear, []float64{x, x, x, x, x, x}, []float64{x, x, x, x, x, x}},
		{FillPrevious, nil, nil},
	} {
		got := column(c.in...)
		c.fill.Apply(starts[:len(got)], got)
		approx := cmp.Comparer(func(a, b float64) bool {
			return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-12*math.Abs(b)
		})
		if d := cmp.Diff(column(c.want...), got, approx); d != "" {
			t.Errorf("%s of %v:\n%s", c.fill, c.in, d)
		}
	}
}

// How many readings an empty bucket has is known, whatever stands in for its values.
func TestFillKnowsTheCount(t *testing.T) {
	step, _ := ParseStep("1s", nil)
	funcs, _ := ParseFuncs("count,last")
	plan, err := NewPlan(step, 0, 5e9, funcs, MaxBuckets)
	if err != nil {
		t.Fatal(err)
	}
	a := NewAccumulator(plan)
	if err := a.AddReadings([]int64{1e9, 1.5e9, 3e9}, []float64{1, 2, 4}); err != nil {
		t.Fatal(err)
	}
	x := math.NaN()
	for fill, want := range map[Fill][][]Value{
		FillNone:     {column(x, 2, x, 1, x), column(x, 2, x, 4, x)},
		FillZero:     {column(0, 2, 0, 1, 0), column(0, 2, 0, 4, 0)},
		FillPrevious: {column(0, 2, 0, 1, 0), column(x, 2, 2, 4, 4)},
		FillLinear:   {column(0, 2, 0, 1, 0), column(x, 2, 3, 4, x)},
	} {
		if d := cmp.Diff(want, a.Columns(fill), cmpopts.EquateNaNs()); d != "" {
			t.Errorf("%s (-want +got):\n%s", fill, d)
		}
	}
}

func TestParseFill(t *testing.T) {
	for f := FillNone; f <= FillZero; f++ {
		if got, err := ParseFill(f.String()); err != nil || got != f {
			t.Errorf("%s: %s, %v", f, got, err)
		}
	}
	if f, err := ParseFill(""); err != nil || f != FillNone {
		t.Errorf("nothing: %s, %v", f, err)
	}
	if f, err := ParseFill("null"); err == nil {
		t.Errorf("null is %s", f)
	}
}
