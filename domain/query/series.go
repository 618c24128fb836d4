package query

import (
	"context"

	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

// SeriesPage is a page of series. Next is the series to continue after, nil on the last page.
type SeriesPage struct {
	Series []SeriesInfo
	Next   *telemetry.Series
	Claim  readpath.Claim
}

func (s asking) series(ctx context.Context, t telemetry.Tenant, sel Selector, after telemetry.Series,
	limit int) (SeriesPage, error) {
	got, err := s.pick(ctx, t, sel, after, limit)
	if err != nil {
		return SeriesPage{}, err
	}
	page := SeriesPage{Next: got.next, Claim: got.Claim(), Series: make([]SeriesInfo, len(got.picked))}
	err = got.Each(ctx, len(got.picked), func(ctx context.Context, i int) error {
		var err error
		page.Series[i], err = count(ctx, got.picked[i].Series)
		return err
	})
	return page, err
}

// count counts a series, from rollups wherever they may stand for the readings.
func count(ctx context.Context, s readpath.Series) (SeriesInfo, error) {
	out := SeriesInfo{Series: s.Series, Unit: s.Row.Unit, Others: s.Row.OtherUnits()}
	add := func(first, last int64, n int64) {
		if out.Count == 0 {
			out.First = first
		}
		out.Last = last
		out.Count += n
	}
	all := readpath.Span{From: telemetry.MinTime, To: telemetry.MaxTime,
		Rollups: func(telemetry.Window) bool { return true }}
	for l, err := range s.Leaves(ctx, all) {
		if err != nil {
			return out, err
		}
		if n := len(l.Times); n > 0 {
			add(l.Times[0], l.Times[n-1], int64(n))
		}
		if l.Rollup != nil {
			for i := range l.Rollup.Buckets {
				b := &l.Rollup.Buckets[i]
				add(b.First.Time, b.Last.Time, int64(b.Count))
			}
		}
	}
	return out, nil
}

func (s asking) known(ctx context.Context, t telemetry.Tenant, of telemetry.Series) error {
	q, err := s.reader.Open(ctx, t, of.Source)
	if err != nil {
		return err
	}
	source, err := q.Source(ctx, of.Source)
	if err != nil {
		return err
	}
	if _, known, err := source.Series(ctx, of.Metric); err != nil || known {
		return err
	}
	if err := fromJournal(q.Claim()); err != nil {
		return err
	}
	if _, err := named(ctx, q, source); err != nil {
		return err
	}
	return q.Missing("query.known", "the source %q has no metric %q: GET /v1/series?source=... lists those it has",
		of.Source, of.Metric)
}
