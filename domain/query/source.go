package query

import (
	"context"
	"iter"

	"tidemark/domain/catalogue"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/ports/chunks"
)

// MaxListed is how many metrics the description of a source lists; a page of sources ends early when it lists ten
// times as many. GET /v1/series lists all.
const (
	MaxListed         = 1000
	maxListedTogether = 10 * MaxListed
)

// described is what is known of a source: its rows in the account and what the journal's blocks add. It has no
// metrics if nobody ever wrote one.
type described struct {
	v      *view
	src    *catalogue.Source
	blocks []*blockcodec.View
	first  *sourcerow.Row // the labels, once they were asked for
}

// source opens a source.
func (v *view) source(ctx context.Context, name telemetry.Source) (*described, error) {
	sv := v.shardOf(name)
	src, err := catalogue.Open(ctx, v.tenant, name, v.cachedRows(sv), v.s.rows.Get)
	if err != nil {
		return nil, err
	}
	d := &described{v: v, src: src, blocks: make([]*blockcodec.View, 0, len(sv.snap.Blocks))}
	for _, b := range sv.snap.Blocks {
		if b.View != nil && b.View.Header().Stamp > sv.floor {
			d.blocks = append(d.blocks, b.View)
		}
	}
	return d, nil
}

// cachedRows reads rows of the catalogue through the cache.
func (v *view) cachedRows(sv shardView) catalogue.Get {
	return func(ctx context.Context, k chunks.Key) (chunks.Row, error) {
		value, err := v.s.fetch(ctx, v, sv, k, 0)
		return chunks.Row{Key: k, Value: value}, err
	}
}

// rows yields what is known from a place on, a range after another.
func (d *described) rows(ctx context.Context, from sourcerow.Place) iter.Seq2[*sourcerow.Row, error] {
	return func(yield func(*sourcerow.Row, error) bool) {
		for p, err := range d.src.Parts(ctx, from) {
			if err != nil {
				yield(nil, err)
				return
			}
			row := p.Source
			if from.Compare(row.From) > 0 {
				row = row.Between(from, row.To)
			}
			if err := d.merge(row); err != nil || !yield(row, nil) {
				if err != nil {
					yield(nil, err)
				}
				return
			}
			from = row.To
		}
	}
}

func (d *described) merge(row *sourcerow.Row) error {
	for _, b := range d.blocks {
		if _, err := row.Merge(b); err != nil {
			return fault.Wrap(fault.Corrupt, "query.source", err)
		}
	}
	return nil
}

// labelled is the row of the source without its metrics.
func (d *described) labelled(ctx context.Context) (*sourcerow.Row, error) {
	if d.first != nil {
		return d.first, nil
	}
	p, err := d.src.Part(ctx, sourcerow.Place{})
	if err != nil {
		return nil, err
	}
	row := p.Source.Between(sourcerow.Place{}, sourcerow.After(""))
	if err := d.merge(row); err != nil {
		return nil, err
	}
	d.first = row
	return row, nil
}

// labels is the labels, sorted by name.
func (d *described) labels(ctx context.Context) ([]telemetry.Label, error) {
	row, err := d.labelled(ctx)
	if err != nil {
		return nil, err
	}
	return row.LabelSet(), nil
}

// metric is the row of one metric, and whether there is one.
func (d *described) metric(ctx context.Context, name telemetry.Metric) (m sourcerow.MetricRow, known bool, err error) {
	stored, known, err := d.src.Metric(ctx, name)
	if err != nil {
		return m, false, err
	}
	row := &sourcerow.Row{Tenant: d.v.tenant, Source: d.src.Name(), Form: sourcerow.Part}
	row.From, row.To = sourcerow.PlaceOf(name), sourcerow.After(name)
	if known {
		row.Metrics = []sourcerow.MetricRow{stored}
	}
	if err := d.merge(row); err != nil || len(row.Metrics) == 0 {
		return m, false, err
	}
	return row.Metrics[0], true, nil
}

// metrics yields the metrics from a place on, in order.
func (d *described) metrics(ctx context.Context, from sourcerow.Place) iter.Seq2[sourcerow.MetricRow, error] {
	return func(yield func(sourcerow.MetricRow, error) bool) {
		var open *sourcerow.MetricRow // goes on in the next row
		for row, err := range d.rows(ctx, from) {
			if err != nil {
				yield(sourcerow.MetricRow{}, err)
				return
			}
			for i := range row.Metrics {
				m := row.Metrics[i]
				if open != nil && open.Metric == m.Metric {
					m = open.With(m)
				} else if open != nil && !yield(*open, nil) {
					return
				}
				open = nil
				if i == len(row.Metrics)-1 && row.To.Within() && row.To.Metric == m.Metric {
					open = &m
				} else if !yield(m, nil) {
					return
				}
			}
		}
		if open != nil {
			yield(*open, nil)
		}
	}
}

// info describes the source, with at most MaxListed metrics.
func (d *described) info(ctx context.Context) (SourceInfo, error) {
	info := SourceInfo{Source: d.src.Name()}
	var err error
	if info.Labels, err = d.labels(ctx); err != nil {
		return info, err
	}
	for m, err := range d.metrics(ctx, sourcerow.Place{}) {
		if err != nil {
			return info, err
		}
		if info.More = len(info.Metrics) == MaxListed; info.More {
			break
		}
		info.Metrics = append(info.Metrics, m.Metric)
	}
	return info, nil
}
