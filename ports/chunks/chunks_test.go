package chunks

import (
	"testing"

	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
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
	for _, row := range []string{"", "c", "x180000035", "c080000035", "cb8000000000000001", "c18000000000000035", "c680000001", "c18000003g", "C180000035", "c18000003A", "c1+0000035"} {
		if w, ok := WindowOfRow(row); ok {
			t.Errorf("%q is %v", row, w)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		size := telemetry.WindowSize(rapid.IntRange(int(telemetry.WindowYear), int(telemetry.WindowLeast)).Draw(t, "size"))
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
