package sourcerow

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
)

// drawPlaces are some places at which the rows of drawFacts may be cut, rising.
func drawPlaces(t *rapid.T, bs []*blockcodec.View) []Place {
	all := []Place{PlaceOf("m"), PlaceOf("mm"), PlaceOf("n"), After("m"), After("n")}
	for _, b := range bs {
		for _, i := range b.Erasures() {
			all = append(all, deletionAt(b, i))
		}
	}
	slices.SortFunc(all, Place.Compare)
	all = slices.Compact(all)
	return slices.DeleteFunc(all, func(Place) bool { return rapid.Bool().Draw(t, "cut") })
}

// cutAt is a row as parts.
func cutAt(r *Row, at []Place) (parts []*Row) {
	from := Place{}
	for _, to := range append(slices.Clone(at), Place{}) {
		part := r.Between(from, to)
		part.Form = Part
		parts, from = append(parts, part), to
	}
	return parts
}

// join is the whole of parts.
func join(parts []*Row) *Row {
	out := &Row{Labels: parts[0].Labels, Replaced: parts[0].Replaced}
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
		whole := mergeAll(t, &Row{Source: "a"}, bs[:early])
		again := mergeAll(t, &Row{Source: "a"}, bs[:early])
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
			enc, err := Encode(nil, p)
			if err != nil {
				t.Fatal(err)
			}
			if back, err := Decode(enc); err != nil || !cmp.Equal(p, back) {
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
		parts := cutAt(&Row{Source: "a"}, places)
		met := map[Place]bool{}
		for at, more := NextPlace(bs[0], "a", Place{}); more; {
			i := slices.IndexFunc(parts, func(p *Row) bool { return p.Holds(at) })
			met[parts[i].From] = true
			if parts[i].To == (Place{}) {
				break
			}
			at, more = NextPlace(bs[0], "a", parts[i].To)
		}
		for _, p := range parts {
			if p.Touches(bs[0]) && !met[p.From] {
				t.Fatalf("the part from %v to %v was not met", p.From, p.To)
			}
		}
	})
}

// bigRow is a whole source with so many metrics: long names, short ones, some with deletions.
func bigRow(seed uint64, metrics int) *Row {
	rnd := rand.New(rand.NewPCG(seed, 0))
	r := &Row{Tenant: "t", Source: "s", Replaced: telemetry.Origin{Stamp: 9, Writer: "w", Number: 1}}
	for i := range telemetry.MaxLabels {
		l := telemetry.Label{Name: fmt.Sprintf("%03d", i) + strings.Repeat("€", telemetry.MaxLabelNameUnits-3)}
		l.Value = strings.Repeat("€", telemetry.MaxLabelValueUnits)
		r.Labels = append(r.Labels, LabelAt{l, telemetry.Origin{Stamp: 9, Writer: "w", Number: 1}})
	}
	for i := range metrics {
		m := MetricRow{Metric: telemetry.Metric(fmt.Sprintf("%08d", i)), Years: []int32{54, 55}}
		if rnd.IntN(2) == 0 {
			m.Metric += telemetry.Metric(strings.Repeat("€", telemetry.MaxNameUnits-8))
		}
		if rnd.IntN(4) == 0 {
			m.Unit = strings.Repeat("€", telemetry.MaxUnitUnits)
			m.UnitFrom = telemetry.Origin{Stamp: telemetry.Stamp(1<<60 + i),
				Writer: telemetry.Writer(fmt.Sprintf("%026d", i)), Number: telemetry.Number(i)}
			for n := range rnd.IntN(MaxOtherUnits + 1) {
				u := fmt.Sprint(n) + strings.Repeat("€", telemetry.MaxUnitUnits-1)
				m.Others = append(m.Others, UnitAt{u, telemetry.Origin{Stamp: telemetry.Stamp(1<<60 + i + 1),
					Writer: telemetry.Writer(fmt.Sprintf("%026d", i)),
					Number: telemetry.Number(n)}})
			}
		}
		for d := range rnd.IntN(3) {
			o := telemetry.Origin{Stamp: telemetry.Stamp(1<<60 + i + d),
				Writer: telemetry.Writer(fmt.Sprintf("%026d", d)), Number: 1 << 40}
			m.Deletions = append(m.Deletions, telemetry.DeletionAt{From: telemetry.MinTime, To: telemetry.MaxTime,
				Origin: o})
		}
		r.Metrics = append(r.Metrics, m)
	}
	return r
}

