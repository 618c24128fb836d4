package httpapi

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"

	"tidemark/domain/analytics"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

type aggregatesInput struct {
	Selector
	Span
	Step    string `query:"step" required:"true" maxLength:"32" example:"1h" doc:"The width of the buckets: a number and ms, s, m (minutes), h, or of the calendar d, w, mo (months), y."`
	TZ      string `query:"tz" maxLength:"64" example:"Europe/Berlin" doc:"The zone (IANA) in which days, weeks, months and years begin, and the dates of from and to. Default: UTC."`
	Fn      string `query:"fn" maxLength:"512" default:"mean" example:"mean,p95" doc:"The functions: count, sum, mean, min, max, first, last, stddev, rate, median, and percentiles as p95 or p99.9."`
	Fill    string `query:"fill" enum:"none,previous,linear,zero" doc:"What stands in buckets without a reading. none (the default): they are absent. previous: the value of the bucket before, null until the first in the span that has one. linear: on the line between the buckets before and after, null outside of the first and the last. zero: 0. With previous, linear and zero count is 0 in them, because that is known."`
	GroupBy string `query:"group_by" maxLength:"512" example:"site" doc:"Names of labels, or source or metric, with commas between them: series that agree in them are one group. Default: every series is a group."`
}

// AggregatesBody is the aggregates of groups of series.
type AggregatesBody struct {
	Step      string           `json:"step" doc:"The width of the buckets."`
	Functions []string         `json:"functions" nullable:"false" doc:"The functions."`
	Groups    []AggregateGroup `json:"groups" nullable:"false" doc:"By key. A group without a reading in the span is absent."`
	Warnings  []string         `json:"warnings,omitempty" doc:"What may not be what was meant: a label of group_by that none of the series has. Absent when there is nothing, and in CSV."`
}

// AggregateGroup is one group: starts and each list of values run parallel.
type AggregateGroup struct {
	Key        map[string]string     `json:"key" doc:"What the group has in common: the labels of group_by, or source and metric."`
	Unit       string                `json:"unit,omitempty" doc:"The unit, when all series of the group have the same."`
	OtherUnits []string              `json:"other_units,omitempty" doc:"Other units that were said of it later. Its values were stored as they came: some of them may be in these units. Absent when there are none."`
	Starts     []string              `json:"starts" nullable:"false" doc:"The first moments of the buckets; without a fill only of those that hold a reading."`
	Values     map[string][]*float64 `json:"values" doc:"By function. null where there is no value, or none that a float64 holds."`
}

func (a *API) registerAggregates() {
	op := a.operation(http.MethodGet, "/v1/aggregates", "read-aggregates", "readings",
		"Aggregate readings in buckets of time",
		"Quantiles come from sketches with a relative error of 1 %; everything else is exact, rounded once. As CSV: "+
			"a column for each part of the key, start, and a column for each function.")
	headers := claimParams(false)
	headers[HeaderOthers] = othersParam
	answers[AggregatesBody](a, &op, http.StatusOK, "The aggregates", headers, typeCSV)
	a.fails(&op, 304, 400)
	handle(a, op, []string{typeJSON, typeCSV}, a.aggregates)
}

func (a *API) aggregates(ctx context.Context, in *aggregatesInput) (*reply, error) {
	q, err := in.parse(ctx, a)
	if err != nil {
		return nil, err
	}
	if formIn(ctx) == typeCSV {
		if err := distinctColumns(&q); err != nil {
			return nil, err
		}
	}
	got, err := a.deps.Query.Aggregates(ctx, callOf(ctx).tenant, q)
	if err != nil {
		return nil, err
	}
	out := &reply{contentType: formIn(ctx), conditional: true, claim: &got.Claim, pooled: takeBuffer()}
	if out.contentType == typeCSV {
		out.body = appendAggregatesCSV(*out.pooled, &q, got.Groups)
		sayOthers(out, othersOf(got.Groups))
	} else {
		out.body = appendAggregates(*out.pooled, &q, &got)
	}
	return out, nil
}

// othersOf are the other units of all groups.
func othersOf(groups []query.Group) (units []string) {
	for _, g := range groups {
		units = append(units, g.Others...)
	}
	slices.Sort(units)
	return slices.Compact(units)
}

