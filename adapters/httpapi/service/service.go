// Package service is what the API stands on: the use cases, as far as it calls them. Their errors are of
// domain/fault.
package service

import (
	"context"

	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/readpath"
	"tidemark/domain/status"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
)

// Ingest stores what requests bring. ingest.Service is one.
type Ingest interface {
	Write(ctx context.Context, t telemetry.Tenant, b *telemetry.Batch, o ingest.Options) (ingest.Receipt, error)
}

// Query answers questions. query.Service is one.
type Query interface {
	Readings(ctx context.Context, t telemetry.Tenant, q query.ReadingsQuery) (query.ReadingsPage, error)
	Latest(ctx context.Context, t telemetry.Tenant, sel query.Selector, after telemetry.Series,
		limit int) (query.LatestPage, error)
	Series(ctx context.Context, t telemetry.Tenant, sel query.Selector, after telemetry.Series,
		limit int) (query.SeriesPage, error)
	Aggregates(ctx context.Context, t telemetry.Tenant, q query.AggregatesQuery) (query.AggregatesPage, error)
	Sources(ctx context.Context, t telemetry.Tenant, sel query.Selector, after *telemetry.Source,
		limit int) (query.SourcesPage, error)
	Source(ctx context.Context, t telemetry.Tenant, name telemetry.Source) (query.SourceInfo, readpath.Claim, error)
	Metrics(ctx context.Context, t telemetry.Tenant, of telemetry.Source, after telemetry.Metric, limit int) (
		page []telemetry.Metric, more bool, err error)
	Known(ctx context.Context, t telemetry.Tenant, of telemetry.Series) error
}

// Tasks shows background work that failed, and drives it again. work.Service is one.
type Tasks interface {
	Task(ctx context.Context, t telemetry.Tenant, id string) (work.Task, error)
	Tasks(ctx context.Context, t telemetry.Tenant, after string, limit int) (work.TasksPage, error)
	Redrive(ctx context.Context, t telemetry.Tenant, id string) (work.Task, error)
}

// Status says how the node is. status.Service and Readiness together are one.
type Status interface {
	// Status is what GET /v1/status shows a tenant: how the service is, and the tenant's own figures.
	Status(ctx context.Context, t telemetry.Tenant) (status.Report, error)
	// Ready is nil while the node takes requests; it must be cheap, and does not ask the storage. Otherwise the
	// error's message says why.
	Ready(ctx context.Context) error
}
