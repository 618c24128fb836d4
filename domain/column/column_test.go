package column

import (
	"fmt"
	"slices"
	"testing"

	"tidemark/domain/column/columntest"

	"pgregory.net/rapid"
)

const (
	second    = int64(1e9)
	minute    = 60 * second
	testStart = 20780 * 24 * 60 * minute // 2026-11-23
	firstTime = -8_520_336_000 * second  // 1700
	lastTime  = 7_258_118_400 * second   // 2200
)

// draw is a column that begins at from or later.
func draw(t *rapid.T, from int64) ([]int64, []float64) {
	values := columntest.Values.Draw(t, "values")
	times := columntest.Times(t, len(values), from, lastTime)
	return times, values[:len(times)]
}

func roundTrip(e *Encoder, ts []int64, vs []float64) (size int, err error) {
	p := e.Append(nil, ts, vs)
	s := Span{N: len(ts), Min: ts[0], Max: ts[len(ts)-1]}
	times, values, err := s.Decode(p, nil, nil)
	if err != nil {
		return 0, err
	}
	if !slices.Equal(times, ts) {
		return 0, fmt.Errorf("times %v, expected %v", times, ts)
	}
	return len(p), columntest.SameBits(values, vs)
}

func TestColumnRoundTrip(t *testing.T) {
	var e Encoder // reused: what one column leaves behind must not reach the next
	rapid.Check(t, func(t *rapid.T) {
		times, values := draw(t, rapid.SampledFrom([]int64{testStart, firstTime, -1 << 63}).Draw(t, "from"))
		size, err := roundTrip(&e, times, values)
		if err != nil {
			t.Fatal(err)
		}
		if n := len(times); size > MaxHeadBytes+n*MaxReadingBytes+n/miniblock {
			t.Fatalf("%d readings take %d bytes, more than raw", n, size)
		}
	})
}

func TestDecodeColumnIsTotal(t *testing.T) {
	var e Encoder
	rapid.Check(t, func(t *rapid.T) {
		drawn, of := draw(t, testStart)
		p := e.Append(nil, drawn, of)
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			p[rapid.IntRange(0, len(p)-1).Draw(t, "at")] ^= byte(1 << rapid.IntRange(0, 7).Draw(t, "bit"))
		}
		p = p[:rapid.IntRange(0, len(p)).Draw(t, "length")]
		s := Span{N: rapid.IntRange(1, 2*len(drawn)).Draw(t, "n"), Min: drawn[0],
			Max: drawn[len(drawn)-1]}
		times, values, err := s.Decode(p, nil, nil)
		if err != nil {
			return
		}
		if err := Check(times, values); err != nil {
			t.Fatalf("accepted a column that is none: %v", err)
		}
	})
}

// TestColumnSize holds what kinds of data may cost, in bytes a column.
func TestColumnSize(t *testing.T) {
	const n = 4096
	jitter := columntest.Regular(testStart, second, n)
	gap := columntest.Regular(testStart, minute, n)
	for i := range jitter {
		jitter[i] += int64(i*7919%1000) * 1000
		if i > n/2 {
			gap[i] += 7 * minute
		}
	}
	single := columntest.Walk(3, n)
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
		{"random walk", columntest.Regular(testStart, second, n), columntest.Walk(1, n), n * 73 / 100},
		{"weather", columntest.Regular(testStart, 10*minute, n), columntest.Weather(1, n, 10*minute), n / 2},
		{"constant", columntest.Regular(testStart, second, n), constant, 3},
		{"one gap", gap, constant, 80},
		{"jitter of a millisecond in microseconds", jitter, constant, n * 175 / 100},
		{"single precision", columntest.Regular(testStart, second, n), single, n * 25 / 10},
		{"one reading", []int64{testStart}, []float64{21.5}, 3},
		{"two readings", []int64{testStart, testStart + second}, []float64{21.5, 21.75}, 9},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := roundTrip(new(Encoder), c.times, c.values)
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

// FuzzDecodeColumn reaches the codecs of times and values directly.
func FuzzDecodeColumn(f *testing.F) {
	var e Encoder
	for _, values := range [][]float64{columntest.Walk(1, 300), {1.0 / 3, 0.1, 7}, make([]float64, 9)} {
		times := columntest.Regular(testStart, second, len(values))
		f.Add(uint16(len(values)), times[len(times)-1], e.Append(nil, times, values))
		times[len(times)-1]++
		f.Add(uint16(len(values)), times[len(times)-1], e.Append(nil, times, values))
	}
	f.Fuzz(func(t *testing.T, n uint16, last int64, p []byte) {
		if n == 0 {
			return
		}
		times, values, err := Span{N: int(n), Min: testStart, Max: last}.Decode(p, nil, nil)
		if err != nil {
			return
		}
		if err := Check(times, values); err != nil {
			t.Fatal(err)
		}
		if _, err := roundTrip(new(Encoder), times, values); err != nil {
			t.Fatal(err)
		}
	})
}