func (in *aggregatesInput) parse(ctx context.Context, a *API) (q query.AggregatesQuery, err error) {
	if q.Selector, err = in.Selector.parse(); err != nil {
		return q, err
	}
	loc, err := zone(in.TZ)
	if err != nil {
		return q, err
	}
	if q.From, q.To, err = in.bounds(ctx, a.deps.Clock, loc); err != nil {
		return q, err
	}
	if q.Step, err = analytics.ParseStep(in.Step, loc); err != nil {
		return q, invalidParam("query.step", err.Error())
	}
	if q.Funcs, err = analytics.ParseFuncs(in.Fn); err != nil {
		return q, invalidParam("query.fn", err.Error())
	}
	if q.Fill, err = analytics.ParseFill(in.Fill); err != nil {
		return q, invalidParam("query.fill", err.Error())
	}
	if in.GroupBy != "" {
		q.GroupBy = strings.Split(in.GroupBy, ",")
	}
	if len(q.GroupBy) > telemetry.MaxLabels {
		return q, invalidParam("query.group_by", fmt.Sprintf("it has %d names; give at most %d", len(q.GroupBy),
			telemetry.MaxLabels))
	}
	for i, name := range q.GroupBy {
		for _, other := range q.GroupBy[:i] {
			if name == other {
				return q, invalidParam("query.group_by", fmt.Sprintf("%.40q is given twice", name))
			}
		}
		if name == "" {
			return q, invalidParam("query.group_by", "a name is empty")
		}
	}
	return q, nil
}

// distinctColumns refuses a table in which a part of the key and another column have the same name.
func distinctColumns(q *query.AggregatesQuery) error {
	taken := []string{"start"}
	for _, f := range q.Funcs {
		taken = append(taken, f.String())
	}
	for _, name := range q.GroupBy {
		if slices.Contains(taken, name) {
			return invalidParam("query.group_by", fmt.Sprintf(
				"as CSV %.40q would be the name of two columns: ask for application/json in Accept", name))
		}
	}
	return nil
}

// appendAggregates appends an AggregatesBody.
func appendAggregates(b []byte, q *query.AggregatesQuery, page *query.AggregatesPage) []byte {
	b = append(b, `{"step":`...)
	b = appendString(b, q.Step.String())
	b = append(b, `,"functions":[`...)
	for i, f := range q.Funcs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, f.String())
	}
	b = append(b, `],"groups":[`...)
	for i := range page.Groups {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendGroup(b, q.Funcs, &page.Groups[i])
	}
	b = appendWarnings(append(b, ']'), page.Unknown)
	return append(b, '}', '\n')
}

// appendWarnings appends what is said of the labels that no series has.
func appendWarnings(b []byte, unknown []string) []byte {
	for i, name := range unknown {
		if i == 0 {
			b = append(b, `,"warnings":[`...)
		} else {
			b = append(b, ',')
		}
		b = appendString(b, fmt.Sprintf("group_by: none of the series has the label %q, so that its value is empty in "+
			"every key; GET /v1/sources lists labels", name))
	}
	if len(unknown) > 0 {
		b = append(b, ']')
	}
	return b
}

func appendGroup(b []byte, funcs []analytics.Func, g *query.Group) []byte {
	b = append(b, `{"key":{`...)
	for i, l := range g.Key {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, l.Name)
		b = append(b, ':')
		b = appendString(b, l.Value)
	}
	b = append(b, '}')
	b = appendMember(b, "unit", g.Unit)
	b = appendOthers(b, g.Others)
	b = append(b, `,"starts":[`...)
	var d dates
	for i, t := range g.Starts {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = d.append(b, t)
		b = append(b, '"')
	}
	b = append(b, `],"values":{`...)
	for i, f := range funcs {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, f.String())
		b = append(b, ':', '[')
		for j, v := range g.Columns[i] {
			if j > 0 {
				b = append(b, ',')
			}
			b = appendValue(b, v)
		}
		b = append(b, ']')
	}
	return append(b, '}', '}')
}

// appendValue appends a number, or null where JSON has none.
func appendValue(b []byte, v analytics.Value) []byte {
	if !v.Valid || math.IsInf(v.V, 0) || math.IsNaN(v.V) {
		return append(b, "null"...)
	}
	return appendFloat(b, v.V)
}

// appendAggregatesCSV appends a table: the names of the key come from the first group, because all groups have the
// same.
func appendAggregatesCSV(b []byte, q *query.AggregatesQuery, groups []query.Group) []byte {
	if len(groups) > 0 {
		for _, l := range groups[0].Key {
			b = append(appendCell(b, l.Name), ',')
		}
	}
	b = append(b, "start"...)
	for _, f := range q.Funcs {
		b = append(append(b, ','), f.String()...)
	}
	b = append(b, '\n')
	var d dates
	for i := range groups {
		g := &groups[i]
		var key []byte
		for _, l := range g.Key {
			key = append(appendCell(key, l.Value), ',')
		}
		for j, t := range g.Starts {
			b = append(b, key...)
			b = d.append(b, t)
			for k := range q.Funcs {
				b = append(b, ',')
				if v := g.Columns[k][j]; v.Valid && !math.IsInf(v.V, 0) {
					b = appendFloat(b, v.V)
				}
			}
			b = append(b, '\n')
		}
	}
	return b
}
