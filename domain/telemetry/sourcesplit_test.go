package telemetry

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// drawPlaces are some places at which the rows of drawFacts may be cut, rising.
func drawPlaces(t *rapid.T, bs []*BlockView) []Place {
	all := []Place{PlaceOf("m"), PlaceOf("mm"), PlaceOf("n"), Metric("m").After(), Metric("n").After()}
	for _, b := range bs {
		for _, i := range b.byPlace {
			all = append(all, b.deletionAt(i))
		}
	}
	slices.SortFunc(all, Place.Compare)
	all = slices.Compact(all)
	return slices.DeleteFunc(all, func(Place) bool { return rapid.Bool().Draw(t, "cut") })
}

// cutAt is a row as parts.
func cutAt(r *SourceRow, at []Place) (parts []*SourceRow) {
	from := Place{}
	for _, to := range append(slices.Clone(at), Place{}) {
		part := r.Between(from, to)
		part.Form = SourcePart
		parts, from = append(parts, part), to
	}
	return parts
}

// join is the whole of parts.
func join(parts []*SourceRow) *SourceRow {
	out := &SourceRow{Labels: parts[0].Labels, Replaced: parts[0].Replaced}
	for _, p := range parts {
		for _, m := range p.Metrics {
			if n := len(out.Metrics); n > 0 && out.Metrics[n-1].Metric == m.Metric {
				out.Metrics[n-1] = out.Metrics[n-1].With(m)
				continue
			}
			out.Metrics = append(out.Metrics, m)
		}
	}
	return out
}

// TestPartsSayWhatTheWholeSays merges blocks into a whole and into parts of it that were cut anywhere, before or
// between the blocks: joined they are the same, a block is included in the whole if it is in all parts, and a part is
// read back as it was.
func TestPartsSayWhatTheWholeSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bs := drawBlocks(t, 6)
		early := rapid.IntRange(0, len(bs)).Draw(t, "early")
		whole := mergeAll(t, &SourceRow{Source: "a"}, bs[:early])
		again := mergeAll(t, &SourceRow{Source: "a"}, bs[:early])
		parts := cutAt(again, drawPlaces(t, bs))
		for _, b := range bs[early:] {
			all := true
			for _, p := range parts {
				included, err := p.Includes(b)
				if err != nil {
					t.Fatal(err)
				}
				if changed, err := p.Merge(b); err != nil || changed == included || changed && !p.Touches(b) {
					t.Fatalf("included %v, changed %v, touched %v: %v", included, changed, p.Touches(b), err)
				}
				all = all && included
			}
			if changed, err := whole.Merge(b); err != nil || changed == all {
				t.Fatalf("the whole changed %v, all parts included it %v: %v", changed, all, err)
			}
		}
		if d := cmp.Diff(whole.Metrics, join(parts).Metrics); d != "" || !slices.Equal(whole.Labels, parts[0].Labels) {
			t.Fatalf("%s\n%v, want %v", d, parts[0].Labels, whole.Labels)
		}
		for _, p := range parts {
			enc, err := EncodeSource(nil, p)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := DecodeSource(enc); err != nil || !cmp.Equal(p, back) {
				t.Fatalf("%v\n%s", err, cmp.Diff(p, back))
			}
		}
	})
}

// TestNextPlaceLeadsToEveryPart goes from place to place, as compaction does, and meets every part that a block
// touches.
func TestNextPlaceLeadsToEveryPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		bs := drawBlocks(t, 1)
		places := drawPlaces(t, bs)
		parts := cutAt(&SourceRow{Source: "a"}, places)
		met := map[Place]bool{}
		for at, more := bs[0].NextPlace("a", Place{}); more; {
			i := slices.IndexFunc(parts, func(p *SourceRow) bool { return p.Holds(at) })
			met[parts[i].From] = true
			if parts[i].To == (Place{}) {
				break
			}
			at, more = bs[0].NextPlace("a", parts[i].To)
		}
		for _, p := range parts {
			if p.Touches(bs[0]) && !met[p.From] {
				t.Fatalf("the part from %v to %v was not met", p.From, p.To)
			}
		}
	})
}

// bigRow is a whole source with so many metrics: long names, short ones, some with deletions.
func bigRow(seed uint64, metrics int) *SourceRow {
	rnd := rand.New(rand.NewPCG(seed, 0))
	r := &SourceRow{Tenant: "t", Source: "s", Replaced: Origin{9, "w", 1}}
	for i := range MaxLabels {
		l := Label{Name: fmt.Sprintf("%03d", i) + strings.Repeat("€", MaxLabelNameUnits-3)}
		l.Value = strings.Repeat("€", MaxLabelValueUnits)
		r.Labels = append(r.Labels, LabelAt{l, Origin{9, "w", 1}})
	}
	for i := range metrics {
		m := MetricRow{Metric: Metric(fmt.Sprintf("%08d", i)), Years: []int32{54, 55}}
		if rnd.IntN(2) == 0 {
			m.Metric += Metric(strings.Repeat("€", MaxNameUnits-8))
		}
		if rnd.IntN(4) == 0 {
			m.Unit = strings.Repeat("€", MaxUnitUnits)
			m.UnitFrom = Origin{Stamp(1<<60 + i), Writer(fmt.Sprintf("%026d", i)), Number(i)}
			for n := range rnd.IntN(MaxOtherUnits + 1) {
				u := fmt.Sprint(n) + strings.Repeat("€", MaxUnitUnits-1)
				m.Others = append(m.Others, UnitAt{u, Origin{Stamp(1<<60 + i + 1), Writer(fmt.Sprintf("%026d", i)),
					Number(n)}})
			}
		}
		for d := range rnd.IntN(3) {
			o := Origin{Stamp(1<<60 + i + d), Writer(fmt.Sprintf("%026d", d)), 1 << 40}
			m.Deletions = append(m.Deletions, DeletionAt{MinTime, MaxTime, o})
		}
		r.Metrics = append(r.Metrics, m)
	}
	return r
}

