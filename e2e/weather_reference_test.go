package e2e

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

// plainBucket is a bucket of the reference: all of its readings, in the order of time. Nothing here comes from the
// program.
type plainBucket struct {
	start  time.Time
	values []float64
}

// plainStep is the reference of a step: the start of the bucket that holds a time.
type plainStep struct {
	name  string
	floor func(time.Time) time.Time
}

// plainSteps are hours (which are counted in UTC), and the days and months of a zone, whose midnights all occur once.
func plainSteps(zone *time.Location) []plainStep {
	return []plainStep{
		{"1h", func(t time.Time) time.Time { return t.UTC().Truncate(time.Hour) }},
		{"1d", func(t time.Time) time.Time {
			y, m, d := t.In(zone).Date()
			return time.Date(y, m, d, 0, 0, 0, 0, zone).UTC()
		}},
		{"1mo", func(t time.Time) time.Time {
			y, m, _ := t.In(zone).Date()
			return time.Date(y, m, 1, 0, 0, 0, 0, zone).UTC()
		}},
	}
}

// plainDecade is the bucket of ten years.
func plainDecade(t time.Time) time.Time {
	return time.Date(t.Year()/10*10, 1, 1, 0, 0, 0, 0, time.UTC)
}

// plainBuckets puts the readings of a span into buckets.
func plainBuckets(points []point, floor func(time.Time) time.Time, from, to time.Time) []plainBucket {
	var list []plainBucket
	for _, p := range points {
		if p.Time.Before(from) || !p.Time.Before(to) {
			continue
		}
		start := floor(p.Time)
		if len(list) == 0 || !list[len(list)-1].start.Equal(start) {
			list = append(list, plainBucket{start: start})
		}
		b := &list[len(list)-1]
		b.values = append(b.values, p.Value)
	}
	return list
}

// merged are the readings of several series in the order of time; those of one moment stay in the order of the
// series.
func merged(list ...[]point) []point {
	all := slices.Concat(list...)
	slices.SortStableFunc(all, func(a, b point) int { return a.Time.Compare(b.Time) })
	return all
}

// everyFunction is what the tests ask for.
const everyFunction = "count,sum,mean,min,max,first,last,stddev,p50,p95,p99.9"

// of computes a function of the bucket. Sums have 400 bits, in which those of these files are exact.
func (b plainBucket) of(fn string) float64 {
	n := len(b.values)
	switch fn {
	case "count":
		return float64(n)
	case "min":
		return slices.Min(b.values)
	case "max":
		return slices.Max(b.values)
	case "first":
		return b.values[0]
	case "last":
		return b.values[n-1]
	case "sum":
		return rounded(b.power(1))
	case "mean":
		return rounded(exact().Quo(b.power(1), whole(n)))
	case "stddev":
		return b.stddev()
	}
	var percent float64
	if _, err := fmt.Sscanf(fn, "p%g", &percent); err != nil {
		panic(fn)
	}
	sorted := slices.Sorted(slices.Values(b.values))
	thousandths := int(math.Round(percent * 10))      // of the whole, so that the rank is reckoned in integers
	return sorted[max((thousandths*n+999)/1000, 1)-1] // nearest rank
}

func exact() *big.Float                { return new(big.Float).SetPrec(400) }
func whole(n int) *big.Float           { return exact().SetInt64(int64(n)) }
func rounded(x *big.Float) (f float64) { f, _ = x.Float64(); return f }

// power is the sum of the values (1) or of their squares (2).
func (b plainBucket) power(k int) *big.Float {
	sum := exact()
	for _, v := range b.values {
		x := exact().SetFloat64(v)
		if k == 2 {
			x.Mul(x, x)
		}
		sum.Add(sum, x)
	}
	return sum
}

// stddev is that of a sample: the root of (n*sum(x*x) - sum(x)^2) / (n*(n-1)).
func (b plainBucket) stddev() float64 {
	n := len(b.values)
	if n == 1 {
		return 0
	}
	sum := b.power(1)
	spread := exact().Mul(whole(n), b.power(2))
	spread.Sub(spread, exact().Mul(sum, sum))
	return rounded(exact().Sqrt(spread.Quo(spread, whole(n*(n-1)))))
}

// agrees says what is wrong with an answer, or nothing: equal to the bit, within 1e-12, or within the 1 % that a
// sketch states.
func agrees(fn string, want, got float64) string {
	allowed := 0.0
	switch {
	case fn == "sum" || fn == "mean" || fn == "stddev":
		allowed = 1e-12 * math.Abs(want)
	case strings.HasPrefix(fn, "p"):
		allowed = 0.01 * math.Abs(want) * (1 + 1e-12) // the bound itself is rounded
	default:
		if math.Float64bits(want) == math.Float64bits(got) {
			return ""
		}
		return fmt.Sprintf("%s is %v, should be %v to the bit", fn, got, want)
	}
	if d := math.Abs(got - want); d <= allowed {
		return ""
	}
	return fmt.Sprintf("%s is %v, should be %v within %g", fn, got, want, allowed)
}

// The reference itself, on buckets that one can work out by hand.
func TestPlainReference(t *testing.T) {
	berlin := zoneOf(t, "Europe/Berlin")
	day := plainSteps(berlin)[1].floor
	if got := day(time.Date(2010, 3, 28, 22, 30, 0, 0, time.UTC)); !got.Equal(time.Date(2010, 3, 28, 22, 0, 0, 0,
		time.UTC)) {
		t.Errorf("the day after the change begins %s", got)
	}
	b := plainBucket{values: []float64{2, 4, 4, 4, 5, 5, 7, 9}}
	for fn, want := range map[string]float64{"count": 8, "sum": 40, "mean": 5, "min": 2, "max": 9, "first": 2,
		"last": 9, "stddev": math.Sqrt(32. / 7),
		"p50": 4, "p95": 9, "p99.9": 9, "p25": 4, "p0": 2} {
		if got := b.of(fn); math.Abs(got-want) > 1e-15*want {
			t.Errorf("%s is %v, should be %v", fn, got, want)
		}
	}
	for _, c := range []struct {
		fn        string
		want, got float64
		right     bool
	}{{"sum", 1, 1 + 1e-13, true}, {"sum", 1, 1 + 1e-11, false}, {"max", 1, 1 + 1e-13, false}, {"p50", 100, 101, true},
		{"p50", 100, 101.1, false}, {"p50", 0, 1e-9, false}} {
		if said := agrees(c.fn, c.want, c.got); (said == "") != c.right {
			t.Errorf("%+v: %q", c, said)
		}
	}
}

func zoneOf(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
