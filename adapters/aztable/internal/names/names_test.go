package names

import (
	"regexp"
	"strings"
	"testing"

	"tidemark/domain/telemetry"
)

// TestTableNamesAreLegal checks the names against the service's rule, for the days that there can be, and that no two
// generations share one.
func TestTableNamesAreLegal(t *testing.T) {
	for n, want := range map[Of]string{"": "J202611", "GX": "GX202611"} {
		if got, ok := n.Period(telemetry.Day(20780)); !ok || got != want {
			t.Errorf("day 20780 is in %s, want %s", got, want)
		}
		if _, ok := n.Period(-1 << 31); ok {
			t.Error("a day six million years ago has a table")
		}
	}
	legal, seen := regexp.MustCompile("^G[A-Z0-9]{26}$"), map[Of]string{}
	for _, generation := range []string{"", "01KDVDNJ00", "01kdvdnj00", "01KDVDNJ0", "a,b", "J",
		strings.Repeat("x", 999)} {
		n := New(generation)
		day, _ := n.Period(20780)
		if !legal.MatchString(string(n)) || len(day) > 63 || seen[n] != "" || n.Registry() == day {
			t.Errorf("the tables of generation %q are called %s and %s; so are those of %q", generation, day,
				n.Registry(), seen[n])
		}
		seen[n] = "generation " + generation
	}
}
