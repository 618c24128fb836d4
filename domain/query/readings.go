package query

import (
	"context"

	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
)

// series finds a series; fault.NotFound if nobody ever wrote it.
func (v *view) series(ctx context.Context, s telemetry.Series) (sourcerow.MetricRow, error) {
	d, err := v.source(ctx, s.Source)
	if err != nil {
		return sourcerow.MetricRow{}, err
	}
	m, known, err := d.metric(ctx, s.Metric)
	if err == nil && !known {
		err = fault.New(fault.NotFound, "query.series",
			"there is no series with source %q and metric %q: GET /v1/series lists those there are", s.Source, s.Metric)
	}
	return m, err
}

// Readings gives a page of the readings of a series. fault.NotFound for a series that nobody ever wrote.
func (s *Service) Readings(ctx context.Context, t telemetry.Tenant, q ReadingsQuery) (ReadingsPage, error) {
	v, err := s.open(ctx, t, &q.Series.Source)
	if err != nil {
		return ReadingsPage{}, err
	}
	row, err := v.series(ctx, q.Series)
	if err != nil {
		return ReadingsPage{}, err
	}
	from := q.From
	if q.After != nil {
		from = max(from, *q.After+1)
	}
	page := ReadingsPage{Points: Points{Series: q.Series, Unit: row.Unit, Others: row.OtherUnits()}, Claim: v.claim}
	w, err := v.walk(q.Series, row, from, q.To)
	if err != nil {
		return page, err
	}
	err = w.visit(ctx, func(l leaf) (bool, error) {
		page.Times = append(page.Times, l.times...)
		page.Values = append(page.Values, l.values...)
		return len(page.Times) <= q.Limit, nil
	})
	if err == nil && len(page.Times) > q.Limit {
		page.Times, page.Values = page.Times[:q.Limit], page.Values[:q.Limit]
		next := page.Times[q.Limit-1]
		page.Next = &next
	}
	return page, err
}

// latest is the last reading of a series, false if it has none left.
func (v *view) latest(ctx context.Context, series telemetry.Series, row sourcerow.MetricRow) (Latest, bool, error) {
	out := Latest{Series: series, Unit: row.Unit, Others: row.OtherUnits()}
	w, err := v.walk(series, row, telemetry.MinTime, telemetry.MaxTime)
	if err != nil {
		return out, false, err
	}
	w.reverse = true
	found := false
	err = w.visit(ctx, func(l leaf) (bool, error) {
		if n := len(l.times); n > 0 {
			out.Time, out.Value, found = l.times[n-1], l.values[n-1], true
		}
		return !found, nil
	})
	return out, found, err
}
