package readpath

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

// Source is what is known of a source: its rows in the account and what the journal's blocks add. It has no series if
// nobody ever wrote one. It is for one caller at a time.
type Source struct {
	q      *Question
	src    *catalogue.Source
	blocks []*blockcodec.View
	first  *sourcerow.Row // what was said of the source itself, once that was asked for
}

// Source opens a source, whether there is one or not.
func (q *Question) Source(ctx context.Context, name telemetry.Source) (*Source, error) {
	if q.only != "" && q.only != name {
		return nil, fault.New(fault.Internal, "readpath.source", "the question is about source %q", q.only)
	}
	sh := q.shardOf(name)
	src, err := catalogue.Open(ctx, q.tenant, name, q.catalogue(sh), q.fresh)
	if err != nil {
		return nil, err
	}
	s := &Source{q: q, src: src, blocks: make([]*blockcodec.View, 0, len(sh.snap.Blocks))}
	for _, b := range sh.snap.Blocks {
		if sh.counts(&b) {
			s.blocks = append(s.blocks, b.View)
		}
	}
	return s, nil
}

// catalogue reads rows of the catalogue through the cache.
func (q *Question) catalogue(of shard) catalogue.Get {
	return func(ctx context.Context, k chunks.Key) (chunks.Row, error) {
		value, err := q.remembered(ctx, k, of.known())
		return chunks.Row{Key: k, Value: value}, err
	}
}

// Name is the source.
func (s *Source) Name() telemetry.Source { return s.src.Name() }

// rows yields what is known from a place on, a range after another.
func (s *Source) rows(ctx context.Context, from sourcerow.Place) iter.Seq2[*sourcerow.Row, error] {
	return func(yield func(*sourcerow.Row, error) bool) {
		for p, err := range s.src.Parts(ctx, from) {
			if err != nil {
				yield(nil, err)
				return
			}
			row := p.Source
			if from.Compare(row.From) > 0 {
				row = row.Between(from, row.To)
			}
			if err := s.merge(row); err != nil || !yield(row, nil) {
				if err != nil {
					yield(nil, err)
				}
				return
			}
			from = row.To
		}
	}
}

func (s *Source) merge(row *sourcerow.Row) error {
	for _, b := range s.blocks {
		if _, err := row.Merge(b); err != nil {
			return fault.Wrap(fault.Corrupt, "readpath.source", err)
		}
	}
	return nil
}

// itself is the row of the source without its metrics.
func (s *Source) itself(ctx context.Context) (*sourcerow.Row, error) {
	if s.first != nil {
		return s.first, nil
	}
	p, err := s.src.Part(ctx, sourcerow.Place{})
	if err != nil {
		return nil, err
	}
	row := p.Source.Between(sourcerow.Place{}, sourcerow.After(""))
	if err := s.merge(row); err != nil {
		return nil, err
	}
	s.first = row
	return row, nil
}

// Labels is the labels, sorted by name.
func (s *Source) Labels(ctx context.Context) ([]telemetry.Label, error) {
	row, err := s.itself(ctx)
	if err != nil {
		return nil, err
	}
	return row.LabelSet(), nil
}

// Described reports whether anybody ever said labels of the source, even that it has none.
func (s *Source) Described(ctx context.Context) (bool, error) {
	row, err := s.itself(ctx)
	return err == nil && (len(row.Labels) > 0 || row.Replaced != telemetry.Origin{}), err
}

// Series is the series of a metric, and whether anybody ever wrote it.
func (s *Source) Series(ctx context.Context, metric telemetry.Metric) (of Series, known bool, err error) {
	stored, known, err := s.src.Metric(ctx, metric)
	if err != nil {
		return of, false, err
	}
	row := &sourcerow.Row{Tenant: s.q.tenant, Source: s.Name(), Form: sourcerow.Part}
	row.From, row.To = sourcerow.PlaceOf(metric), sourcerow.After(metric)
	if known {
		row.Metrics = []sourcerow.MetricRow{stored}
	}
	if err := s.merge(row); err != nil || len(row.Metrics) == 0 {
		return of, false, err
	}
	return s.series(row.Metrics[0]), true, nil
}

func (s *Source) series(row sourcerow.MetricRow) Series {
	return Series{Series: telemetry.Series{Source: s.Name(), Metric: row.Metric}, Row: row, q: s.q}
}

// AllSeries yields the series behind a metric ("": all), by the metric's name.
func (s *Source) AllSeries(ctx context.Context, after telemetry.Metric) iter.Seq2[Series, error] {
	from := sourcerow.Place{}
	if after != "" {
		from = sourcerow.After(after)
	}
	return func(yield func(Series, error) bool) {
		var open *sourcerow.MetricRow // goes on in the next row
		for row, err := range s.rows(ctx, from) {
			if err != nil {
				yield(Series{}, err)
				return
			}
			for i := range row.Metrics {
				m := row.Metrics[i]
				if open != nil && open.Metric == m.Metric {
					m = open.With(m)
				} else if open != nil && !yield(s.series(*open), nil) {
					return
				}
				open = nil
				if i == len(row.Metrics)-1 && row.To.Within() && row.To.Metric == m.Metric {
					open = &m
				} else if !yield(s.series(m), nil) {
					return
				}
			}
		}
		if open != nil {
			yield(s.series(*open), nil)
		}
	}
}
