package analytics

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Func is an aggregate function of the readings of a bucket. Funcs are comparable; the zero Func is invalid.
//
//	count    how many readings
//	sum      exact, rounded once; infinite where float64 ends
//	mean     exact, rounded once
//	min, max the least and the greatest value
//	first    the value of the earliest reading
//	last     the value of the latest reading
//	stddev   the standard deviation of a sample (divided by count-1); 0 for one reading
//	rate     the increase a second of a counter: see Rate
//	p50      a percentile, p0 to p100 with up to four decimals: the value of nearest rank, within SketchError of itself and between min
//	         and max; p0 and p100 are exactly those
//	median   p50
//
// In a bucket without readings no function has a value, not even count; Fill says what to write there, and with any
// fill but none count is 0.
type Func struct {
	kind       funcKind
	millionths uint32 // of a quantile
}

type funcKind uint8

const (
	_ funcKind = iota
	kindMean
	kindMin
	kindMax
	kindSum
	kindCount
	kindFirst
	kindLast
	kindStddev
	kindRate
	kindMedian
	kindPercentile
)

// Rate is the increase a second of a counter that only rises but may restart from zero.
//
// Every reading adds to its bucket its increase over the reading before it: the difference, or after a fall the whole
// new value (at least zero), because the counter has started again. The rate is the sum of the increases, exact,
// divided by the time between the first of those readings before and the last reading, and rounded once. The reading
// before the first of a bucket may lie before the bucket, in the one bucket before it and no earlier; so no increase
// between two buckets is lost and a counter silent for longer has none. There is no extrapolation to the borders of
// the bucket, unlike in PromQL: a counter of whole numbers never has a fraction of an increase. A bucket with one
// reading and none before it has no rate. The rate of a group is the sum of its series' rates.
//
// It needs the readings themselves, from Plan.From on.
var Rate = Func{kind: kindRate}

var kinds = map[string]funcKind{
	"mean": kindMean, "min": kindMin, "max": kindMax, "sum": kindSum, "count": kindCount, "first": kindFirst,
	"last":   kindLast,
	"stddev": kindStddev, "rate": kindRate, "median": kindMedian,
}

// MaxFuncs bounds how many functions one query may ask for.
const MaxFuncs = 32

// ParseFuncs reads a list such as "mean,p95". The error is for people.
func ParseFuncs(list string) ([]Func, error) {
	if list == "" {
		return nil, errors.New("no function named: write for instance mean,p95")
	}
	names := strings.Split(list, ",")
	if len(names) > MaxFuncs {
		return nil, fmt.Errorf("%d functions named, at most %d", len(names), MaxFuncs)
	}
	funcs := make([]Func, 0, len(names))
	for _, name := range names {
		f, err := ParseFunc(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		for _, g := range funcs {
			if f == g {
				return nil, fmt.Errorf("function %s is named twice", f)
			}
		}
		funcs = append(funcs, f)
	}
	return funcs, nil
}

// ParseFunc reads one name.
func ParseFunc(name string) (Func, error) {
	if k, ok := kinds[name]; ok {
		f := Func{kind: k}
		if k == kindMedian {
			f.millionths = quantileUnits / 2
		}
		return f, nil
	}
	if digits, ok := strings.CutPrefix(name, "p"); ok && digits != "" && strings.Trim(digits, "0123456789.") == "" {
		m, ok := percent(digits)
		if !ok {
			return Func{}, fmt.Errorf("function %.40q: a percentile lies between p0 and p100 and has at most four "+
				"decimals", name)
		}
		return Func{kind: kindPercentile, millionths: m}, nil
	}
	return Func{}, fmt.Errorf("function %.40q is none of mean, min, max, sum, count, first, last, stddev, rate, "+
		"median, p50, p95, p99.9", name)
}

// percent reads "99.9" as 999,000 millionths.
func percent(digits string) (millionths uint32, ok bool) {
	whole, fraction, dot := strings.Cut(digits, ".")
	if whole == "" || len(whole) > 3 || dot && fraction == "" || len(fraction) > 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(whole+fraction+"0000"[len(fraction):], 10, 32)
	return uint32(n), err == nil && n <= quantileUnits
}

// String is the name that ParseFunc reads.
func (f Func) String() string {
	if f.kind == kindPercentile {
		s := fmt.Sprintf("%d.%04d", f.millionths/10_000, f.millionths%10_000)
		return "p" + strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	for name, k := range kinds {
		if k == f.kind {
			return name
		}
	}
	return "none"
}

// Quantile is the share of the values that a percentile asks for, and whether the function is one.
func (f Func) Quantile() (q float64, ok bool) {
	return float64(f.millionths) / quantileUnits, f.NeedsSketch()
}

// NeedsSketch reports whether the function is answered from a sketch.
func (f Func) NeedsSketch() bool { return f.kind == kindPercentile || f.kind == kindMedian }

// NeedsRaw reports whether the function needs the readings themselves, so that rollups do not serve it.
func (f Func) NeedsRaw() bool { return f.kind == kindRate }

// Value is a value that may not exist: V is NaN then, and Valid false.
type Value struct {
	V     float64
	Valid bool
}

// of answers the function for a bucket; rate is answered elsewhere.
func (f Func) of(b *Bucket) (float64, bool) {
	if b.Count == 0 {
		return 0, false
	}
	switch f.kind {
	case kindMean:
		return b.Mean(), true
	case kindMin:
		return b.Min, true
	case kindMax:
		return b.Max, true
	case kindSum:
		return b.Sum(), true
	case kindCount:
		return float64(b.Count), true
	case kindFirst:
		return b.First.Value, true
	case kindLast:
		return b.Last.Value, true
	case kindStddev:
		return b.Stddev(), true
	case kindMedian, kindPercentile:
		return b.quantile(f.millionths)
	}
	return 0, false
}

// quantile answers from the sketch, within what is known exactly.
func (b *Bucket) quantile(millionths uint32) (float64, bool) {
	switch {
	case b.Sketch == nil || b.Sketch.Count() == 0:
		return 0, false
	case millionths == 0:
		return b.Min, true
	case millionths == quantileUnits:
		return b.Max, true
	}
	return max(b.Min, min(b.Max, b.Sketch.atRank(rankOf(millionths, b.Sketch.Count())))), true
}
