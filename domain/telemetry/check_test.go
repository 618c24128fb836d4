package telemetry

import (
	"math"
	"strings"
	"testing"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestCheckNameIsTheSlowCheck(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(rapid.String(), rapid.StringN(500, 520, -1),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(p []byte) string { return string(p) })).Draw(t, "s")
		n := len(utf16.Encode([]rune(s)))
		good := utf8.ValidString(s) && n >= 1 && n <= MaxNameUnits && !strings.ContainsFunc(s, unicode.IsControl)
		if err := CheckName("source", s); (err == nil) != good {
			t.Fatalf("good is %v, error is %v", good, err)
		}
	})
}

func TestChecks(t *testing.T) {
	labels := func(names ...string) (ls []Label) {
		for _, n := range names {
			ls = append(ls, Label{n, "v"})
		}
		return ls
	}
	for _, c := range []struct {
		name string
		err  error
		want string // a part of the message; "" is no error
	}{
		{"replacement character", CheckName("source", "a\uFFFDb"), ""},
		{"half a rune", CheckName("source", "a\xffb"), "the source is not valid UTF-8 at byte 1"},
		{"empty", CheckName("metric", ""), "the metric is empty"},
		{"new line", CheckName("metric", "a\nb"), "control character U+000A"},
		{"next line", CheckName("metric", "a\u0085b"), "control character U+0085"},
		{"surrogate pairs count two", CheckName("source", strings.Repeat("😀", 257)),
			"514 UTF-16 units; shorten it to 512"},
		{"long name of letters", CheckName("source", strings.Repeat("a", 512)), ""},
		{"unit unsaid", CheckUnit(""), ""},
		{"unit too long", CheckUnit(strings.Repeat("m", 65)), "shorten it to 64"},
		{"labels", CheckLabels(labels("a", "b")), ""},
		{"labels twice", CheckLabels(labels("a", "a")), "given twice"},
		{"labels out of order", CheckLabels(labels("b", "a")), "sort labels by name"},
		{"too many labels", CheckLabels(make([]Label, 33)), "send at most 32"},
		{"label without name", CheckLabels([]Label{{"", "v"}}), "the label name is empty"},
		{"label value", CheckLabels([]Label{{"a", "\x00"}}),
			`label "a": the value of a label has the control character`},
		{"label without value", CheckLabels([]Label{{"a", ""}}), ""},
		{"first time", CheckTime(MinTime), ""},
		{"before the first time", CheckTime(MinTime - 1), "lies outside 1700 to 2200"},
		{"last time", CheckTime(MaxTime - 1), ""},
		{"after the last time", CheckTime(MaxTime), "check the unit"},
		{"value", CheckValue(-math.MaxFloat64), ""},
		{"not a number", CheckValue(math.NaN()), "NaN is not a finite number"},
		{"infinity", CheckValue(math.Inf(-1)), "-Inf is not a finite number"},
	} {
		t.Run(c.name, func(t *testing.T) {
			switch {
			case c.want == "" && c.err != nil:
				t.Error(c.err)
			case c.want != "" && (c.err == nil || !strings.Contains(c.err.Error(), c.want)):
				t.Errorf("error %v, expected one with %q", c.err, c.want)
			}
		})
	}
}

func TestChecksDoNotAllocate(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		if CheckName("source", "höuse/1") != nil || CheckTime(testStart) != nil || CheckValue(1) != nil {
			t.Error("refused")
		}
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// TestShardOf freezes where sources lie.
func TestShardOf(t *testing.T) {
	for _, c := range []struct {
		source Source
		shards int
		want   uint16
	}{
		{"house/1", 1, 0}, {"house/1", 0, 0}, {"", 7, 3}, {"house/1", 7, 1}, {"house/2", 7, 1}, {"höhe", 16, 10},
		{"mast", 65536, 21702},
	} {
		if got := ShardOf(c.source, c.shards); got != c.want {
			t.Errorf("ShardOf(%q, %d) = %d, expected %d", c.source, c.shards, got, c.want)
		}
	}
	var of [8]int
	for i := range 8000 {
		of[ShardOf(Source(strings.Repeat("x", i%9)+string(rune('a'+i%26))+strings.Repeat("y", i/26)), 8)]++
	}
	for i, n := range of {
		if n < 800 || n > 1200 {
			t.Errorf("shard %d has %d of 8000 sources", i, n)
		}
	}
}
