package analytics

import (
	"bytes"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/DataDog/sketches-go/ddsketch"
	"pgregory.net/rapid"
)

// anyFloat draws finite values of all magnitudes, with the awkward ones often.
func anyFloat() *rapid.Generator[float64] {
	return rapid.OneOf(
		rapid.Float64Range(-1e3, 1e3),
		rapid.Float64(),
		rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(-50, 50).Draw(t, "whole")) }),
		rapid.SampledFrom([]float64{
			0, math.Copysign(0, -1), 1, -1, math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64,
			-math.SmallestNonzeroFloat64, 0x1p-1022, 0x1p-1023, 0x1.fffffffffffffp-1, 0.1, 1e300, -1e300,
		}),
	)
}

func sketchOf(values []float64) *Sketch {
	s := new(Sketch)
	for _, v := range values {
		s.Add(v)
	}
	return s
}

func sketchBytes(t testing.TB, s *Sketch) []byte {
	t.Helper()
	b, err := s.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The borders of the bins are the powers of 2^(1/35), rounded down: exactly, by whole numbers.
func TestBinStartsArePowers(t *testing.T) {
	for j, m := range binStarts {
		// (2^52 + m)^35 <= 2^(52*35 + j) < (2^52 + m + 1)^35
		want := new(big.Int).Lsh(big.NewInt(1), uint(52*35+j))
		at := func(n uint64) *big.Int {
			return new(big.Int).Exp(new(big.Int).SetUint64(1<<52+n), big.NewInt(35), nil)
		}
		if at(m).Cmp(want) > 0 || at(m+1).Cmp(want) <= 0 {
			t.Errorf("start of bin %d is not 2^(%d/35) rounded down: %#x", j, j, m)
		}
	}
}

// Every bin's value lies in the bin, within the error of both of its ends.
func TestEveryBin(t *testing.T) {
	for k := int32(1); k <= maxKey; k++ {
		i := int(k) - 1
		low := math.Ldexp(mantissa(binStarts[i%binsPerOctave]), i/binsPerOctave+minExponent)
		v := valueOf(k)
		if low < 0x1p-1022 {
			// Whole bins of subnormals round to one value: any one that exists must be answered well.
			if got := valueOf(keyOf(v)); math.Abs(got-v) > SketchError*v+0x1p-1075 {
				t.Fatalf("bin %d: %g is answered as %g", k, v, got)
			}
			continue
		}
		if keyOf(low) != k || keyOf(v) != k || keyOf(-v) != -k || keyOf(math.Nextafter(low, 0)) != k-1 &&
			low > 0x1p-1022 {
			t.Fatalf("bin %d from %g: keys %d %d", k, low, keyOf(low), keyOf(v))
		}
		top := low * math.Exp2(1.0/35)
		for _, end := range []float64{low, min(top, math.MaxFloat64)} {
			if rel := math.Abs(v/end - 1); rel > 0.00991 {
				t.Fatalf("bin %d: %g is %g off %g", k, v, rel, end)
			}
		}
	}
}

// Against the definition: the value of nearest rank in the sorted list.
func TestQuantileIsWithinTheError(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(anyFloat(), 1, 200).Draw(t, "values")
		millionths := rapid.OneOf(rapid.Uint32Range(0, 1_000_000),
			rapid.SampledFrom([]uint32{0, 500_000, 950_000, 1_000_000})).Draw(t, "q")
		got, ok := sketchOf(values).Quantile(float64(millionths) / 1e6)
		if !ok {
			t.Fatal("no answer")
		}
		slices.Sort(values)
		// Nearest rank in whole numbers: the least r with r/n >= q.
		r := 1
		for uint64(r)*1_000_000 < uint64(millionths)*uint64(len(values)) {
			r++
		}
		want := values[r-1]
		slack := SketchError * math.Abs(want)
		if math.Abs(want) < 0x1p-1022 {
			slack += 0x1p-1075
		}
		if !(math.Abs(got-want) <= slack) {
			t.Fatalf("quantile %d/1e6 of %v: %g, want %g", millionths, values, got, want)
		}
	})
}

func TestQuantileOfNothing(t *testing.T) {
	if v, ok := new(Sketch).Quantile(0.5); ok {
		t.Errorf("an empty sketch answers %g", v)
	}
	s := sketchOf([]float64{1, math.NaN(), math.Inf(1), math.Inf(-1)})
	if s.Count() != 1 {
		t.Errorf("%d values counted, want the finite one", s.Count())
	}
	for _, q := range []float64{-0.001, 1.001, math.NaN()} {
		if v, ok := s.Quantile(q); ok {
			t.Errorf("quantile %g answers %g", q, v)
		}
	}
}

