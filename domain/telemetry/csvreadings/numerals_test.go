package csvreadings_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tidemark/domain/telemetry/readings"
)

// german is a file as programs of many countries write it.
const german = "time;source;temp (C);ok\n2026-01-01;roof;21,5;1\n2026-01-02;roof;-0,25;true\n2026-01-03;roof;+7;0\n" +
	"2026-01-04;roof;1,5e3;0\n"

// Decimal commas are read where they are said, and never guessed.
func TestDecimalCommas(t *testing.T) {
	comma := readings.Options{DecimalComma: true}
	b, r, why := decoded(german, comma)
	want := []string{"roof|temp|C|2026-01-01T00:00:00Z|21.5", "roof|ok||2026-01-01T00:00:00Z|1",
		"roof|temp|C|2026-01-02T00:00:00Z|-0.25", "roof|ok||2026-01-02T00:00:00Z|1",
		"roof|temp|C|2026-01-03T00:00:00Z|7", "roof|ok||2026-01-03T00:00:00Z|0",
		"roof|temp|C|2026-01-04T00:00:00Z|1500", "roof|ok||2026-01-04T00:00:00Z|0"}
	if diff := cmp.Diff(want, show(b)); diff != "" || why != "" || r.RejectedTotal != 0 || r.Skipped != nil {
		t.Errorf("%q, %+v (-want +got):\n%s", why, r, diff)
	}
	if _, r, _ := decoded(german, readings.Options{}); r.RejectedTotal != 3 || r.Accepted != 5 {
		t.Errorf("not said: %+v", r)
	}
	for in, want := range map[string]string{
		"time,source,metric,value\n2026-01-01,roof,temp,\"21,5\"\n": "roof|temp||2026-01-01T00:00:00Z|21.5",
		"time\tsource\ttemp\n1767225600,25\troof\t3,0\n":            "roof|temp||2026-01-01T00:00:00.25Z|3",
		"time;source;temp\n2026-01-01T00:00:00.5Z;roof;,5\n":        "roof|temp||2026-01-01T00:00:00.5Z|0.5",
	} {
		o := comma
		o.DefaultPrecision = readings.Second
		if b, r, why := decoded(in, o); why != "" || r.RejectedTotal != 0 || cmp.Diff([]string{want}, show(b)) != "" {
			t.Errorf("%q: %v, %+v, %q", in, show(b), r, why)
		}
	}
}

// Points in numbers whose decimals have a comma may be of thousands or of decimals: they are refused by name, with
// what to write.
func TestPointsBesideDecimalCommas(t *testing.T) {
	for cell, want := range map[string]string{
		"1.234,5":     `"1.234,5" is no number; marks between thousands are not read: write 1234,5`,
		"1.234.567,8": "marks between thousands are not read: write 1234567,8",
		"1.234.567":   "marks between thousands are not read: write 1234567",
		"1.234": "write 1,234 if it has a decimal point, or else 1234; if all decimals of the file have a " +
			"point, leave ",
		"21.5": "it has a decimal point, and decimals have a comma: write 21,5; if all decimals of the file have a " +
			"point, leave decimal_comma (import: --decimal-comma) out",
		"1,234.5": "marks between thousands are not read, and decimals have a comma: write 1234,5",
		"1,2,3":   "write digits and a decimal comma alone, as in 1234,5",
		"1 234,5": "write digits and a decimal comma alone, as in 1234,5",
		"21,5 C":  "write digits and a decimal comma alone",
	} {
		_, r, why := decoded("time;source;temp\n2026-01-01;roof;\""+cell+"\"\n2026-01-01;roof;1\n",
			readings.Options{DecimalComma: true})
		if why != "" || r.Accepted != 1 || len(r.Rejected) != 1 || !strings.Contains(r.Rejected[0].Reason, want) {
			t.Errorf("%s: %q, %+v, want %q", cell, why, r.Rejected, want)
		}
	}
}

// TestDecimalCommasInParts: what a column is does not depend on where a file is cut.
func TestDecimalCommasInParts(t *testing.T) {
	in := "time;source;a;b\n2026-01-01;s;n/a;x\n2026-01-02;s;1,5;y\n"
	s, all, why := surveyed(t, in, 1, readings.Options{DecimalComma: true})
	if names := s.Values([]byte(all[0].text)); why != "" || cmp.Diff([]string{"a"}, names) != "" {
		t.Errorf("%v, %q", names, why)
	}
}
