package telemetry

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func roundTripColumn(e *columnEncoder, ts []int64, vs []float64) (size int, err error) {
	p := e.appendColumn(nil, ts, vs)
	s := columnSpan{n: len(ts), min: ts[0], max: ts[len(ts)-1]}
	var got Column
	if err := s.decodeInto(p, &got); err != nil {
		return 0, err
	}
	if !slices.Equal(got.Times, ts) {
		return 0, invalid("times %v, expected %v", got.Times, ts)
	}
	return len(p), sameBits(got.Values, vs)
}

func TestColumnRoundTrip(t *testing.T) {
	var e columnEncoder // reused: what one column leaves behind must not reach the next
	rapid.Check(t, func(t *rapid.T) {
		c := drawColumn(t, Series{}, rapid.SampledFrom([]int64{testStart, MinTime, -1 << 63}).Draw(t, "from"), MaxTime)
		size, err := roundTripColumn(&e, c.Times, c.Values)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(c.Times); size > columnBytes+n*readingBytes+n/miniblock {
			t.Fatalf("%d readings take %d bytes, more than raw", n, size)
		}
	})
}

func TestDecodeColumnIsTotal(t *testing.T) {
	var e columnEncoder
	rapid.Check(t, func(t *rapid.T) {
		c := drawColumn(t, Series{}, testStart, MaxTime)
		p := e.appendColumn(nil, c.Times, c.Values)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			p[rapid.IntRange(0, len(p)-1).Draw(t, "at")] ^= byte(1 << rapid.IntRange(0, 7).Draw(t, "bit"))
		}
		p = p[:rapid.IntRange(0, len(p)).Draw(t, "length")]
		s := columnSpan{n: rapid.IntRange(1, 2*len(c.Times)).Draw(t, "n"), min: c.Times[0],
			max: c.Times[len(c.Times)-1]}
		var got Column
		if err := s.decodeInto(p, &got); err != nil {
			return
		}
		if err := checkColumn(got.Times, got.Values); err != nil {
			t.Fatalf("accepted a column that is none: %v", err)
		}
	})
}

// TestColumnSize holds what kinds of data may cost, in bytes a column.
func TestColumnSize(t *testing.T) {
	const n = 4096
	jitter := regularTimes(testStart, second, n)
	gap := regularTimes(testStart, minute, n)
	for i := range jitter {
		jitter[i] += int64(i*7919%1000) * 1000
		if i > n/2 {
			gap[i] += 7 * minute
		}
	}
	single := walkValues(3, n)
	for i, v := range single {
		single[i] = float64(float32(v * 1.0123))
	}
	constant := make([]float64, n)
	for _, c := range []struct {
		name   string
		times  []int64
		values []float64
		most   int
	}{
		{"random walk", regularTimes(testStart, second, n), walkValues(1, n), n * 73 / 100},
		{"weather", regularTimes(testStart, 10*minute, n), weatherValues(1, n, 10*minute), n / 2},
		{"constant", regularTimes(testStart, second, n), constant, 3},
		{"one gap", gap, constant, 80},
		{"jitter of a millisecond in microseconds", jitter, constant, n * 175 / 100},
		{"single precision", regularTimes(testStart, second, n), single, n * 25 / 10},
		{"one reading", []int64{testStart}, []float64{21.5}, 3},
		{"two readings", []int64{testStart, testStart + second}, []float64{21.5, 21.75}, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := roundTripColumn(new(columnEncoder), c.times, c.values)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d bytes, %.3f a reading", got, float64(got)/float64(len(c.times)))
			if got > c.most {
				t.Errorf("%d bytes, at most %d", got, c.most)
			}
		})
	}
}
