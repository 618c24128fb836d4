package sourcerow

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
)

// drawBlocks are blocks about few sources, each with its own origin, some with equal stamps.
func drawBlocks(t *rapid.T, most int) []*blockcodec.View {
	n := rapid.IntRange(1, most).Draw(t, "blocks")
	bs := make([]*blockcodec.View, n)
	for i := range bs {
		h := blockcodec.Header{Stamp: telemetry.Stamp(rapid.IntRange(1, 5).Draw(t, "stamp"))}
		h.At.Number = telemetry.Number(i + 1)
		h.At.Stream.Writer = telemetry.Writer(rapid.SampledFrom([]string{"w1", "w2"}).Draw(t, "writer"))
		bs[i] = mustOpen(t, h, drawFacts(t))
	}
	return bs
}

func drawFacts(t *rapid.T) *telemetry.Batch {
	b := new(telemetry.Batch)
	source := rapid.SampledFrom([]telemetry.Source{"a", "b"})
	metric := rapid.SampledFrom([]telemetry.Metric{"m", "n"})
	for range rapid.IntRange(0, 3).Draw(t, "descriptions") {
		d := telemetry.Description{Source: source.Draw(t, "source"), Replace: rapid.Bool().Draw(t, "replace")}
		for _, name := range []string{"x", "y", "z"} {
			if rapid.Bool().Draw(t, name) {
				d.Labels = append(d.Labels, telemetry.Label{Name: name,
					Value: fmt.Sprint(rapid.IntRange(1, 9).Draw(t, "value"))})
			}
		}
		b.Sources = append(b.Sources, d)
	}
	for _, s := range rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) telemetry.Series {
		return telemetry.Series{Source: source.Draw(t, "s"),
			Metric: metric.Draw(t, "m")}
	}),
		0, 3, rapid.ID).Draw(t, "series") {
		of := b.AddSeries(s, rapid.SampledFrom([]string{"", "C", "F", "K", "R", "Re"}).Draw(t, "unit"))
		for _, y := range rapid.SliceOfN(rapid.Int64Range(-3, 3), 1, 4).Draw(t, "years") {
			b.Add(of, testStart+y*telemetry.WindowYear.Nanos(), 1)
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "deletions") {
		from := rapid.Int64Range(0, 9).Draw(t, "from")
		b.Deletions = append(b.Deletions, telemetry.Deletion{Series: telemetry.Series{Source: source.Draw(t, "of"),
			Metric: metric.Draw(t, "metric")}, From: from, To: from +
			rapid.Int64Range(-1, 9).Draw(t, "long")})
	}
	return b
}

func mergeAll(t *rapid.T, r *Row, bs []*blockcodec.View) *Row {
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
		want := mergeAll(t, &Row{Source: "a"}, bs)
		other := rapid.Permutation(append(slices.Clone(bs),
			rapid.SliceOfN(rapid.SampledFrom(bs), 0, 4).Draw(t, "again")...)).Draw(t, "order")
		got := mergeAll(t, &Row{Source: "a"}, other)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
		for _, b := range bs {
			if in, err := got.Includes(b); err != nil || !in {
				t.Fatalf("a merged block is not included: %v", err)
			}
		}
		p, err := Encode(nil, got)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := Decode(p); err != nil || !cmp.Equal(got, back) {
			t.Fatalf("round trip: %v\n%s", err, cmp.Diff(got, back))
		}
	})
}

// TestMergeIsWhatHappenedInOrder compares labels, units and years with saying everything again in the order of
// origins.
func TestMergeIsWhatHappenedInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bs := drawBlocks(t, 6)
		got := mergeAll(t, &Row{Source: "a"}, bs)
		slices.SortFunc(bs, func(a, b *blockcodec.View) int { return a.Origin().Compare(b.Origin()) })
		labels, units, years := map[string]string{}, map[telemetry.Metric][]string{}, map[telemetry.Metric][]int32{}
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
				var c telemetry.Column
				if err := b.Column(i, &c); err != nil {
					t.Fatal(err)
				}
				for _, at := range c.Times {
					years[s.Metric] = append(years[s.Metric], telemetry.YearOf(at))
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
		r := mergeAll(t, &Row{Source: "a"}, bs[1:])
		before, err := Encode(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		in, err := r.Includes(bs[0])
		if err != nil {
			t.Fatal(err)
		}
		after, err := Encode(nil, r)
		if err != nil || string(before) != string(after) {
			t.Fatalf("Includes changed the row: %v", err)
		}
		if changed, err := r.Merge(bs[0]); err != nil || changed == in {
			t.Fatalf("Includes said %v, Merge changed %v (%v)", in, changed, err)
		}
	})
}

