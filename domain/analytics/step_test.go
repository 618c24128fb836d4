package analytics

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones without the machine's

	"pgregory.net/rapid"

	"tidemark/domain/telemetry"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func parseStep(t testing.TB, text string, z *time.Location) Step {
	t.Helper()
	s, err := ParseStep(text, z)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func nanos(t testing.TB, text string) int64 {
	t.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return v.UnixNano()
}

// What is written well and cannot be is told its range, not how to write it.
func TestStepsOutOfRangeSaySo(t *testing.T) {
	for _, text := range []string{"1000000000000h", "99999999999999999999s", "2562048h", "1h99999999999999999999m",
		"3661d", "99999999999999999999d", "1us"} {
		if _, err := ParseStep(text, nil); err == nil || !strings.Contains(err.Error(), "between") {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"1x", "h", "1h1", "one hour", ".h"} {
		if _, err := ParseStep(text, nil); err == nil || !strings.Contains(err.Error(), "write a number and ms") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// The boundaries of spans in which something happens to the calendar, in the zone's own time.
func TestBounds(t *testing.T) {
	for _, c := range []struct{ name, step, zone, from, to, want string }{
		{"quarters of an hour", "15m", "UTC", "2026-01-01T00:07:00Z", "2026-01-01T00:30:00Z",
			"01-01T00:00Z 01-01T00:15Z 01-01T00:30Z"},
		{"before 1970", "1h", "UTC", "1969-12-31T22:30:00Z", "1970-01-01T00:30:00Z",
			"12-31T22:00Z 12-31T23:00Z 01-01T00:00Z 01-01T01:00Z"},
		{"spring, 23 hours", "1d", "Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-30T12:00:00Z",
			"03-28T00:00+01:00 03-29T00:00+01:00 03-30T00:00+02:00 03-31T00:00+02:00"},
		{"autumn, 25 hours", "1d", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z",
			"10-25T00:00+02:00 10-26T00:00+01:00"},
		{"no midnight", "1d", "America/Sao_Paulo", "2018-11-03T12:00:00Z", "2018-11-04T12:00:00Z",
			"11-03T00:00-03:00 11-04T01:00-02:00 11-05T00:00-02:00"},
		{"two midnights", "1d", "America/Havana", "2026-10-31T12:00:00Z", "2026-11-01T12:00:00Z",
			"10-31T00:00-04:00 11-01T00:00-04:00 11-02T00:00-05:00"},
		{"back over midnight", "1d", "America/St_Johns", "2010-11-06T12:00:00Z", "2010-11-07T12:00:00Z",
			"11-06T00:00-02:30 11-07T00:00-02:30 11-08T00:00-03:30"},
		{"a day left out", "1d", "Pacific/Apia", "2011-12-29T12:00:00Z", "2012-01-01T00:00:00Z",
			"12-29T00:00-10:00 12-31T00:00+14:00 01-01T00:00+14:00 01-02T00:00+14:00"},
		{"weeks begin on Monday", "1w", "UTC", "2026-11-20T00:00:00Z", "2026-11-23T00:00:01Z",
			"11-16T00:00Z 11-23T00:00Z 11-30T00:00Z"},
		{"month ends", "1mo", "UTC", "2028-01-31T00:00:00Z", "2028-03-31T00:00:00Z",
			"01-01T00:00Z 02-01T00:00Z 03-01T00:00Z 04-01T00:00Z"},
		{"quarters", "3mo", "America/New_York", "2026-02-01T00:00:00Z", "2026-04-02T00:00:00Z",
			"01-01T00:00-05:00 04-01T00:00-04:00 07-01T00:00-04:00"},
		{"decades", "10y", "UTC", "2026-02-01T00:00:00Z", "2026-04-02T00:00:00Z", "01-01T00:00Z 01-01T00:00Z"},
		{"half an hour off", "1d", "Asia/Kolkata", "2026-05-05T00:00:00Z", "2026-05-05T12:00:00Z",
			"05-05T00:00+05:30 05-06T00:00+05:30"},
	} {
		z := zone(t, c.zone)
		bounds, err := parseStep(t, c.step, z).Bounds(nanos(t, c.from), nanos(t, c.to), 100)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := make([]string, len(bounds))
		for i, b := range bounds {
			got[i] = time.Unix(0, b).In(z).Format("01-02T15:04Z07:00")
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, strings.Join(got, " "), c.want)
		}
	}
}

var someZones = []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "America/Havana", "America/St_Johns",
	"Pacific/Apia", "Asia/Kolkata",
	"Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu", "Pacific/Kiritimati", "Antarctica/Troll"}

// Buckets tile the time axis: every moment is in the one bucket that Floor and Next say, seen from any moment in it.
func TestStepsTile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom(someZones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		text := rapid.SampledFrom([]string{"1d", "2d", "5d", "1w", "3w", "1mo", "2mo", "5mo", "1y", "7y", "15m", "1h",
			"7h"}).Draw(t, "step")
		s, err := ParseStep(text, z)
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.Int64Range(telemetry.MinTime, telemetry.MaxTime-1).Draw(t, "time")
		start, end := s.Floor(at), s.Next(at)
		if start > at || at >= end {
			t.Fatalf("%d is not in [%d, %d)", at, start, end)
		}
		for _, other := range []int64{start, end - 1, start + (end-start)/3} {
			if s.Floor(other) != start || s.Next(other) != end {
				t.Fatalf("%d: [%d, %d), but %d: [%d, %d)", at, start, end, other, s.Floor(other), s.Next(other))
			}
		}
		if s.unit != fixed {
			if y, m, d := time.Unix(0, start).In(z).Date(); s.unit != day && s.unit != week &&
				(d != 1 || s.unit == year && m != 1) {
				t.Fatalf("a bucket starts on %d-%d-%d", y, m, d)
			}
		}
	})
}

