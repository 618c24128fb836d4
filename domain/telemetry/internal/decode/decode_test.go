package decode_test

import (
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/internal/decode"
	"tidemark/domain/telemetry/readings"
)

// refFloat is the slow, readable reference: strconv without what ParseFloat does not take.
func refFloat(s string) (float64, bool) {
	if strings.ContainsAny(s, "xX_iInNpP") || strings.HasPrefix(s, "+") {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil || errors.Is(err, strconv.ErrRange)
}

func checkFloat(t interface{ Fatalf(string, ...any) }, s string) {
	want, ok := refFloat(s)
	got, form := decode.ParseFloat([]byte(s))
	if ok != (form != decode.NotNumber) || ok && math.Float64bits(got) != math.Float64bits(want) {
		t.Fatalf("%q: %v (form %d), want %v %v", s, got, form, want, ok)
	}
	if ok && (form == decode.Integer) == strings.ContainsAny(s, ".eE") {
		t.Fatalf("%q: form %d", s, form)
	}
}

func TestParseFloat(t *testing.T) {
	for _, s := range []string{"", "-", ".", "-.", "e1", "1e", "1e+", "1e-", ".e1", "0", "-0", "1", "007", "1.", ".5",
		"1.5e3", "1E-3", "1e+22", "1e23", "1e-22",
		"9007199254740992", "9007199254740993", "9007199254740992e22", "18446744073709551616", "0.30000000000000004",
		"1e400", "-1e400", "4.9e-324", "1e-400",
		"2.2250738585072011e-308", "179769313486231580793e289", "1e99999999999999999999", "0e99999999999", "1 ", " 1",
		"1x", "+1", "0x1p-2", "1_0", "inf", "NaN",
		"123456789012345678901234567890", "0.000000000000000000000000000001", "00000000000000000000001"} {
		checkFloat(t, s)
	}
}

func TestParseFloatLikeStrconv(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			f := rapid.Float64().Draw(t, "f")
			checkFloat(t, strconv.FormatFloat(f, rapid.SampledFrom([]byte("eg")).Draw(t, "fmt"), -1, 64))
		case 1:
			checkFloat(t, rapid.StringMatching(`-?[0-9]{0,20}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?`).Draw(t, "s"))
		case 2:
			checkFloat(t, rapid.StringMatching(`[-+.eE0-9]{0,8}`).Draw(t, "s"))
		}
	})
}

func FuzzParseFloat(f *testing.F) {
	f.Add("1.5e3")
	f.Add("-0.30000000000000004")
	f.Fuzz(func(t *testing.T, s string) { checkFloat(t, s) })
}

func TestExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`-?[1-9][0-9]{0,24}|-?(9007199254740[0-9]{3}|18014398509481[0-9]{3})`).Draw(t, "s")
		f, _ := decode.ParseFloat([]byte(s))
		want, _ := new(big.Int).SetString(s, 10)
		got, _ := big.NewFloat(f).Int(nil)
		if exact := decode.Exact([]byte(s), f); exact != (want.Cmp(got) == 0) {
			t.Fatalf("%s: exact %v", s, exact)
		}
	})
	if decode.Exact([]byte(strings.Repeat("9", 400)), math.Inf(1)) {
		t.Error("an infinity is exact")
	}
}

func TestParseInt(t *testing.T) {
	outcome := func(err error) decode.Outcome {
		switch {
		case err == nil:
			return decode.OK
		case errors.Is(err, strconv.ErrRange):
			return decode.OutRange
		}
		return decode.Syntax
	}
	for _, s := range []string{"", "-", "0", "-0", "7", "-7", "9223372036854775807", "9223372036854775808",
		"-9223372036854775808", "-9223372036854775809",
		"18446744073709551615", "18446744073709551616", "99999999999999999999999", "1x", "--1", "1_0"} {
		n, err := strconv.ParseInt(s, 10, 64)
		if got, out := decode.ParseInt([]byte(s)); out != outcome(err) || out == decode.OK && got != n {
			t.Errorf("ParseInt(%q) = %d, %d; want %d, %v", s, got, out, n, err)
		}
		u, err := strconv.ParseUint(s, 10, 64)
		if got, out := decode.ParseUint([]byte(s)); out != outcome(err) || out == decode.OK && got != u {
			t.Errorf("ParseUint(%q) = %d, %d; want %d, %v", s, got, out, u, err)
		}
	}
}

