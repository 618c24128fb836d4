package httpapi

import (
	"context"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"

	"tidemark/domain/analytics"
	"tidemark/domain/fault"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// The bounds of parameters.
const (
	DefaultReadings = 1_000   // readings of a page, when limit is not given
	MaxPageReadings = 100_000 // readings of a page
	DefaultItems    = 100     // sources, series, tasks of a page, when limit is not given
	MaxPageItems    = 1_000   // sources, series, tasks of a page
	MaxMatches      = 32      // conditions on labels
	defaultSpan     = 24 * time.Hour
)

// clock tells the time (Deps.Clock).
type clock = func(context.Context) time.Time

// Span is the parameters of a span of time. (Embedded inputs are exported because huma reads exported fields only.)
type Span struct {
	From      string `query:"from" maxLength:"64" example:"2026-11-23T00:00:00Z" doc:"The first moment: RFC 3339, a date (which is its first moment in UTC, or in tz where there is one), or a Unix number. Default: 24 hours before to."`
	To        string `query:"to" maxLength:"64" example:"2026-11-24T00:00:00Z" doc:"The end, which does not belong to the span: RFC 3339, a date, or a Unix number. Default: now."`
	Precision string `query:"precision" enum:"ns,us,ms,s,m,h" doc:"The unit of from and to when they are numbers. Default: ns, and then a number that would lie before 1971 is refused. One that with the precision that is named would lie in the first weeks of 1970, and with a larger one in the years 2000 to 2099, is refused, too."`
}

// bounds resolves the span. clock gives what to means when it is not given, and dates begin in loc. The error names
// everything that is wrong.
func (s *Span) bounds(ctx context.Context, clock clock, loc *time.Location) (from, to int64, err error) {
	p, err := readings.ParsePrecision(s.Precision)
	if err != nil {
		return 0, 0, invalidParam("query.precision", fault.Message(err))
	}
	var wrong []Violation
	if s.To == "" {
		to = clock(ctx).UnixNano()
	} else {
		var why string
		if to, why = parseTime(s.To, p, loc); why != "" {
			wrong = append(wrong, Violation{"query.to", why})
		}
	}
	from = max(to-int64(defaultSpan), telemetry.MinTime)
	if s.From != "" {
		var why string
		if from, why = parseTime(s.From, p, loc); why != "" {
			wrong = slices.Insert(wrong, 0, Violation{"query.from", why})
		}
	}
	if wrong != nil {
		return 0, 0, invalidParams(wrong...)
	}
	if from >= to {
		return 0, 0, invalidParam("query.from", fmt.Sprintf("the span is empty: %s is not before %s", textTime(from),
			textTime(to)))
	}
	return from, to, nil
}

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

// Selector is the parameters that pick series.
type Selector struct {
	Source string   `query:"source" maxLength:"512" doc:"The source; default: every one."`
	Metric string   `query:"metric" maxLength:"512" doc:"The metric; default: every one."`
	Label  []string `query:"label,explode" maxItems:"32" example:"[\"site=north\"]" doc:"A condition on a label of the source, name=value or name!=value, up to the first =; may be repeated, and all have to hold. A label that a source does not have counts as empty."`
}

func (s *Selector) parse() (query.Selector, error) {
	out := query.Selector{Source: telemetry.Source(s.Source), Metric: telemetry.Metric(s.Metric)}
	for _, l := range s.Label {
		m, err := parseMatch(l)
		if err != nil {
			return out, err
		}
		out.Labels = append(out.Labels, m)
	}
	return out, nil
}

func parseMatch(text string) (query.Match, error) {
	name, value, ok := strings.Cut(text, "=")
	m := query.Match{Name: name, Value: value}
	if before, not := strings.CutSuffix(name, "!"); not {
		m.Name, m.Not = before, true
	}
	if !ok || m.Name == "" {
		return m, invalidParam("query.label", fmt.Sprintf("%.40q is no condition: write name=value or name!=value",
			text))
	}
	return m, nil
}

// Page is the parameters of a list.
type Page struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"The most items of a page."`
	Cursor string `query:"cursor" maxLength:"8192" doc:"The next of the page before, with the same other parameters."`
}

// name checks a source or metric that a parameter gives.
func checkName(location, what, s string) error {
	if err := telemetry.CheckName(what, s); err != nil {
		return invalidParam(location, err.Error())
	}
	return nil
}
