package blockcodec

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/column/columntest"
	"tidemark/domain/telemetry"
)

// drawWild is a batch that compresses as badly as batches can.
func drawWild(t *rapid.T) *telemetry.Batch {
	b := new(telemetry.Batch)
	for _, s := range rapid.SliceOfNDistinct(genSeries, 1, 20, rapid.ID).Draw(t, "series") {
		b.AddSeries(s, rapid.StringN(0, 9, -1).Draw(t, "unit"))
	}
	for range rapid.IntRange(0, 400).Draw(t, "readings") {
		b.Add(uint32(rapid.IntRange(0, len(b.Series)-1).Draw(t, "of")),
			rapid.Int64Range(telemetry.MinTime, telemetry.MaxTime-1).Draw(t, "time"),
			math.Float64frombits(rapid.Uint64().Draw(t, "value")))
	}
	for range rapid.IntRange(0, 5).Draw(t, "deletions") {
		b.Deletions = append(b.Deletions, telemetry.Deletion{Series: genSeries.Draw(t, "of"), From: telemetry.MinTime,
			To: rapid.Int64Range(telemetry.MinTime, telemetry.MaxTime-1).Draw(t, "to")})
	}
	for range rapid.IntRange(0, 5).Draw(t, "sources") {
		b.Sources = append(b.Sources, telemetry.Description{Source: genSeries.Draw(t, "source").Source,
			Labels: []telemetry.Label{{Name: genName.Draw(t, "name"), Value: "v"}}})
	}
	return b
}

func TestEstimateIsABound(t *testing.T) {
	var s Builder
	rapid.Check(t, func(t *rapid.T) {
		bound := 0
		batches := rapid.SliceOfN(rapid.Custom(drawWild), 1, 3).Draw(t, "batches")
		batches = batches[:agreeing(batches)]
		for _, b := range batches {
			bound += EstimateBytes(b)
		}
		p, err := s.Build(nil, genHeader.Draw(t, "header"), batches...)
		if err != nil {
			t.Fatal(err)
		}
		if len(p) > bound {
			t.Fatalf("%d bytes, estimated %d", len(p), bound)
		}
	})
}

// TestEstimateOfNoise holds the bound where only the readings count: random bits at random times do not compress.
func TestEstimateOfNoise(t *testing.T) {
	const seed, n = 1, 50_000
	r := rand.New(rand.NewPCG(seed, 0))
	b := &telemetry.Batch{Series: []telemetry.Series{{Source: "s", Metric: "m"}}, Units: []string{""}}
	for range n {
		b.Add(0, telemetry.MinTime+int64(r.Uint64N(uint64(telemetry.MaxTime)-uint64(telemetry.MinTime))),
			math.Float64frombits(r.Uint64()))
	}
	p, err := new(Builder).Build(nil, Header{}, b)
	if err != nil {
		t.Fatal(err)
	}
	if bound := EstimateBytes(b); len(p) > bound || len(p) < bound*3/4 {
		t.Errorf("%d bytes, estimated %d (seed %d)", len(p), bound, seed)
	}
}

func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := drawWild(t)
		most := rapid.IntRange(blockBytes+headerTextBytes+300, 20_000).Draw(t, "max")
		parts := Split(b, most)
		var h Header
		var whole telemetry.Batch
		readings := map[telemetry.Series]int{}
		for i, p := range parts {
			if n := EstimateBytes(p); n >= most {
				t.Fatalf("part %d of %d is estimated at %d bytes, not below %d", i, len(parts), n, most)
			}
			if p.Empty() && len(parts) > 1 {
				t.Fatalf("part %d of %d is empty", i, len(parts))
			}
			if i > 0 && len(p.Times) == 0 && len(parts[i-1].Times) > 0 {
				t.Fatalf("part %d has no readings, those before have", i)
			}
			v := mustOpen(t, h, p)
			for j := range v.Len() {
				_, _, n := v.Span(j)
				readings[v.Series(j)] += n
			}
			for j, of := range p.Of {
				whole.Add(uint32(slices.Index(b.Series, p.Series[of])), p.Times[j], p.Values[j])
			}
			whole.Sources, whole.Deletions = append(whole.Sources, p.Sources...),
				append(whole.Deletions, p.Deletions...)
		}
		if !slices.Equal(whole.Of, b.Of) || !slices.Equal(whole.Times, b.Times) ||
			columntest.SameBits(whole.Values, b.Values) != nil {
			t.Fatal("the parts together are not the batch")
		}
		if !cmp.Equal(whole.Sources, b.Sources) || !cmp.Equal(whole.Deletions, b.Deletions) {
			t.Fatal("descriptions or deletions were lost")
		}
	})
}

func TestSplitOfWhatFits(t *testing.T) {
	b := fleet(3, 5)
	if parts := Split(b, telemetry.TargetBlockBytes); len(parts) != 1 || parts[0] != b {
		t.Errorf("%d parts", len(parts))
	}
}
