package chunks

import (
	"testing"

	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
)

// TestRowsOfWindows holds the strings that are stored, and that they come back and sort as their windows do.
func TestRowsOfWindows(t *testing.T) {
	for row, w := range map[string]telemetry.Window{
		"c180000035":         telemetry.YearWindow(0x35),
		"c57fffffff":         {Size: telemetry.WindowMinutes, Index: -1},
		"c68000000000000001": {Size: telemetry.WindowSeconds, Index: 1},
		"ca7ffffffffffffffe": {Size: telemetry.Window10us, Index: -2},
	} {
		if got := windowRow('c', w); got != row {
			t.Errorf("%v: %q, want %q", w, got, row)
		}
	}
	for _, row := range []string{"", "c", "x180000035", "c080000035", "cb8000000000000001", "c18000000000000035",
		"c680000001", "c18000003g", "C180000035", "c18000003A", "c1+0000035"} {
		if w, ok := WindowOfRow(row); ok {
			t.Errorf("%q is %v", row, w)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		size := telemetry.WindowSize(rapid.IntRange(int(telemetry.WindowYear), int(telemetry.WindowLeast)).
			Draw(t, "size"))
		of := func(name string) telemetry.Window {
			return telemetry.WindowOf(size, rapid.Int64Range(telemetry.MinTime, telemetry.MaxTime-1).Draw(t, name))
		}
		a, b := of("a"), of("b")
		if (windowRow('c', a) < windowRow('c', b)) != (a.Index < b.Index) {
			t.Fatalf("%v and %v sort differently", a, b)
		}
		if got, ok := WindowOfRow(windowRow('r', a)); !ok || got != a {
			t.Fatalf("%v comes back as %v, %v", a, got, ok)
		}
	})
}

// TestRowsOfParts holds that parts have rows of their own, in the order of places, before those of all sources.
func TestRowsOfParts(t *testing.T) {
	name := rapid.StringMatching(`[ -~é€]{1,4}`)
	place := rapid.Custom(func(t *rapid.T) sourcerow.Place {
		p := sourcerow.Place{Metric: telemetry.Metric(rapid.OneOf(name, rapid.Just("")).Draw(t, "metric"))}
		if rapid.Bool().Draw(t, "within") {
			p.Deletion = telemetry.DeletionAt{From: rapid.Int64().Draw(t, "from"), To: rapid.Int64().Draw(t, "to")}
			p.Deletion.Origin = telemetry.Origin{Stamp: telemetry.Stamp(rapid.Uint64Min(1).Draw(t, "stamp")),
				Writer: rapid.SampledFrom([]telemetry.Writer{"w1", "w2"}).Draw(t, "writer"),
				Number: telemetry.Number(rapid.Uint64().Draw(t, "number"))}
		}
		return p
	})
	rapid.Check(t, func(t *rapid.T) {
		s1, s2 := telemetry.Source(name.Draw(t, "one")), telemetry.Source(name.Draw(t, "other"))
		p1, p2 := place.Draw(t, "a"), place.Draw(t, "b")
		k1, k2 := SourcePartKey("t", s1, p1), SourcePartKey("t", s2, p2)
		if (k1 == k2) != (s1 == s2 && p1 == p2) {
			t.Fatalf("%q and %q of %v and %v", k1.Row, k2.Row, p1, p2)
		}
		if p1.Deletion.From >= 0 && p2.Deletion.From >= 0 && p1.Deletion.To >= 0 && p2.Deletion.To >= 0 {
			if a, b := SourcePartKey("t", s1, p1), SourcePartKey("t", s1, p2); (a.Row < b.Row) != (p1.Compare(p2) < 0) {
				t.Fatalf("%q and %q sort differently from %v and %v", a.Row, b.Row, p1, p2)
			}
		}
		all := Sources("t", "")
		if k1.Row >= all.From || string(s1) < all.From || SourceKey("t", s1).Partition != all.Partition ||
			all.Partition != k1.Partition {
			t.Fatalf("sources begin at %q, a part stands at %q", all.From, k1.Row)
		}
	})
}
