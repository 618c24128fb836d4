package questions

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"tidemark/adapters/httpapi/internal/params"
	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/analytics"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

type aggregatesInput struct {
	params.Selector
	params.Span
	Step    string `query:"step" required:"true" maxLength:"32" example:"1h" doc:"The width of the buckets: a number and ms, s, m (minutes), h, or of the calendar d, w, mo (months), y."`
	TZ      string `query:"tz" maxLength:"64" example:"Europe/Berlin" doc:"The zone (IANA) in which days, weeks, months and years begin, and the dates of from and to. Default: UTC."`
	Fn      string `query:"fn" maxLength:"512" default:"mean" example:"mean,p95" doc:"The functions: count, sum, mean, min, max, first, last, stddev, rate, median, and percentiles as p95 or p99.9."`
	Fill    string `query:"fill" enum:"none,previous,linear,zero" doc:"What stands in buckets without a reading. none (the default): they are absent. previous: the value of the bucket before, null until the first in the span that has one. linear: on the line between the buckets before and after, null outside of the first and the last. zero: 0. With previous, linear and zero count is 0 in them, because that is known."`
	GroupBy string `query:"group_by" maxLength:"512" example:"site" doc:"Names of labels, or source or metric, with commas between them: series that agree in them are one group. Default: every series is a group."`
}

func (in *aggregatesInput) parse(ctx context.Context, now params.Clock) (q query.AggregatesQuery, err error) {
	if q.Selector, err = in.Selector.Parse(); err != nil {
		return q, err
	}
	loc, err := params.Zone(in.TZ)
	if err != nil {
		return q, err
	}
	if q.From, q.To, err = in.Bounds(ctx, now, loc); err != nil {
		return q, err
	}
	if q.Step, err = analytics.ParseStep(in.Step, loc); err != nil {
		return q, problem.Param("query.step", err.Error())
	}
	if q.Funcs, err = analytics.ParseFuncs(in.Fn); err != nil {
		return q, problem.Param("query.fn", err.Error())
	}
	if q.Fill, err = analytics.ParseFill(in.Fill); err != nil {
		return q, problem.Param("query.fill", err.Error())
	}
	q.GroupBy, err = groupBy(in.GroupBy)
	return q, err
}

// groupBy are the names of a list with commas; "" is none.
func groupBy(list string) ([]string, error) {
	if list == "" {
		return nil, nil
	}
	names := strings.Split(list, ",")
	if len(names) > telemetry.MaxLabels {
		return nil, problem.Param("query.group_by", fmt.Sprintf("it has %d names; give at most %d", len(names),
			telemetry.MaxLabels))
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, problem.Param("query.group_by", fmt.Sprintf("%.40q is given twice", name))
		}
		if name == "" {
			return nil, problem.Param("query.group_by", "a name is empty")
		}
	}
	return names, nil
}

// distinctColumns refuses a table in which a part of the key and another column have the same name.
func distinctColumns(q *query.AggregatesQuery) error {
	taken := []string{"start"}
	for _, f := range q.Funcs {
		taken = append(taken, f.String())
	}
	for _, name := range q.GroupBy {
		if slices.Contains(taken, name) {
			return problem.Param("query.group_by", fmt.Sprintf(
				"as CSV %.40q would be the name of two columns: ask for application/json in Accept", name))
		}
	}
	return nil
}
