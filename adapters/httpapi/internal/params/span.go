// Package params is the parameters that several operations have: spans of time, selectors of series, names and
// zones. An error names the parameter, what is wrong and what to write.
package params

import (
	"context"
	"fmt"
	"slices"
	"time"

	"tidemark/adapters/httpapi/internal/encode"
	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/adapters/httpapi/schema"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// defaultSpan is the length of a span without a beginning.
const defaultSpan = 24 * time.Hour

// Clock tells the time where readings are kept.
type Clock = func(context.Context) time.Time

// Span is the parameters of a span of time. Embedded inputs are exported because huma reads exported fields only.
// Times are texts, because huma's time.Time is RFC 3339 and nothing else.
type Span struct {
	From      string `query:"from" maxLength:"64" example:"2026-11-23T00:00:00Z" doc:"The first moment: RFC 3339, a date (which is its first moment in UTC, or in tz where there is one), or a Unix number. Default: 24 hours before to."`
	To        string `query:"to" maxLength:"64" example:"2026-11-24T00:00:00Z" doc:"The end, which does not belong to the span: RFC 3339, a date, or a Unix number. Default: now."`
	Precision string `query:"precision" enum:"ns,us,ms,s,m,h" doc:"The unit of from and to when they are numbers. Default: ns, and then a number that would lie before 1971 is refused. One that with the precision that is named would lie in the first weeks of 1970, and with a larger one in the years 2000 to 2099, is refused, too."`
}

// Bounds resolves the span. now gives what to means when it is not given, and dates begin in loc. The error names
// everything that is wrong.
func (s *Span) Bounds(ctx context.Context, now Clock, loc *time.Location) (from, to int64, err error) {
	p, err := readings.ParsePrecision(s.Precision)
	if err != nil {
		return 0, 0, problem.Param("query.precision", fault.Message(err))
	}
	var wrong []schema.Violation
	if s.To == "" {
		to = now(ctx).UnixNano()
	} else {
		var why string
		if to, why = parseTime(s.To, p, loc); why != "" {
			wrong = append(wrong, schema.Violation{Location: "query.to", Message: why})
		}
	}
	from = max(to-int64(defaultSpan), telemetry.MinTime)
	if s.From != "" {
		var why string
		if from, why = parseTime(s.From, p, loc); why != "" {
			wrong = slices.Insert(wrong, 0, schema.Violation{Location: "query.from", Message: why})
		}
	}
	if wrong != nil {
		return 0, 0, problem.Params(wrong...)
	}
	if from >= to {
		return 0, 0, problem.Param("query.from", fmt.Sprintf("the span is empty: %s is not before %s",
			encode.Time(from), encode.Time(to)))
	}
	return from, to, nil
}
