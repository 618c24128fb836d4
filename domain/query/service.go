package query

import (
	"context"

	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
)

// Service answers questions. It is safe for concurrent use.
type Service struct{ reader *readpath.Reader }

// New makes a service over what reads.
func New(r *readpath.Reader) *Service { return &Service{r} }

// Readings gives a page of the readings of a series. fault.NotFound for a series that nobody ever wrote.
func (s *Service) Readings(ctx context.Context, t telemetry.Tenant, q ReadingsQuery) (ReadingsPage, error) {
	return again(ctx, s.reader, func(a asking) (ReadingsPage, error) { return a.readings(ctx, t, q) })
}

// Aggregates computes aggregates. fault.Invalid for a span, step or function that cannot be, and for more than
// MaxSelected series or MaxCells values. Series without a reading in the span have no group.
func (s *Service) Aggregates(ctx context.Context, t telemetry.Tenant, q AggregatesQuery) (AggregatesPage, error) {
	return again(ctx, s.reader, func(a asking) (AggregatesPage, error) { return a.aggregates(ctx, t, q) })
}

// Latest gives the last reading of each selected series that has one.
func (s *Service) Latest(ctx context.Context, t telemetry.Tenant, sel Selector, after telemetry.Series,
	limit int) (LatestPage, error) {
	return again(ctx, s.reader, func(a asking) (LatestPage, error) { return a.latest(ctx, t, sel, after, limit) })
}

// Series describes the selected series over all their time. A series whose readings were all deleted or have expired
// has count 0.
func (s *Service) Series(ctx context.Context, t telemetry.Tenant, sel Selector, after telemetry.Series,
	limit int) (SeriesPage, error) {
	return again(ctx, s.reader, func(a asking) (SeriesPage, error) { return a.series(ctx, t, sel, after, limit) })
}

// Known is fault.NotFound for a series that nobody ever wrote. While no journal can be read it is fault.Unavailable for
// one of which the account's rows say nothing.
func (s *Service) Known(ctx context.Context, t telemetry.Tenant, of telemetry.Series) error {
	_, err := again(ctx, s.reader, func(a asking) (struct{}, error) { return struct{}{}, a.known(ctx, t, of) })
	return err
}

// Sources lists the sources that match, by name, behind after (nil: from the beginning).
func (s *Service) Sources(ctx context.Context, t telemetry.Tenant, sel Selector, after *telemetry.Source,
	limit int) (SourcesPage, error) {
	return again(ctx, s.reader, func(a asking) (SourcesPage, error) { return a.sources(ctx, t, sel, after, limit) })
}

// Source describes one source; fault.NotFound if nobody ever named it.
func (s *Service) Source(ctx context.Context, t telemetry.Tenant, name telemetry.Source) (info SourceInfo,
	claim readpath.Claim, err error) {
	_, err = again(ctx, s.reader, func(a asking) (none struct{}, err error) {
		info, claim, err = a.source(ctx, t, name)
		return none, err
	})
	return info, claim, err
}

// Metrics lists the metrics of a source by name behind after ("": from the beginning), at most limit, for deletions
// that name none; more tells that there are others. fault.NotFound if nobody ever named the source, fault.Unavailable
// while no journal can be read: a metric that is left out would not be deleted.
func (s *Service) Metrics(ctx context.Context, t telemetry.Tenant, name telemetry.Source, after telemetry.Metric,
	limit int) (metrics []telemetry.Metric, more bool, err error) {
	_, err = again(ctx, s.reader, func(a asking) (none struct{}, err error) {
		metrics, more, err = a.metrics(ctx, t, name, after, limit)
		return none, err
	})
	return metrics, more, err
}