func TestRFC3339RoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ns := rapid.Int64().Draw(t, "ns")
		zone := time.FixedZone("", rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "minutes")*60)
		text := time.Unix(0, ns).In(zone).Format(time.RFC3339Nano)
		got, out := decode.ParseRFC3339([]byte(text))
		if near := ns < math.MinInt64+2e9 || ns > math.MaxInt64-2e9; !near && (out != decode.OK || got != ns) {
			t.Fatalf("%s: %d %d, want %d", text, got, out, ns)
		}
	})
}

func TestRFC3339Refused(t *testing.T) {
	for _, s := range []string{"", "2026-11-23", "2026-11-23T06:00Z", "2026-11-23 06:00:00Z", "2026-11-23T06:00:00",
		"2026-11-23T24:00:00Z",
		"2026-11-23T06:60:00Z", "2026-11-23T06:00:60Z", "2026-11-23T06:00:00.Z", "2026-11-23T06:00:00,5Z",
		"2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z",
		"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z",
		"2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00+0100",
		"2026-01-01T00:00:00.0000000001Z", "2026/01/01T00:00:00Z", "2026-01-01T00:00:00ZZ", "26-01-01T00:00:00Z",
		"2026-1-01T00:00:00Z"} {
		if ns, out := decode.ParseRFC3339([]byte(s)); out != decode.Syntax {
			t.Errorf("%q: %d, %d", s, ns, out)
		}
	}
	for s, want := range map[string]decode.Outcome{"0000-01-01T00:00:00Z": decode.OutRange,
		"9999-12-31T23:59:59Z": decode.OutRange,
		"2000-02-29T00:00:00Z": decode.OK, "2026-01-01T00:00:00.0000000010000Z": decode.OK,
		"2026-11-23t06:00:00z": decode.OK, "2026-11-23t06:00:00.5+01:00": decode.OK} {
		if _, out := decode.ParseRFC3339([]byte(s)); out != want {
			t.Errorf("%q: %d, want %d", s, out, want)
		}
	}
}