func TestMergeKeepsTheLatestLabels(t *testing.T) {
	var bs []*blockcodec.View
	for i := range telemetry.MaxLabels + 8 {
		b := &telemetry.Batch{Sources: []telemetry.Description{{Source: "a",
			Labels: []telemetry.Label{{Name: fmt.Sprintf("l%02d", i), Value: "v"}}}}}
		bs = append(bs, mustOpen(t, blockcodec.Header{Stamp: telemetry.Stamp(1 + i),
			At: telemetry.Position{Number: 1}}, b))
	}
	forward, backward := &Row{Source: "a"}, &Row{Source: "a"}
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
	if n := len(forward.Labels); n != telemetry.MaxLabels || forward.Labels[0].Name != "l08" {
		t.Errorf("%d labels from %s on, expected %d from l08 on", n, forward.Labels[0].Name, telemetry.MaxLabels)
	}
}

func TestPurge(t *testing.T) {
	at := func(stamps ...telemetry.Stamp) (ds []telemetry.DeletionAt) {
		for i, s := range stamps {
			ds = append(ds, telemetry.DeletionAt{From: 0, To: 1,
				Origin: telemetry.Origin{Stamp: s, Writer: "w", Number: telemetry.Number(i + 1)}})
		}
		return ds
	}
	for _, c := range []struct {
		name   string
		have   []telemetry.Stamp
		gone   map[telemetry.Number]bool
		left   []telemetry.Stamp
		purged telemetry.Stamp
	}{
		{"a beginning", []telemetry.Stamp{1, 2, 3}, map[telemetry.Number]bool{1: true, 2: true}, []telemetry.Stamp{3},
			2},
		{"all", []telemetry.Stamp{1, 2}, map[telemetry.Number]bool{1: true, 2: true}, nil, 2},
		{"not behind one that stays", []telemetry.Stamp{1, 2, 3}, map[telemetry.Number]bool{2: true, 3: true},
			[]telemetry.Stamp{1, 2, 3}, 0},
		{"not half of a stamp", []telemetry.Stamp{1, 2, 2}, map[telemetry.Number]bool{1: true, 2: true},
			[]telemetry.Stamp{2, 2}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &Row{Source: "a", Metrics: []MetricRow{{Metric: "m", Deletions: at(c.have...)}}}
			n := r.Purge("m", func(d telemetry.DeletionAt) bool { return c.gone[d.Origin.Number] })
			m, _ := r.Metric("m")
			var left []telemetry.Stamp
			for _, d := range m.Deletions {
				left = append(left, d.Origin.Stamp)
			}
			if n != len(c.have)-len(c.left) || m.Purged != c.purged || !slices.Equal(left, c.left) {
				t.Errorf("forgot %d, purged %d, left %v", n, m.Purged, left)
			}
		})
	}
	r := &Row{Source: "a", Metrics: []MetricRow{{Metric: "m", Purged: 5}}}
	late := mustOpen(t, blockcodec.Header{Stamp: 5, At: telemetry.Position{Number: 1}},
		&telemetry.Batch{Deletions: []telemetry.Deletion{{Series: telemetry.Series{Source: "a", Metric: "m"}, From: 0,
			To: 1}}})
	if changed, err := r.Merge(late); changed || err != nil {
		t.Errorf("a purged deletion came back: %v %v", r.Metrics, err)
	}
	if n := r.Purge("other", func(telemetry.DeletionAt) bool { return true }); n != 0 {
		t.Errorf("forgot %d of an unknown metric", n)
	}
}
