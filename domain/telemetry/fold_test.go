package telemetry

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

type valueAt struct {
	origin Origin
	value  float64
}

// slowFold is what Fold says, with a map.
func slowFold(c *Chunk, pieces []Piece, deletions []DeletionAt, floor Stamp, keepFrom int64) *Chunk {
	at := map[int64]valueAt{}
	put := func(t int64, v valueAt) {
		if old, there := at[t]; c.Window.Contains(t) && t >= keepFrom && (!there || v.origin.Later(old.origin)) {
			at[t] = v
		}
	}
	i := 0
	for _, r := range c.Origins {
		for range r.Count {
			put(c.Times[i], valueAt{r.Origin, c.Values[i]})
			i++
		}
	}
	for _, p := range pieces {
		for i, t := range p.Times {
			if p.Origin.Stamp > c.Floor {
				put(t, valueAt{p.Origin, p.Values[i]})
			}
		}
	}
	for _, d := range deletions {
		for t, v := range at {
			if d.From <= t && t < d.To && d.Origin.Stamp > c.Floor && d.Origin.Later(v.origin) {
				delete(at, t)
			}
		}
	}
	out := &Chunk{Tenant: c.Tenant, Series: c.Series, Window: c.Window, Floor: max(floor, c.Floor),
		Coverage: c.Coverage}
	for t := range at {
		out.Times = append(out.Times, t)
	}
	slices.Sort(out.Times)
	for _, t := range out.Times {
		o := at[t].origin
		if o.Stamp <= out.Floor {
			o = Origin{}
		}
		out.Values = append(out.Values, at[t].value)
		if n := len(out.Origins); n > 0 && out.Origins[n-1].Origin == o {
			out.Origins[n-1].Count++
		} else {
			out.Origins = append(out.Origins, OriginRun{1, o})
		}
	}
	return out
}

// drawPieces are pieces of distinct blocks, around the window, dense enough to collide.
func drawPieces(t *rapid.T, w Window, first Number) []Piece {
	ps := make([]Piece, rapid.IntRange(0, 6).Draw(t, "pieces"))
	for i := range ps {
		ps[i].Origin = Origin{Stamp(rapid.IntRange(1, 8).Draw(t, "stamp")),
			Writer(rapid.SampledFrom([]string{"w1", "w2"}).Draw(t, "writer")), first + Number(i)}
		at := w.Start() + rapid.Int64Range(-3, 20).Draw(t, "first")
		for range rapid.IntRange(0, 12).Draw(t, "readings") {
			ps[i].Times = append(ps[i].Times, at)
			ps[i].Values = append(ps[i].Values, float64(rapid.IntRange(0, 99).Draw(t, "value")))
			at += rapid.Int64Range(1, 3).Draw(t, "gap")
		}
	}
	return ps
}

func drawDeletions(t *rapid.T, w Window) []DeletionAt {
	ds := make([]DeletionAt, rapid.IntRange(0, 3).Draw(t, "deletions"))
	for i := range ds {
		from := w.Start() + rapid.Int64Range(-3, 30).Draw(t, "from")
		ds[i] = DeletionAt{from, from + rapid.Int64Range(0, 15).Draw(t, "long"),
			Origin{Stamp(rapid.IntRange(1, 8).Draw(t, "at")), "w1", Number(rapid.IntRange(1, 16).Draw(t, "number"))}}
	}
	return ds
}

func emptyChunk(floor Stamp) *Chunk {
	return &Chunk{Tenant: "t", Series: Series{"s", "m"}, Window: WindowOf(WindowMinutes, testStart), Floor: floor,
		Coverage: Coverage{{Stream: Stream{Shard: Shard{Tenant: "t"}, Writer: "w1"}, From: 1, To: 1, Until: 99}}}
}