// What is RFC 3339 and not taken is named; what is none is not.
func TestUnsupportedTimes(t *testing.T) {
	for s, want := range map[string]string{"2016-12-31T23:59:60Z": "leap second",
		"2016-12-31t23:59:60.5z": "leap second", "2026-01-01T00:00:00.0000000001Z": "nanosecond",
		"2026-01-01T00:00:00.1234567891+01:00": "nanosecond", "2026-01-01 00:00:60": "leap second",
		"2026-01-01T00:00:00.1234567891": "nanosecond"} {
		if got := decode.Unsupported([]byte(s)); !strings.Contains(got, want) ||
			!strings.HasPrefix(got, "not supported: ") {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
	for _, s := range []string{"", "yesterday", "2026-13-01T00:00:60Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:00.Z",
		"2026-01-01T00:00:00.1234567891ZZ", "2026-01-01T00:00:61Z"} {
		if got := decode.Unsupported([]byte(s)); got != "" {
			t.Errorf("%q: %q", s, got)
		}
	}
}

func TestParseUnix(t *testing.T) {
	s := int64(time.Second)
	for _, c := range []struct {
		text string
		unit int64
		want int64
		out  decode.Outcome
	}{
		{"5", s, 5e9, decode.OK}, {"-5", s, -5e9, decode.OK},
		{"1700000000.123456789", s, 1700000000123456789, decode.OK}, {"1.0000000000", s, 1e9, decode.OK},
		{"1.0000000001", s, 0, decode.Syntax}, {"0.5", 1, 0, decode.Syntax}, {"1.5e3", 1, 1500, decode.OK},
		{"15e-1", s, 1500000000, decode.OK},
		{"1e18", 1, 1e18, decode.OK}, {"1e19", 1, 0, decode.OutRange},
		{"9223372036854775807", 1, math.MaxInt64, decode.OK}, {"9223372036854775808", 1, 0, decode.OutRange},
		{"9223372037", s, 0, decode.OutRange}, {"12345678901234567890123", 1, 0, decode.OutRange},
		{"0e99999999", 1, 0, decode.OK}, {"0e-99999999", 1, 0, decode.OK},
		{"1e-99999999", s, 0, decode.Syntax}, {"1e99999999", 1, 0, decode.OutRange}, {"x", 1, 0, decode.Syntax},
		{"", 1, 0, decode.Syntax}, {"1.5", 60e9, 90e9, decode.OK},
	} {
		got, out := decode.ParseUnix([]byte(c.text), c.unit)
		if out != c.out || got != c.want {
			t.Errorf("%q of %d ns: %d, %d; want %d, %d", c.text, c.unit, got, out, c.want, c.out)
		}
	}
}

func TestDictionaryForgetsWhatIsTooMuch(t *testing.T) {
	var d decode.Dictionary
	var b telemetry.Batch
	if !d.Begin(&b) {
		t.Fatal("the first request found entries")
	}
	long := strings.Repeat("x", 500)
	for i := range decode.MaxKept / 500 {
		if _, err := d.Source([]byte(long + strconv.Itoa(i))); err != nil {
			t.Fatal(err)
		}
	}
	if !d.Begin(&b) {
		t.Fatal("entries beyond the bound were kept")
	}
	if d.Begin(&b) {
		t.Fatal("entries within the bound were dropped")
	}
	s, err := d.Source([]byte("s"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := s.Series([]byte("m"))
	if err != nil {
		t.Fatal(err)
	}
	m.Add(1, 2)
	if len(b.Series) != 1 || b.Len() != 1 {
		t.Fatalf("%v", b)
	}
}

// A reading that gets another time afterwards is looked at again, although the times rose when they came.
func TestMovedReadingsMayOverwrite(t *testing.T) {
	var r decode.Rejections
	var d decode.Dictionary
	var b telemetry.Batch
	d.Begin(&b)
	s, _ := d.Source([]byte("s"))
	m, _ := s.Series([]byte("m"))
	for i := range 3 {
		m.Add(int64(i), float64(i))
	}
	d.Move(2, 2)
	if got := r.Result(&d); got.OverwrittenTotal != 0 {
		t.Fatalf("overwritten %+v", got.Overwritten)
	}
	d.Move(1, 2)
	d.Move(0, 2)
	if got := r.Result(&d); got.OverwrittenTotal != 2 || got.Overwritten[0].Earlier.Index != 0 ||
		got.Overwritten[1].Later.Index != 2 {
		t.Fatalf("overwritten %+v", got.Overwritten)
	}
}

func TestRejectionsAreCounted(t *testing.T) {
	var r decode.Rejections
	var d decode.Dictionary
	var b telemetry.Batch
	d.Begin(&b)
	s, _ := d.Source([]byte("s"))
	m, _ := s.Series([]byte("m"))
	for i := range 3 {
		m.Add(int64(i), 0)
	}
	for i := range readings.MaxListed {
		r.Add(i, 0, "x")
	}
	r.AddMany(0, 0, 0, "nothing")
	r.AddMany(7, 5, 0, "y")
	if got := r.Result(&d); got.Accepted != 3 || len(got.Rejected) != readings.MaxListed ||
		got.RejectedTotal != readings.MaxListed+7 {
		t.Fatalf("accepted %d, listed %d, counted %d", got.Accepted, len(got.Rejected), got.RejectedTotal)
	}
}

func TestExcerptIsShort(t *testing.T) {
	if got := decode.Excerpt([]byte(strings.Repeat("\x00", 1000))); len(got) > 40*4+5 {
		t.Errorf("%d bytes", len(got))
	}
}

func BenchmarkParseFloat(b *testing.B) {
	for _, s := range []string{"21.57", "0.30000000000000004"} {
		b.Run(s, func(b *testing.B) {
			in := []byte(s)
			b.ReportAllocs()
			for b.Loop() {
				decode.ParseFloat(in)
			}
		})
	}
}