// TestTheEndOfLeapYears looks at the last days of years, far beyond those whose changes of clocks are listed one by
// one.
func TestTheEndOfLeapYears(t *testing.T) {
	for _, name := range someZones {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"1d", "1w", "1mo", "1y"} {
			s, err := ParseStep(text, z)
			if err != nil {
				t.Fatal(err)
			}
			for y := 2020; y < 2199; y++ {
				last := time.Date(y, time.December, 31, 12, 0, 0, 0, z)
				start, next := time.Unix(0, s.Floor(last.UnixNano())).In(z), time.Unix(0, s.Next(last.UnixNano())).In(z)
				if start.After(last) || !next.After(last) || next.Hour() != 0 || text != "1w" && next.YearDay() != 1 {
					t.Errorf("%s, %s: the end of %d is in [%s, %s)", name, text, y, start, next)
				}
			}
		}
	}
}

func TestBoundsRefuses(t *testing.T) {
	hour := parseStep(t, "1h", nil)
	daily := parseStep(t, "1d", nil)
	const h = int64(time.Hour)
	for _, c := range []struct {
		name     string
		step     Step
		from, to int64
		limit    int
		tooMany  bool
		ok       bool
	}{
		{"as many as allowed", hour, 0, 10 * h, 10, false, true},
		{"one more", hour, 0, 10*h + 1, 10, true, false},
		{"as many days as allowed", daily, 0, 240 * h, 10, false, true},
		{"one day more", daily, 0, 240*h + 1, 10, true, false},
		{"milliseconds of centuries", parseStep(t, "1ms", nil), telemetry.MinTime, telemetry.MaxTime, MaxBuckets, true,
			false},
		{"empty", hour, h, h, 10, false, false},
		{"backwards", hour, h, 0, 10, false, false},
		{"too early", hour, telemetry.MinTime - 1, telemetry.MinTime + h, 10, false, false},
		{"too late", hour, telemetry.MaxTime - h, telemetry.MaxTime + 1, 10, false, false},
		{"up to the end", hour, telemetry.MaxTime - h, telemetry.MaxTime, 10, false, true},
		{"no step", Step{}, 0, h, 10, false, false},
	} {
		bounds, err := c.step.Bounds(c.from, c.to, c.limit)
		if (err == nil) != c.ok || errors.Is(err, ErrTooManyBuckets) != c.tooMany {
			t.Errorf("%s: %d boundaries, %v", c.name, len(bounds), err)
		}
		if err == nil && len(bounds)-1 > c.limit {
			t.Errorf("%s: %d buckets", c.name, len(bounds)-1)
		}
	}
}

func TestParseStep(t *testing.T) {
	for _, text := range []string{"500ms", "30s", "15m", "1h", "1h30m", "36h", "1m1s", "1d", "2w", "1mo", "12mo", "1y",
		"10y", "3660d"} {
		s, err := ParseStep(text, nil)
		if err != nil || s.String() != text || !s.Valid() {
			t.Errorf("%s: %s, %v", text, s, err)
		}
	}
	for _, text := range []string{"", "d", "0d", "-1d", "1.5d", "3661d", "11y", "121mo", "521w", "1M", "1ns", "0s",
		"-1h", "1", "1 d", "1d1h",
		"99999999999999999999d", "88000h", "1dd", "mo1"} {
		if s, err := ParseStep(text, nil); err == nil {
			t.Errorf("%q is a step: %s", text, s)
		}
	}
}

// Aligned agrees with looking at every boundary.
func TestAligned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z, err := time.LoadLocation(rapid.SampledFrom(someZones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		s, err := ParseStep(rapid.SampledFrom([]string{"1d", "1w", "1mo", "1y", "15m", "90m", "1h", "6h", "24h",
			"48h"}).Draw(t, "step"), z)
		if err != nil {
			t.Fatal(err)
		}
		size := rapid.SampledFrom([]int64{int64(time.Hour), 24 * int64(time.Hour)}).Draw(t, "size")
		quarter := 15 * int64(time.Minute)
		from := rapid.Int64Range(0, 300_000).Draw(t, "from") * 4 * quarter
		to := from + rapid.Int64Range(1, 3000).Draw(t,
			"span")*rapid.SampledFrom([]int64{quarter, 4 * quarter, 96 * quarter}).Draw(t, "unit")
		bounds, err := s.Bounds(from, to, 10*MaxBuckets)
		if err != nil {
			t.Fatal(err)
		}
		want := !slices.ContainsFunc(append(bounds, from, to),
			func(b int64) bool { return from <= b && b <= to && b%size != 0 })
		if got := Aligned(s, from, to, size); got != want {
			t.Fatalf("%v, want %v", got, want)
		}
	})
}