// TestSplitRowsFit splits rows that are far too long, of many metrics or of one with many deletions: the parts are
// short enough and not many, stand side by side, say together what the row said, and can be split again.
func TestSplitRowsFit(t *testing.T) {
	one := &SourceRow{Tenant: "t", Source: "s", Metrics: []MetricRow{{Metric: "a"},
		{Metric: "m", Unit: "W", UnitFrom: Origin{1, "w", 1}, Years: []int32{1}, Purged: 7}}}
	for i := range 60_000 {
		o := Origin{Stamp(1<<60 + 1000*i), Writer(fmt.Sprintf("%026d", i%7)), Number(i)}
		from := testStart + int64(i)*second
		one.Metrics[1].Deletions = append(one.Metrics[1].Deletions, DeletionAt{from, from + second, o})
	}
	for name, r := range map[string]*SourceRow{"many metrics": bigRow(1, 6000), "many deletions": one} {
		whole, err := EncodeSource(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		parts := SplitSource(r, MaxSourceBytes)
		at, bytes := Place{}, 0
		for i, p := range parts {
			if p.From != at || (p.To == Place{}) != (i == len(parts)-1) {
				t.Fatalf("%s: part %d goes from %v to %v, the one before ended at %v", name, i, p.From, p.To, at)
			}
			enc, err := EncodeSource(nil, p)
			if err != nil || len(enc) > MaxSourceBytes*3/4 {
				t.Fatalf("%s: part %d has %d bytes: %v", name, i, len(enc), err)
			}
			at, bytes = p.To, bytes+len(enc)
		}
		if n := len(parts); n < len(whole)/MaxSourceBytes || n > 3*len(whole)/MaxSourceBytes {
			t.Errorf("%s: %d bytes became %d parts", name, len(whole), n)
		}
		if d := cmp.Diff(r.Metrics, join(parts).Metrics); d != "" {
			t.Errorf("%s: %.2000s", name, d)
		}
		for _, again := range SplitSource(parts[1], MaxSourceBytes) {
			if again.From.Compare(parts[1].From) < 0 || parts[1].To != (Place{}) && again.To.Compare(parts[1].To) > 0 {
				t.Errorf("%s: a part of %v to %v goes from %v to %v", name, parts[1].From, parts[1].To, again.From,
					again.To)
			}
		}
		t.Logf("%s: %d bytes, %d parts of together %d", name, len(whole), len(parts), bytes)
	}
}

// TestYearsOfAMetricAreBounded is what bounds the other list of a metric: the windows of all times that readings may
// have.
func TestYearsOfAMetricAreBounded(t *testing.T) {
	var m MetricRow
	for at := MinTime; at < MaxTime; at += WindowYear.Nanos() / 2 {
		m.addYears([]int32{YearOf(at)})
	}
	enc, err := EncodeSource(nil, &SourceRow{Source: "s", Metrics: []MetricRow{m}})
	if err != nil || len(enc) > 1024 || len(m.Years) < 470 {
		t.Errorf("%d years take %d bytes: %v", len(m.Years), len(enc), err)
	}
}

// TestPartsAreNamedWithinABound names more parts than there is room for.
func TestPartsAreNamedWithinABound(t *testing.T) {
	r := &SourceRow{Source: "s", Form: SourceSplit}
	for i := range 3000 {
		r.NameParts(false, PlaceOf(Metric(fmt.Sprintf("%04d", (i*7)%3000)+strings.Repeat("x", 100)+fmt.Sprint(i))))
	}
	p, err := EncodeSource(nil, r)
	if err != nil || len(p) > MaxPartsBytes+64 || len(r.Parts) < 500 {
		t.Fatalf("%d parts in %d bytes: %v", len(r.Parts), len(p), err)
	}
	n := len(r.Parts)
	if r.NameParts(true, r.Parts...) || r.NameParts(false, Place{}) || len(r.Parts) != n {
		t.Error("what was listed, or needs no listing, changed the list")
	}
	for i := range 3000 {
		r.NameParts(true, PlaceOf(Metric(fmt.Sprintf("%04d", i)+strings.Repeat("y", 100))))
	}
	if len(r.Parts) < n {
		t.Errorf("a hint pushed others out: %d of %d are left", len(r.Parts), n)
	}
}
