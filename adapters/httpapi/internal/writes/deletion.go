package writes

import (
	"context"
	"time"

	"tidemark/adapters/httpapi/schema"
	"tidemark/adapters/httpapi/service"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// deletedTogether is of how many metrics a deletion without a metric is written at once.
const deletedTogether = 5000

// deletion is a request to delete readings of a source on its way. It asks what is known of the source, journal and
// account alike: a deletion names its series, so one of a name that nobody ever wrote would put that name into the
// catalogue for ever. That is fault.NotFound.
type deletion struct {
	query    service.Query
	ingest   service.Ingest
	tenant   telemetry.Tenant
	options  ingest.Options
	source   telemetry.Source
	from, to int64
	body     schema.Deleted
	receipt  ingest.Receipt
}

// one deletes readings of one metric.
func (d *deletion) one(ctx context.Context, m telemetry.Metric) error {
	if err := d.query.Known(ctx, d.tenant, telemetry.Series{Source: d.source, Metric: m}); err != nil {
		return err
	}
	return d.write(ctx, []telemetry.Metric{m})
}

// all deletes readings of every metric that the source has, some thousand at once.
func (d *deletion) all(ctx context.Context) error {
	for after := telemetry.Metric(""); ; {
		metrics, more, err := d.query.Metrics(ctx, d.tenant, d.source, after, deletedTogether)
		if err == nil {
			err = d.write(ctx, metrics)
		}
		if err != nil {
			return d.inPart(err)
		}
		if !more {
			return nil
		}
		after = metrics[len(metrics)-1]
	}
}

// inPart says of an error that deletions of other metrics were stored before it, if they were.
func (d *deletion) inPart(err error) error {
	if len(d.receipt.Blocks) == 0 || fault.Is(err, fault.Indeterminate) {
		return err
	}
	return &fault.Error{Kind: fault.Indeterminate, Op: "httpapi.delete", Cause: err, RetryAfter: time.Second,
		Message: "the readings of some metrics were deleted and those of others were not: send it again"}
}

func (d *deletion) write(ctx context.Context, metrics []telemetry.Metric) error {
	var b telemetry.Batch
	for _, m := range metrics {
		of := telemetry.Series{Source: d.source, Metric: m}
		b.Deletions = append(b.Deletions, telemetry.Deletion{Series: of, From: d.from, To: d.to})
		if len(d.body.Metrics) < query.MaxListed {
			d.body.Metrics = append(d.body.Metrics, string(m))
		}
	}
	d.body.MetricTotal += len(metrics)
	receipt, err := d.ingest.Write(ctx, d.tenant, &b, d.options)
	d.receipt = d.receipt.With(receipt)
	return err
}