// Ranks are whole numbers: the nearest rank of p99.9 among 1000 is 999, and floating point does not move it.
func TestRankOf(t *testing.T) {
	for _, c := range []struct {
		millionths uint32
		n, want    uint64
	}{
		{0, 5, 1}, {1_000_000, 5, 5}, {500_000, 1, 1}, {500_000, 2, 1}, {500_000, 3, 2}, {950_000, 20, 19},
		{950_000, 21, 20},
		{999_000, 1000, 999}, {999_000, 1001, 1000}, {1, 1 << 48, 281474977}, {1_000_000, 1 << 48, 1 << 48},
	} {
		if got := rankOf(c.millionths, c.n); got != c.want {
			t.Errorf("rank of %d/1e6 among %d: %d, want %d", c.millionths, c.n, got, c.want)
		}
	}
}

// Equal multisets give equal bytes, whatever the order of adds and the tree of merges.
func TestSketchIsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(anyFloat(), 0, 100).Draw(t, "values")
		want, _ := sketchOf(values).AppendBinary(nil)
		shuffled := rapid.Permutation(values).Draw(t, "order")
		parts := []*Sketch{}
		for rest := shuffled; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "part")
			parts = append(parts, sketchOf(rest[:n]))
			rest = rest[n:]
		}
		for len(parts) > 1 {
			i := rapid.IntRange(1, len(parts)-1).Draw(t, "merge")
			before, _ := parts[i].AppendBinary(nil)
			parts[0].Merge(parts[i])
			if after, _ := parts[i].AppendBinary(nil); !bytes.Equal(before, after) {
				t.Fatal("merging changed what was merged")
			}
			parts = slices.Delete(parts, i, i+1)
			i = rapid.IntRange(0, len(parts)-1).Draw(t, "front")
			parts[0], parts[i] = parts[i], parts[0]
		}
		got := new(Sketch)
		if len(parts) > 0 {
			got = parts[0]
		}
		if b, _ := got.AppendBinary(nil); !bytes.Equal(b, want) {
			t.Fatalf("%x, want %x", b, want)
		}
		if got.Count() != uint64(len(values)) {
			t.Fatalf("count %d of %d", got.Count(), len(values))
		}
	})
}

func TestSketchMergesWithItself(t *testing.T) {
	s := sketchOf([]float64{1, 2, 2, -3})
	s.Merge(s)
	if want := sketchOf([]float64{1, 2, 2, -3, 1, 2, 2, -3}); !bytes.Equal(sketchBytes(t, s), sketchBytes(t, want)) {
		t.Error("doubling differs")
	}
}

func TestSketchResetAndClone(t *testing.T) {
	s := sketchOf([]float64{1, 2, 3})
	c := s.Clone()
	s.Reset()
	s.Add(7)
	if !bytes.Equal(sketchBytes(t, s), sketchBytes(t, sketchOf([]float64{7}))) {
		t.Error("a reset sketch remembers")
	}
	if !bytes.Equal(sketchBytes(t, c), sketchBytes(t, sketchOf([]float64{1, 2, 3}))) {
		t.Error("a clone changed with its original")
	}
}

// An independent implementation agrees: the one of the authors of DDSketch, within the errors of both.
func TestAgreesWithDataDog(t *testing.T) {
	const seed = 20261123
	rng := rand.New(rand.NewPCG(seed, 0))
	theirs, err := ddsketch.NewDefaultDDSketch(SketchError)
	if err != nil {
		t.Fatal(err)
	}
	ours := new(Sketch)
	const n = 20_001 // q*(n-1), their rank, is whole for the quantiles asked
	for range n {
		v := math.Exp(rng.NormFloat64() * 3)
		if rng.IntN(4) == 0 {
			v = -v
		}
		ours.Add(v)
		if err := theirs.Add(v); err != nil {
			t.Fatal(err)
		}
	}
	for _, q := range []float64{0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999} {
		a, _ := ours.Quantile(q)
		b, err := theirs.GetValueAtQuantile(q)
		if err != nil {
			t.Fatal(err)
		}
		// Ranks may differ by one of 20,001 values, and each is within one percent.
		if math.Abs(a-b) > 0.025*math.Abs(b) {
			t.Errorf("seed %d, q %g: %g, theirs %g", seed, q, a, b)
		}
	}
}

func TestSketchRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := sketchOf(rapid.SliceOf(anyFloat()).Draw(t, "values"))
		b, _ := s.AppendBinary([]byte("prefix"))
		var d Sketch
		if err := d.UnmarshalBinary(b[6:]); err != nil {
			t.Fatal(err)
		}
		if again, _ := d.AppendBinary([]byte("prefix")); !bytes.Equal(again, b) || d.Count() != s.Count() {
			t.Fatalf("%x, want %x", again, b)
		}
	})
}
