package query

import (
	"cmp"
	"context"

	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

// MaxListed is how many metrics the description of a source lists; a page of sources ends early when it lists ten
// times as many. GET /v1/series lists all.
const (
	MaxListed         = 1000
	maxListedTogether = 10 * MaxListed
)

// SourcesPage is a page of sources. Next is the name to continue after, nil on the last page.
type SourcesPage struct {
	Sources []SourceInfo
	Next    *telemetry.Source
	Claim   readpath.Claim
}

func (s asking) sources(ctx context.Context, t telemetry.Tenant, sel Selector, after *telemetry.Source,
	limit int) (SourcesPage, error) {
	q, err := s.reader.Open(ctx, t, "")
	if err != nil {
		return SourcesPage{}, err
	}
	page := SourcesPage{Claim: q.Claim()}
	from := telemetry.Source("")
	if after != nil {
		from = *after + "\x00" // the least name behind it
	}
	listed := 0
	for of, err := range q.Sources(ctx, from) {
		if err != nil {
			return page, err
		}
		labels, err := of.Labels(ctx)
		if err != nil {
			return page, err
		}
		if !sel.matches(labels) {
			continue
		}
		if n := len(page.Sources); n == limit || listed >= maxListedTogether {
			next := page.Sources[n-1].Source
			page.Next = &next
			break
		}
		info, err := describe(ctx, of)
		if err != nil {
			return page, err
		}
		listed += len(info.Metrics)
		page.Sources = append(page.Sources, info)
	}
	return page, nil
}

func (s asking) source(ctx context.Context, t telemetry.Tenant, name telemetry.Source) (SourceInfo, readpath.Claim,
	error) {
	q, err := s.reader.Open(ctx, t, name)
	if err != nil {
		return SourceInfo{}, readpath.Claim{}, err
	}
	of, err := q.Source(ctx, name)
	if err != nil {
		return SourceInfo{}, q.Claim(), err
	}
	info, err := named(ctx, q, of)
	return info, q.Claim(), err
}

// named is what is known of a source; fault.NotFound if nobody ever named it.
func named(ctx context.Context, q *readpath.Question, of *readpath.Source) (SourceInfo, error) {
	described, err := of.Described(ctx)
	if err != nil {
		return SourceInfo{}, err
	}
	info, err := describe(ctx, of)
	if err == nil && len(info.Metrics) == 0 && !described {
		return SourceInfo{}, q.Missing("query.source",
			"there is no source %q: GET /v1/sources lists those there are", of.Name())
	}
	return info, err
}

// describe describes a source, with at most MaxListed metrics.
func describe(ctx context.Context, s *readpath.Source) (SourceInfo, error) {
	info := SourceInfo{Source: s.Name()}
	var err error
	if info.Labels, err = s.Labels(ctx); err != nil {
		return info, err
	}
	for of, err := range s.AllSeries(ctx, "") {
		if err != nil {
			return info, err
		}
		if info.More = len(info.Metrics) == MaxListed; info.More {
			break
		}
		info.Metrics = append(info.Metrics, of.Metric)
	}
	return info, nil
}

func (s asking) metrics(ctx context.Context, t telemetry.Tenant, name telemetry.Source, after telemetry.Metric,
	limit int) (page []telemetry.Metric, more bool, err error) {
	if after == "" {
		_, claim, err := s.source(ctx, t, name)
		if err := cmp.Or(fromJournal(claim), err); err != nil {
			return nil, false, err
		}
	}
	behind := telemetry.Series{Source: name, Metric: after}
	got, err := s.pick(ctx, t, Selector{Source: name}, behind, limit)
	if err == nil {
		err = fromJournal(got.Claim())
	}
	for i := range got.picked {
		page = append(page, got.picked[i].Metric)
	}
	return page, got.next != nil, err
}
