package query

import (
	"context"

	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

func (s asking) readings(ctx context.Context, t telemetry.Tenant, q ReadingsQuery) (ReadingsPage, error) {
	question, err := s.reader.Open(ctx, t, q.Series.Source)
	if err != nil {
		return ReadingsPage{}, err
	}
	of, err := find(ctx, question, q.Series)
	if err != nil {
		return ReadingsPage{}, err
	}
	span := readpath.Span{From: q.From, To: q.To}
	if q.After != nil {
		span.From = max(span.From, *q.After+1)
	}
	page := ReadingsPage{Claim: question.Claim(),
		Points: Points{Series: q.Series, Unit: of.Row.Unit, Others: of.Row.OtherUnits()}}
	for l, err := range of.Leaves(ctx, span) {
		if err != nil {
			return page, err
		}
		page.Times = append(page.Times, l.Times...)
		page.Values = append(page.Values, l.Values...)
		if len(page.Times) > q.Limit {
			page.Times, page.Values = page.Times[:q.Limit], page.Values[:q.Limit]
			next := page.Times[q.Limit-1]
			page.Next = &next
			break
		}
	}
	return page, nil
}

// find finds a series; fault.NotFound if nobody ever wrote it.
func find(ctx context.Context, q *readpath.Question, s telemetry.Series) (readpath.Series, error) {
	source, err := q.Source(ctx, s.Source)
	if err != nil {
		return readpath.Series{}, err
	}
	of, known, err := source.Series(ctx, s.Metric)
	if err == nil && !known {
		err = q.Missing("query.series",
			"there is no series with source %q and metric %q: GET /v1/series lists those there are", s.Source, s.Metric)
	}
	return of, err
}
