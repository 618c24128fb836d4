package analytics

import (
	"encoding"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
)

// Decoders name what is wrong with each encoding that no encoder writes.
func TestDecodersRefuse(t *testing.T) {
	float := func(v float64) []byte { return appendFloat(nil, v) }
	join := func(parts ...[]byte) []byte {
		b := []byte{1}
		for _, p := range parts {
			b = append(b, p...)
		}
		return b
	}
	// Two readings of 1 and 2 at the times 0 and 5: sum 3, squares 5.
	head := join([]byte{2, 0}, float(1), []byte{5}, float(2), float(1), float(2))
	sum, squares := []byte{2, 0x80 | 1074*2&0x7f, 1074 * 2 >> 7, 3}, []byte{2, 0x80 | 2148*2&0x7f, 2148 * 2 >> 7, 5}
	good := append(append(append([]byte{}, head...), sum...), squares...)
	var m Moments
	if err := m.UnmarshalBinary(good); err != nil || m.Sum() != 3 || m.Variance() != 0.5 {
		t.Fatalf("the good one: %v, sum %g, variance %g", err, m.Sum(), m.Variance())
	}
	with := func(tail ...[]byte) []byte {
		b := append([]byte{}, head...)
		for _, p := range tail {
			b = append(b, p...)
		}
		return b
	}
	for name, c := range map[string]struct {
		into  encoding.BinaryUnmarshaler
		bytes []byte
	}{
		"nothing":                   {new(Sketch), nil},
		"a sketch of the future":    {new(Sketch), []byte{2, 0}},
		"a varint too long":         {new(Sketch), []byte{1, 0x81, 0x00}},
		"a varint without end":      {new(Sketch), []byte{1, 0xff}},
		"more bins than bytes":      {new(Sketch), []byte{1, 9, 0, 0}},
		"a bin that does not exist": {new(Sketch), join([]byte{1}, appendInt(nil, maxKey+1), []byte{0})},
		"a bin too far":             {new(Sketch), join([]byte{2}, appendInt(nil, maxKey), []byte{0, 0, 0})},
		"a bin below all":           {new(Sketch), join([]byte{1}, appendInt(nil, math.MinInt64), []byte{0})},
		"a gap too wide":            {new(Sketch), join([]byte{2, 0, 0}, appendUint(nil, 1<<63), []byte{0})},
		"a count too great":         {new(Sketch), join([]byte{1, 0}, appendUint(nil, maxCount))},
		"counts too great together": {new(Sketch), join([]byte{2, 0}, appendUint(nil, maxCount-1), []byte{0, 0})},
		"bytes after the sketch":    {new(Sketch), []byte{1, 0, 0}},
		"moments of the future":     {new(Moments), []byte{2, 0}},
		"too many readings":         {new(Moments), join(appendUint(nil, maxCount))},
		"a value that is none":      {new(Moments), join([]byte{1, 0}, float(math.NaN()))},
		"an infinite value":         {new(Moments), join([]byte{1, 0}, float(math.Inf(-1)))},
		"half a value":              {new(Moments), []byte{1, 1, 0, 0, 0}},
		"last before first": {new(Moments), append(join([]byte{2, 0}, float(1), appendUint(nil, 1<<63),
			float(2), float(1), float(2)), good[len(head):]...)},
		"minimum above first": {new(Moments), append(join([]byte{2, 0}, float(1), []byte{5}, float(2),
			float(1.5), float(2)), good[len(head):]...)},
		"maximum below last": {new(Moments), append(join([]byte{2, 0}, float(1), []byte{5}, float(2), float(1),
			float(1.5)), good[len(head):]...)},
		"an even sum":                {new(Moments), with([]byte{2, 0, 4}, squares)},
		"a sum with a zero in front": {new(Moments), with([]byte{4, 0, 0, 3}, squares)},
		"a negative exponent":        {new(Moments), with([]byte{2, 1, 3}, squares)},
		"a negative zero":            {new(Moments), with([]byte{1}, squares)},
		"a sum beyond everything":    {new(Moments), with([]byte{2}, appendInt(nil, highestSum+8), []byte{3}, squares)},
		"a sum too long":             {new(Moments), with(appendUint(nil, 1<<20))},
		"a sum cut off":              {new(Moments), with([]byte{200})},
		"negative squares":           {new(Moments), with(sum, []byte{3, 0, 5})},
		"bytes after the moments":    {new(Moments), with(sum, squares, []byte{0})},
	} {
		if err := c.into.UnmarshalBinary(c.bytes); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Sums that belong to no readings do not break what is computed from them.
func TestImpossibleMoments(t *testing.T) {
	m := momentsOf([]float64{3, 4})
	m.squares.reset()
	if m.Variance() != 0 || m.Stddev() != 0 {
		t.Errorf("variance %g, stddev %g", m.Variance(), m.Stddev())
	}
}

// A last limb that outgrows 32 bits is split, with either sign, and does not grow again when carries are propagated
// again.
func TestLastLimbIsSplit(t *testing.T) {
	for _, v := range []int64{1<<62 + 5, -1<<62 - 5, 1 << 32, -1<<32 - 1} {
		once := propagate([]int64{v})
		again := propagate(append([]int64(nil), once...))
		if len(once) != 2 || len(again) != 2 || once[1]<<32+once[0] != v || once[0] < 0 || once[0] > limbMask {
			t.Errorf("%d: %v, %v", v, once, again)
		}
	}
}

// Rates of groups add up in any tree of groups, also where a single series is merged into without a group around it.
func TestRatesOfNestedGroups(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t, "rate")
		var members, copies []Member
		for _, name := range []telemetry.Source{"a", "b", "c", "d"} {
			times, values, _ := between(readings(t, string(name)), 0, math.MaxInt64)
			for _, to := range []*[]Member{&members, &copies} {
				m := Member{Series: telemetry.Series{Source: name}, Accumulator: NewAccumulator(p)}
				if err := m.AddReadings(times, values); err != nil {
					t.Fatal(err)
				}
				*to = append(*to, m)
			}
		}
		for _, m := range []struct{ to, from int }{{0, 1}, {2, 3}, {0, 2}} {
			if err := copies[m.to].Merge(copies[m.from].Accumulator); err != nil {
				t.Fatal(err)
			}
		}
		checkGroupRates(t, copies[0].Accumulator, members)
	})
}

// ServedBy is Aligned, seen from the part of the plan that lies in the window.
func TestServedByIsAligned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPlan(t, "mean")
		size := rapid.SampledFrom(windowSizes[1:4]).Draw(t, "size")
		w := telemetry.WindowOf(size, rapid.Int64Range(p.From, p.To-1).Draw(t, "time"))
		from, to := max(p.From, w.Start()), min(p.To, w.End())
		want := from%BucketSize(size) == 0 && to%BucketSize(size) == 0
		for _, b := range p.Bounds {
			want = want && (b <= from || b >= to || b%BucketSize(size) == 0)
		}
		if got := p.ServedBy(w); got != want {
			t.Fatalf("%s: %v, want %v", w, got, want)
		}
	})
}
