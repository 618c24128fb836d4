package apitest

import (
	"context"
	"slices"
	"time"

	"tidemark/domain/analytics"
	"tidemark/domain/fault"
	"tidemark/domain/query"
	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

// Query answers from fields, as a store of one tenant.
type Query struct {
	Err        error
	Points     query.Points // Readings pages through it
	AllLatest  []query.Latest
	AllSeries  []query.SeriesInfo
	AllSources []query.SourceInfo
	Groups     []query.Group
	Unknown    []string
	Secondary  bool // of the claim of Readings

	Asked []any // the last question
}

var claim = readpath.Claim{AsOf: Now.Add(-time.Second), AsOfOne: Now, Mode: "normal", Region: "east"}

// Readings and the following implement service.Query.
func (f *Query) Readings(_ context.Context, t telemetry.Tenant, q query.ReadingsQuery) (query.ReadingsPage, error) {
	f.Asked = []any{t, q}
	p := query.ReadingsPage{Points: query.Points{Series: q.Series, Unit: f.Points.Unit, Others: f.Points.Others},
		Claim: claim}
	p.Claim.Secondary = f.Secondary
	for i, at := range f.Points.Times {
		if at < q.From || at >= q.To || q.After != nil && at <= *q.After {
			continue
		}
		if len(p.Times) == q.Limit {
			p.Next = &p.Times[q.Limit-1]
			break
		}
		p.Times = append(p.Times, at)
		p.Values = append(p.Values, f.Points.Values[i])
	}
	return p, f.Err
}

func (f *Query) Latest(_ context.Context, t telemetry.Tenant, sel query.Selector, after telemetry.Series,
	limit int) (query.LatestPage, error) {
	f.Asked = []any{t, sel}
	got, more := cut(f.AllLatest, func(l query.Latest) bool { return l.Series.Compare(after) > 0 }, limit)
	p := query.LatestPage{Latest: got, Claim: claim}
	if more {
		p.Next = &got[limit-1].Series
	}
	return p, f.Err
}

func (f *Query) Series(_ context.Context, t telemetry.Tenant, sel query.Selector, after telemetry.Series,
	limit int) (query.SeriesPage, error) {
	f.Asked = []any{t, sel}
	got, more := cut(f.AllSeries, func(s query.SeriesInfo) bool { return s.Series.Compare(after) > 0 }, limit)
	p := query.SeriesPage{Series: got, Claim: claim}
	if more {
		p.Next = &got[limit-1].Series
	}
	return p, f.Err
}

func (f *Query) Aggregates(_ context.Context, t telemetry.Tenant,
	q query.AggregatesQuery) (query.AggregatesPage, error) {
	f.Asked = []any{t, q}
	if _, err := analytics.NewPlan(q.Step, q.From, q.To, q.Funcs, analytics.MaxBuckets); err != nil {
		return query.AggregatesPage{}, fault.New(fault.Invalid, "query.aggregates", "%s", err)
	}
	return query.AggregatesPage{Groups: f.Groups, Unknown: f.Unknown, Claim: claim}, f.Err
}

func (f *Query) Sources(_ context.Context, t telemetry.Tenant, sel query.Selector, after *telemetry.Source,
	limit int) (query.SourcesPage, error) {
	f.Asked = []any{t, sel}
	got, more := cut(f.AllSources, func(s query.SourceInfo) bool { return after == nil || s.Source > *after }, limit)
	p := query.SourcesPage{Sources: got, Claim: claim}
	if more {
		p.Next = &got[limit-1].Source
	}
	return p, f.Err
}

func (f *Query) Source(_ context.Context, t telemetry.Tenant,
	name telemetry.Source) (query.SourceInfo, readpath.Claim, error) {
	f.Asked = []any{t, name}
	for _, s := range f.AllSources {
		if s.Source == name {
			return s, claim, f.Err
		}
	}
	return query.SourceInfo{}, claim, fault.New(fault.NotFound, "fake", "there is no source %q", name)
}

func (f *Query) Metrics(ctx context.Context, t telemetry.Tenant, of telemetry.Source, after telemetry.Metric,
	limit int) ([]telemetry.Metric, bool, error) {
	s, _, err := f.Source(ctx, t, of)
	got, more := cut(s.Metrics, func(m telemetry.Metric) bool { return m > after }, limit)
	return got, more, err
}

func (f *Query) Known(ctx context.Context, t telemetry.Tenant, of telemetry.Series) error {
	s, _, err := f.Source(ctx, t, of.Source)
	if err == nil && !slices.Contains(s.Metrics, of.Metric) {
		err = fault.New(fault.NotFound, "fake", "the source %q has no metric %q", of.Source, of.Metric)
	}
	return err
}