func TestFoldIsTheSlowFold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := emptyChunk(0).Window
		c := Fold(emptyChunk(Stamp(rapid.IntRange(0, 3).Draw(t, "old floor"))), drawPieces(t, w, 1), nil, 0, MinTime)
		c.Floor = max(c.Floor, Stamp(rapid.IntRange(0, 4).Draw(t, "chunk floor")))
		c = Fold(c, nil, nil, c.Floor, MinTime)
		pieces, deletions := drawPieces(t, w, 10), drawDeletions(t, w)
		floor, keep := Stamp(rapid.IntRange(0, 9).Draw(t, "floor")), w.Start()+rapid.Int64Range(-5, 10).Draw(t, "keep")
		before := *c
		before.Times, before.Values = slices.Clone(c.Times), slices.Clone(c.Values)
		before.Origins, before.Coverage = slices.Clone(c.Origins), slices.Clone(c.Coverage)
		want := slowFold(c, pieces, deletions, floor, keep)
		shuffled, struck := slices.Clone(pieces), slices.Clone(deletions)
		if len(pieces) > 0 {
			shuffled = rapid.Permutation(pieces).Draw(t, "order")
		}
		slices.Reverse(struck)
		got := Fold(c, shuffled, struck, floor, keep)
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
		if d := cmp.Diff(&before, c); d != "" {
			t.Fatalf("Fold changed the chunk it was given: %s", d)
		}
		if err := got.Check(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestFoldInSteps holds that it does not matter which blocks were compacted when: folding the blocks up to a floor,
// then the others, gives what folding all at once gives.
func TestFoldInSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := emptyChunk(0)
		pieces, deletions := drawPieces(t, c.Window, 1), drawDeletions(t, c.Window)
		floor := Stamp(rapid.IntRange(0, 8).Draw(t, "floor"))
		once := Fold(c, pieces, deletions, floor, MinTime)
		early := slices.DeleteFunc(slices.Clone(pieces),
			func(p Piece) bool { return p.Origin.Stamp > floor && p.Origin.Number%2 == 0 })
		steps := Fold(c, early, deletions, floor, MinTime)
		steps = Fold(steps, pieces, deletions, floor, MinTime)
		if d := cmp.Diff(once, steps, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
}

func TestFoldSharesNothing(t *testing.T) {
	c := emptyChunk(0)
	p := Piece{Origin: Origin{1, "w", 1}, Times: []int64{testStart}, Values: []float64{1}}
	out := Fold(c, []Piece{p}, nil, 0, MinTime)
	p.Times[0], p.Values[0], c.Coverage[0].From = 0, 0, 77
	if out.Times[0] != testStart || out.Values[0] != 1 || out.Coverage[0].From != 1 {
		t.Errorf("the result changed with its sources: %+v", out)
	}
}

func TestFoldOfASplitChunk(t *testing.T) {
	c := emptyChunk(3)
	c.Split = true
	out := Fold(c, []Piece{{Origin: Origin{9, "w", 1}, Times: []int64{testStart}, Values: []float64{1}}}, nil, 5,
		MinTime)
	if !out.Split || len(out.Times) != 0 || out.Floor != 5 || len(out.Coverage) != 1 {
		t.Errorf("%+v", out)
	}
}

func TestSplitChunk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := emptyChunk(2)
		c.Window = WindowOf(WindowSize(rapid.IntRange(int(WindowYear), int(Window250us)).Draw(t, "size")), testStart)
		step := c.Window.Size.Nanos() / 40
		for i := range rapid.IntRange(0, 6).Draw(t, "pieces") {
			p := Piece{Origin: Origin{Stamp(3 + i), "w", 1}}
			for j := range int64(40) {
				if rapid.Bool().Draw(t, "there") {
					p.Times, p.Values = append(p.Times, c.Window.Start()+j*step), append(p.Values, float64(i))
				}
			}
			c = Fold(c, []Piece{p}, nil, 0, MinTime)
		}
		parent, children := SplitChunk(c)
		if !parent.Split || len(parent.Times) != 0 || !cmp.Equal(parent.Coverage, c.Coverage) ||
			parent.Floor != c.Floor {
			t.Fatalf("parent %+v", parent)
		}
		whole := emptyChunk(2)
		whole.Window = c.Window
		for _, child := range children {
			if err := child.Check(); err != nil {
				t.Fatal(err)
			}
			if child.Window.Size != c.Window.Size+1 || len(child.Times) == 0 || child.Floor != c.Floor ||
				!cmp.Equal(child.Coverage, c.Coverage) {
				t.Fatalf("child %+v", child)
			}
			i := 0
			for _, r := range child.Origins {
				whole = Fold(whole, []Piece{{r.Origin, child.Times[i : i+r.Count], child.Values[i : i+r.Count]}}, nil,
					0, MinTime)
				i += r.Count
			}
		}
		if d := cmp.Diff(c, whole, cmpopts.EquateEmpty()); d != "" {
			t.Fatal(d)
		}
	})
	least := emptyChunk(0)
	least.Window = WindowOf(WindowLeast, testStart)
	if p, cs := SplitChunk(least); p != nil || cs != nil {
		t.Error("the least window was divided")
	}
}
