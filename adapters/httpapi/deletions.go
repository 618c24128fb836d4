package httpapi

import (
	"context"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
)

// Deleted is the body of an accepted deletion.
type Deleted struct {
	Source      string   `json:"source" doc:"The source."`
	Metrics     []string `json:"metrics" nullable:"false" doc:"Of which metrics, by name: the first 1,000 of them."`
	MetricTotal int      `json:"metric_total" minimum:"0" doc:"Of how many metrics readings were deleted."`
	From        string   `json:"from" format:"date-time" doc:"The first moment deleted."`
	To          string   `json:"to" format:"date-time" doc:"The end, which is not deleted."`
	Acknowledgement
}

// deletedTogether is of how many metrics a deletion without a metric is written at once.
const deletedTogether = 5000

func (a *API) deleteReadings(ctx context.Context, in *deleteInput) (*reply, error) {
	c := callOf(ctx)
	o, err := in.options()
	if err != nil {
		return nil, err
	}
	s := Span{From: in.From, To: in.To, Precision: in.Precision}
	from, to, err := s.bounds(ctx, a.deps.Clock, time.UTC)
	if err != nil {
		return nil, err
	}
	if err := checkName("query.source", "source", in.Source); err != nil {
		return nil, err
	}
	if in.Metric != "" {
		if err := checkName("query.metric", "metric", in.Metric); err != nil {
			return nil, err
		}
	}
	d := deletion{api: a, tenant: c.tenant, options: o, source: telemetry.Source(in.Source), from: from, to: to}
	d.body = Deleted{Source: in.Source, Metrics: []string{}, From: textTime(from), To: textTime(to)}
	if in.Metric != "" {
		err = d.one(ctx, telemetry.Metric(in.Metric))
	} else {
		err = d.all(ctx)
	}
	if err != nil {
		return nil, perhaps(err, d.receipt)
	}
	d.body.Acknowledgement = acknowledged(d.receipt)
	return stamped(d.body, d.receipt)
}

// deletion is a request to delete readings of a source on its way. It asks what is known of the source, journal and
// account alike: a deletion names its series, so one of a name that nobody ever wrote would put that name into the
// catalogue for ever. That is fault.NotFound.
type deletion struct {
	api      *API
	tenant   telemetry.Tenant
	options  ingest.Options
	source   telemetry.Source
	from, to int64
	body     Deleted
	receipt  ingest.Receipt
}

// one deletes readings of one metric.
func (d *deletion) one(ctx context.Context, m telemetry.Metric) error {
	known, err := d.api.deps.Query.HasSeries(ctx, d.tenant, telemetry.Series{Source: d.source, Metric: m})
	if err != nil {
		return err
	}
	if !known {
		if _, _, err := d.api.deps.Query.Metrics(ctx, d.tenant, d.source, "", 1); err != nil {
			return err
		}
		return fault.New(fault.NotFound, "httpapi.delete",
			"the source %q has no metric %q: GET /v1/series?source=... lists those it has", d.source, m)
	}
	return d.write(ctx, []telemetry.Metric{m})
}

// all deletes readings of every metric that the source has, some thousand at once.
func (d *deletion) all(ctx context.Context) error {
	for after := telemetry.Metric(""); ; {
		metrics, more, err := d.api.deps.Query.Metrics(ctx, d.tenant, d.source, after, deletedTogether)
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
	receipt, err := d.api.deps.Ingest.Write(ctx, d.tenant, &b, d.options)
	d.receipt = d.receipt.With(receipt)
	return err
}
