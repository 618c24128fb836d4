package params

import (
	"math/big"
	"regexp"
	"strings"
	"time"

	"tidemark/domain/analytics"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// parseTime reads RFC 3339, a date or a number of units, or says what is wrong.
func parseTime(text string, p readings.Precision, loc *time.Location) (int64, string) {
	ns, ok := parseUnix(text, p)
	switch {
	case ok && ns >= telemetry.MinTime && p.Doubts(ns):
		return 0, readings.Doubt(text, ns)
	case ok && p.Misnamed([]int64{ns}) != "":
		return 0, p.Misnamed([]int64{ns})
	case !ok:
		t, err := parseDate(text, loc)
		if err != nil {
			t, err = time.Parse(time.RFC3339Nano, strings.ToUpper(text))
		}
		switch {
		case err != nil && leapSecond.MatchString(text):
			return 0, "leap seconds are not supported: write the second before or after it"
		case err != nil:
			return 0, "write RFC 3339, as in 2026-11-23T06:00:00Z, a date, as in 2026-11-23, or a Unix number (a + " +
				"in a URL is %2B)"
		case t.Year() < 1700 || t.Year() > 2200:
			return 0, outside
		}
		ns = t.UnixNano()
	}
	if ns < telemetry.MinTime || ns > telemetry.MaxTime {
		return 0, outside
	}
	return ns, ""
}

// leapSecond is RFC 3339 of a second that the clocks of computers do not have.
var leapSecond = regexp.MustCompile(`^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:60`)

// parseDate is the first moment of a date. In some zones it is not midnight.
func parseDate(text string, loc *time.Location) (time.Time, error) {
	noon, err := time.ParseInLocation(time.DateOnly+" 15", text+" 12", loc)
	if err != nil || noon.Year() < 1700 || noon.Year() > 2200 {
		return noon, err
	}
	day, err := analytics.ParseStep("1d", loc)
	return time.Unix(0, day.Floor(noon.UnixNano())), err
}

const outside = "it lies outside of the years 1700 to 2199: check precision"

// parseUnix reads a decimal number of units, exactly. What is out of range saturates.
func parseUnix(text string, p readings.Precision) (ns int64, ok bool) {
	if text == "" || len(text) > 40 || strings.Trim(text, "-0123456789.") != "" {
		return 0, false
	}
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		return 0, false
	}
	r.Mul(r, new(big.Rat).SetInt64(p.Nanos()))
	q := new(big.Int).Div(r.Num(), r.Denom())
	if !q.IsInt64() {
		return telemetry.MaxTime + 1, true
	}
	return q.Int64(), true
}
