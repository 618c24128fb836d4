package analytics

import (
	"bytes"
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// exactSums is the reference: the sums as rationals.
func exactSums(values []float64) (sum, squares *big.Rat) {
	sum, squares = new(big.Rat), new(big.Rat)
	for _, v := range values {
		r := new(big.Rat).SetFloat64(v)
		sum.Add(sum, r)
		squares.Add(squares, new(big.Rat).Mul(r, r))
	}
	return sum, squares
}

func momentsOf(values []float64) *Moments {
	m := new(Moments)
	for i, v := range values {
		m.Add(int64(i), v)
	}
	return m
}

func momentBytes(m *Moments) []byte {
	b, _ := m.AppendBinary(nil)
	return b
}

// same compares bit by bit, so that zeros have signs.
func same(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }

func rounded(r *big.Rat) float64 {
	v, _ := r.Float64()
	if v == 0 {
		return 0 // an exact sum has no negative zero
	}
	return v
}

// The naive reference computes with rationals, which round once to the nearest float64.
func TestMomentsAgainstRationals(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(anyFloat(), 1, 60).Draw(t, "values")
		m := momentsOf(values)
		sum, squares := exactSums(values)
		n := new(big.Rat).SetInt64(int64(len(values)))
		if want := rounded(sum); !same(m.Sum(), want) {
			t.Fatalf("sum %g, want %g", m.Sum(), want)
		}
		mean := new(big.Rat).Quo(sum, n)
		if want := rounded(mean); m.Mean() != want {
			t.Fatalf("mean %g, want %g", m.Mean(), want)
		}
		variance := new(big.Rat)
		if len(values) > 1 {
			variance.Sub(squares, new(big.Rat).Mul(mean, sum))
			variance.Quo(variance, new(big.Rat).SetInt64(int64(len(values)-1)))
		}
		if want := rounded(variance); !same(m.Variance(), want) {
			t.Fatalf("variance %g, want %g", m.Variance(), want)
		}
		checkRoot(t, m.Stddev(), variance)
		if !same(m.Min, slices.MinFunc(values, total)) || !same(m.Max, slices.MaxFunc(values, total)) {
			t.Fatalf("min %g, max %g of %v", m.Min, m.Max, values)
		}
	})
}

// total orders negative zero before zero.
func total(a, b float64) int {
	switch {
	case a < b || a == b && math.Signbit(a) && !math.Signbit(b):
		return -1
	case same(a, b):
		return 0
	}
	return 1
}

// checkRoot holds when s is the float64 nearest to the square root: the middles to its neighbours lie on either side.
func checkRoot(t *rapid.T, s float64, variance *big.Rat) {
	if math.IsInf(s, 1) {
		limit := new(big.Rat).SetFloat64(math.MaxFloat64)
		if limit.Mul(limit, limit).Cmp(variance) >= 0 {
			t.Fatalf("stddev overflows for %g", rounded(variance))
		}
		return
	}
	middle := func(a, b float64) *big.Rat {
		r := new(big.Rat).Add(new(big.Rat).SetFloat64(a), new(big.Rat).SetFloat64(b))
		r.Mul(r, big.NewRat(1, 2))
		return r.Mul(r, r)
	}
	if up := math.Nextafter(s, math.Inf(1)); !math.IsInf(up, 1) && middle(s, up).Cmp(variance) < 0 {
		t.Fatalf("stddev %g is too small", s)
	}
	if s > 0 && middle(s, math.Nextafter(s, 0)).Cmp(variance) > 0 {
		t.Fatalf("stddev %g is too large", s)
	}
}

// However readings are split and merged, and in whatever order, the bytes are the same.
func TestMomentsAreCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(anyFloat(), 1, 60).Draw(t, "values")
		want := momentBytes(momentsOf(values))
		index := make([]int, len(values))
		for i := range index {
			index[i] = i
		}
		parts := []*Moments{new(Moments)}
		for _, i := range rapid.Permutation(index).Draw(t, "order") {
			if rapid.IntRange(0, 3).Draw(t, "cut") == 0 {
				parts = append(parts, new(Moments))
			}
			parts[len(parts)-1].Add(int64(i), values[i])
		}
		for len(parts) > 1 {
			i := rapid.IntRange(1, len(parts)-1).Draw(t, "merge")
			before := momentBytes(parts[i])
			parts[i-1].Merge(parts[i])
			if !bytes.Equal(momentBytes(parts[i]), before) {
				t.Fatal("merging changed what was merged")
			}
			parts = slices.Delete(parts, i, i+1)
		}
		if got := momentBytes(parts[0]); !bytes.Equal(got, want) {
			t.Fatalf("%x, want %x", got, want)
		}
		var d Moments
		if err := d.UnmarshalBinary(want); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(momentBytes(&d), want) || !same(d.Stddev(), parts[0].Stddev()) ||
			!same(d.Sum(), parts[0].Sum()) {
			t.Fatal("decoding changes the moments")
		}
	})
}

