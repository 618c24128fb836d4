package telemetry

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawBlocks are blocks about few sources, each with its own origin, some with equal stamps.
func drawBlocks(t *rapid.T, most int) []*BlockView {
	n := rapid.IntRange(1, most).Draw(t, "blocks")
	bs := make([]*BlockView, n)
	for i := range bs {
		h := BlockHeader{Stamp: Stamp(rapid.IntRange(1, 5).Draw(t, "stamp"))}
		h.At.Number = Number(i + 1)
		h.At.Stream.Writer = Writer(rapid.SampledFrom([]string{"w1", "w2"}).Draw(t, "writer"))
		bs[i] = mustOpen(t, h, drawFacts(t))
	}
	return bs
}

func drawFacts(t *rapid.T) *Batch {
	b := new(Batch)
	source := rapid.SampledFrom([]Source{"a", "b"})
	metric := rapid.SampledFrom([]Metric{"m", "n"})
	for range rapid.IntRange(0, 3).Draw(t, "descriptions") {
		d := Description{Source: source.Draw(t, "source"), Replace: rapid.Bool().Draw(t, "replace")}
		for _, name := range []string{"x", "y", "z"} {
			if rapid.Bool().Draw(t, name) {
				d.Labels = append(d.Labels, Label{name, fmt.Sprint(rapid.IntRange(1, 9).Draw(t, "value"))})
			}
		}
		b.Sources = append(b.Sources, d)
	}
	for _, s := range rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) Series {
		return Series{source.Draw(t, "s"),
			metric.Draw(t, "m")}
	}),
		0, 3, rapid.ID).Draw(t, "series") {
		of := b.AddSeries(s, rapid.SampledFrom([]string{"", "C", "F", "K", "R", "Re"}).Draw(t, "unit"))
		for _, y := range rapid.SliceOfN(rapid.Int64Range(-3, 3), 1, 4).Draw(t, "years") {
			b.Add(of, testStart+y*WindowYear.Nanos(), 1)
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "deletions") {
		from := rapid.Int64Range(0, 9).Draw(t, "from")
		b.Deletions = append(b.Deletions, Deletion{Series{source.Draw(t, "of"), metric.Draw(t, "metric")}, from, from +
			rapid.Int64Range(-1, 9).Draw(t, "long")})
	}
	return b
}

func mustOpen(t interface{ Fatal(...any) }, h BlockHeader, batches ...*Batch) *BlockView {
	p, err := new(Sealer).Seal(nil, h, batches...)
	if err != nil {
		t.Fatal(err)
	}
	v, err := OpenBlock(p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func mergeAll(t *rapid.T, r *SourceRow, bs []*BlockView) *SourceRow {
	for _, b := range bs {
		if _, err := r.Merge(b); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

func TestMergeOrderAndRepetitionDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bs := drawBlocks(t, 6)
		want := mergeAll(t, &SourceRow{Source: "a"}, bs)
		other := rapid.Permutation(append(slices.Clone(bs),
			rapid.SliceOfN(rapid.SampledFrom(bs), 0, 4).Draw(t, "again")...)).Draw(t, "order")
		got := mergeAll(t, &SourceRow{Source: "a"}, other)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		for _, b := range bs {
			if in, err := got.Includes(b); err != nil || !in {
				t.Fatalf("a merged block is not included: %v", err)
			}
		}
		p, err := EncodeSource(nil, got)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeSource(p); err != nil || !cmp.Equal(got, back) {
			t.Fatalf("round trip: %v\n%s", err, cmp.Diff(got, back))
		}
	})
}

// TestMergeIsWhatHappenedInOrder compares labels, units and years with saying everything again in the order of
// origins.
func TestMergeIsWhatHappenedInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bs := drawBlocks(t, 6)
		got := mergeAll(t, &SourceRow{Source: "a"}, bs)
		slices.SortFunc(bs, func(a, b *BlockView) int { return a.Origin().Compare(b.Origin()) })
		labels, units, years := map[string]string{}, map[Metric][]string{}, map[Metric][]int32{}
		for _, b := range bs {
			for _, d := range b.Sources() {
				if d.Source != "a" {
					continue
				}
				if d.Replace {
					clear(labels)
				}
				for _, l := range d.Labels {
					labels[l.Name] = l.Value
				}
			}
			for i := range b.Len() {
				s := b.Series(i)
				if s.Source != "a" {
					continue
				}
				if u := b.Unit(i); u != "" && !slices.Contains(units[s.Metric], u) {
					units[s.Metric] = append(units[s.Metric], u)
				}
				var c Column
				if err := b.Column(i, &c); err != nil {
					t.Fatal(err)
				}
				for _, at := range c.Times {
					years[s.Metric] = append(years[s.Metric], YearOf(at))
				}
			}
		}
		have := map[string]string{}
		for _, l := range got.LabelSet() {
			have[l.Name] = l.Value
		}
		if d := cmp.Diff(labels, have); d != "" {
			t.Fatal(d)
		}
		for i := range got.Metrics {
			m := &got.Metrics[i]
			said := units[m.Metric][:min(len(units[m.Metric]), 1+MaxOtherUnits)]
			if got := append([]string{m.Unit}, m.OtherUnits()...); !slices.Equal(got, said) &&
				(len(said) > 0 || m.Unit != "") {
				t.Fatalf("units of %s are %q, expected %q", m.Metric, got, said)
			}
			slices.Sort(years[m.Metric])
			if want := slices.Compact(years[m.Metric]); !slices.Equal(m.Years, want) {
				t.Fatalf("years of %s are %v, expected %v", m.Metric, m.Years, want)
			}
		}
	})
}

func TestIncludesLeavesTheRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bs := drawBlocks(t, 4)
		r := mergeAll(t, &SourceRow{Source: "a"}, bs[1:])
		before, err := EncodeSource(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		in, err := r.Includes(bs[0])
		if err != nil {
			t.Fatal(err)
		}
		after, err := EncodeSource(nil, r)
		if err != nil || string(before) != string(after) {
			t.Fatalf("Includes changed the row: %v", err)
		}
		if changed, err := r.Merge(bs[0]); err != nil || changed == in {
			t.Fatalf("Includes said %v, Merge changed %v (%v)", in, changed, err)
		}
	})
}

func TestMergeKeepsTheLatestLabels(t *testing.T) {
	var bs []*BlockView
	for i := range MaxLabels + 8 {
		b := &Batch{Sources: []Description{{Source: "a", Labels: []Label{{fmt.Sprintf("l%02d", i), "v"}}}}}
		bs = append(bs, mustOpen(t, BlockHeader{Stamp: Stamp(1 + i), At: Position{Number: 1}}, b))
	}
	forward, backward := &SourceRow{Source: "a"}, &SourceRow{Source: "a"}
	for i := range bs {
		if _, err := forward.Merge(bs[i]); err != nil {
			t.Fatal(err)
		}
		if _, err := backward.Merge(bs[len(bs)-1-i]); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(forward, backward); d != "" {
		t.Error(d)
	}
	if n := len(forward.Labels); n != MaxLabels || forward.Labels[0].Name != "l08" {
		t.Errorf("%d labels from %s on, expected %d from l08 on", n, forward.Labels[0].Name, MaxLabels)
	}
}

func TestPurge(t *testing.T) {
	at := func(stamps ...Stamp) (ds []DeletionAt) {
		for i, s := range stamps {
			ds = append(ds, DeletionAt{From: 0, To: 1, Origin: Origin{s, "w", Number(i + 1)}})
		}
		return ds
	}
	for _, c := range []struct {
		name   string
		have   []Stamp
		gone   map[Number]bool
		left   []Stamp
		purged Stamp
	}{
		{"a beginning", []Stamp{1, 2, 3}, map[Number]bool{1: true, 2: true}, []Stamp{3}, 2},
		{"all", []Stamp{1, 2}, map[Number]bool{1: true, 2: true}, nil, 2},
		{"not behind one that stays", []Stamp{1, 2, 3}, map[Number]bool{2: true, 3: true}, []Stamp{1, 2, 3}, 0},
		{"not half of a stamp", []Stamp{1, 2, 2}, map[Number]bool{1: true, 2: true}, []Stamp{2, 2}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &SourceRow{Source: "a", Metrics: []MetricRow{{Metric: "m", Deletions: at(c.have...)}}}
			n := r.Purge("m", func(d DeletionAt) bool { return c.gone[d.Origin.Number] })
			m, _ := r.Metric("m")
			var left []Stamp
			for _, d := range m.Deletions {
				left = append(left, d.Origin.Stamp)
			}
			if n != len(c.have)-len(c.left) || m.Purged != c.purged || !slices.Equal(left, c.left) {
				t.Errorf("forgot %d, purged %d, left %v", n, m.Purged, left)
			}
		})
	}
	r := &SourceRow{Source: "a", Metrics: []MetricRow{{Metric: "m", Purged: 5}}}
	late := mustOpen(t, BlockHeader{Stamp: 5, At: Position{Number: 1}},
		&Batch{Deletions: []Deletion{{Series{"a", "m"}, 0, 1}}})
	if changed, err := r.Merge(late); changed || err != nil {
		t.Errorf("a purged deletion came back: %v %v", r.Metrics, err)
	}
	if n := r.Purge("other", func(DeletionAt) bool { return true }); n != 0 {
		t.Errorf("forgot %d of an unknown metric", n)
	}
}