// TestSplitRowsFit splits rows that are far too long, of many metrics or of one with many deletions: the parts are
// short enough and not many, stand side by side, say together what the row said, and can be split again.
func TestSplitRowsFit(t *testing.T) {
	one := &Row{Tenant: "t", Source: "s", Metrics: []MetricRow{{Metric: "a"},
		{Metric: "m", Unit: "W", UnitFrom: telemetry.Origin{Stamp: 1, Writer: "w", Number: 1}, Years: []int32{1},
			Purged: 7}}}
	for i := range 60_000 {
		o := telemetry.Origin{Stamp: telemetry.Stamp(1<<60 + 1000*i),
			Writer: telemetry.Writer(fmt.Sprintf("%026d", i%7)), Number: telemetry.Number(i)}
		from := testStart + int64(i)*second
		one.Metrics[1].Deletions = append(one.Metrics[1].Deletions,
			telemetry.DeletionAt{From: from, To: from + second, Origin: o})
	}
	for name, r := range map[string]*Row{"many metrics": bigRow(1, 6000), "many deletions": one} {
		whole, err := Encode(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		parts := Cut(r, MaxBytes)
		at, bytes := Place{}, 0
		for i, p := range parts {
			if p.From != at || (p.To == Place{}) != (i == len(parts)-1) {
				t.Fatalf("%s: part %d goes from %v to %v, the one before ended at %v", name, i, p.From, p.To, at)
			}
			enc, err := Encode(nil, p)
			if err != nil || len(enc) > MaxBytes*3/4 {
				t.Fatalf("%s: part %d has %d bytes: %v", name, i, len(enc), err)
			}
			at, bytes = p.To, bytes+len(enc)
		}
		if n := len(parts); n < len(whole)/MaxBytes || n > 3*len(whole)/MaxBytes {
			t.Errorf("%s: %d bytes became %d parts", name, len(whole), n)
		}
		if d := cmp.Diff(r.Metrics, join(parts).Metrics); d != "" {
			t.Errorf("%s: %.2000s", name, d)
		}
		for _, again := range Cut(parts[1], MaxBytes) {
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
	for at := telemetry.MinTime; at < telemetry.MaxTime; at += telemetry.WindowYear.Nanos() / 2 {
		m.addYears([]int32{telemetry.YearOf(at)})
	}
	enc, err := Encode(nil, &Row{Source: "s", Metrics: []MetricRow{m}})
	if err != nil || len(enc) > 1024 || len(m.Years) < 470 {
		t.Errorf("%d years take %d bytes: %v", len(m.Years), len(enc), err)
	}
}

// TestPartsAreNamedWithinABound names more parts than there is room for.
func TestPartsAreNamedWithinABound(t *testing.T) {
	r := &Row{Source: "s", Form: Split}
	for i := range 3000 {
		r.NameParts(false, PlaceOf(telemetry.Metric(fmt.Sprintf("%04d", (i*7)%3000)+strings.Repeat("x",
			100)+fmt.Sprint(i))))
	}
	p, err := Encode(nil, r)
	if err != nil || len(p) > MaxPartsBytes+64 || len(r.Parts) < 500 {
		t.Fatalf("%d parts in %d bytes: %v", len(r.Parts), len(p), err)
	}
	n := len(r.Parts)
	if r.NameParts(true, r.Parts...) || r.NameParts(false, Place{}) || len(r.Parts) != n {
		t.Error("what was listed, or needs no listing, changed the list")
	}
	for i := range 3000 {
		r.NameParts(true, PlaceOf(telemetry.Metric(fmt.Sprintf("%04d", i)+strings.Repeat("y", 100))))
	}
	if len(r.Parts) < n {
		t.Errorf("a hint pushed others out: %d of %d are left", len(r.Parts), n)
	}
}