func TestMomentsKnown(t *testing.T) {
	for _, c := range []struct {
		name              string
		values            []float64
		sum, mean, stddev float64
	}{
		{"nothing", nil, 0, 0, 0},
		{"one", []float64{5}, 5, 5, 0},
		{"textbook", []float64{2, 4, 4, 4, 5, 5, 7, 9}, 40, 5, 2.138089935299395},
		{"cancelling", []float64{1e300, 1, -1e300}, 1, 1.0 / 3, 1e300},
		{"a large mean", []float64{1e15 + 1, 1e15 + 2, 1e15 + 3}, 3e15 + 6, 1e15 + 2, 1},
		{"overflow", []float64{math.MaxFloat64, math.MaxFloat64}, math.Inf(1), math.MaxFloat64, 0},
		{"overflow and back", []float64{math.MaxFloat64, math.MaxFloat64, -math.MaxFloat64}, math.MaxFloat64,
			0x1.5555555555555p+1022, math.Inf(1)},
		{"ten tenths", slices.Repeat([]float64{0.1}, 10), 1, 0.1, 0},
		{"subnormal", []float64{0x1p-1074, 0x3p-1074}, 0x4p-1074, 0x2p-1074, 0x1p-1074},
		{"negative zero", []float64{math.Copysign(0, -1)}, 0, 0, 0},
	} {
		m := momentsOf(c.values)
		if !same(m.Sum(), c.sum) || !same(m.Mean(), c.mean) || !same(m.Stddev(), c.stddev) {
			t.Errorf("%s: sum %g, mean %g, stddev %v; want %g, %g, %g", c.name, m.Sum(), m.Mean(), m.Stddev(), c.sum,
				c.mean, c.stddev)
		}
	}
}

// At one time the earlier part is first and the later part last.
func TestMomentsTies(t *testing.T) {
	a, b := new(Moments), new(Moments)
	a.Add(10, 1)
	b.Add(10, 2)
	a.Merge(b)
	if (a.First != Point{10, 1}) || (a.Last != Point{10, 2}) {
		t.Errorf("first %v, last %v", a.First, a.Last)
	}
	a.Merge(a)
	if a.Count != 4 || a.Sum() != 6 {
		t.Errorf("merged with itself: count %d, sum %g", a.Count, a.Sum())
	}
}

func TestMomentsIgnoreWhatIsNoReading(t *testing.T) {
	m := momentsOf([]float64{math.NaN(), math.Inf(1), 3, math.Inf(-1)})
	if m.Count != 1 || m.Sum() != 3 || m.First.Time != 2 {
		t.Errorf("count %d, sum %g, first %v", m.Count, m.Sum(), m.First)
	}
}

func TestMomentsReset(t *testing.T) {
	m := momentsOf([]float64{1e300, -5, 0.1})
	m.Reset()
	m.Add(7, 0.25)
	fresh := new(Moments)
	fresh.Add(7, 0.25)
	if !bytes.Equal(momentBytes(m), momentBytes(fresh)) || m.Sum() != 0.25 || m.Stddev() != 0 {
		t.Error("reset moments remember")
	}
}

// Carries are propagated late; the sum is the same when it happens between any two adds.
func TestLateCarries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(anyFloat(), 1, 40).Draw(t, "values")
		var a, b dyadic
		for _, v := range values {
			if rapid.Bool().Draw(t, "carry") {
				a.adds = maxAdds
			}
			a.addValue(v)
			b.addValue(v)
			if rapid.Bool().Draw(t, "twice") {
				a.carry()
				a.carry()
			}
		}
		other := b.clone()
		if rapid.Bool().Draw(t, "full") {
			other.adds = maxAdds - 1
		}
		a.merge(&other)
		b.merge(&other)
		ma, ea := a.integer(sumExponent)
		mb, eb := b.integer(sumExponent)
		if ma.Cmp(mb) != 0 || ea != eb {
			t.Fatalf("%v*2^%d, want %v*2^%d", ma, ea, mb, eb)
		}
	})
}

// The room for late carries is enough: limbs filled as far as maxAdds allows stay exact.
func TestFullLimbs(t *testing.T) {
	var x dyadic
	v := 0x1.fffffffffffffp52 // 2^53-1, all bits set
	x.addValue(v)
	for i := range x.limbs {
		x.limbs[i] *= maxAdds - 1
	}
	x.adds = maxAdds - 1
	want := new(big.Int).Mul(big.NewInt(1<<53-1), big.NewInt(maxAdds-1))
	for range 3 {
		x.addValue(v)
		want.Add(want, big.NewInt(1<<53-1))
		m, e := x.integer(sumExponent)
		if got := m.Lsh(m, uint(e)); got.Cmp(want) != 0 {
			t.Fatalf("%v, want %v", got, want)
		}
	}
}
