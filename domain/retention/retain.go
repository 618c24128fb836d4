package retention

import (
	"context"
	"slices"

	"tidemark/domain/bounds"
	"tidemark/domain/catalogue"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/sourcerow"
	"tidemark/ports/chunks"
)

// RetainDue reports whether a tenant has a retention to be carried out.
func (s *Service) RetainDue(_ context.Context, t telemetry.Tenant) (bool, error) {
	return s.cfg.Keep(t) > 0, nil
}

// Retain carries out a tenant's retention: it writes down the horizon first, so that nothing before it is answered or
// taken in any more, and then deletes the rows of windows that lie before it. A window that the horizon cuts is kept;
// readers and later folds leave its expired part out.
func (s *Service) Retain(ctx context.Context, t telemetry.Tenant) (deleted int, err error) {
	keep := s.cfg.Keep(t)
	if keep <= 0 {
		return 0, nil
	}
	now, err := s.now(ctx)
	if err != nil {
		return 0, err
	}
	horizon := bounds.Expiry(keep, now)
	if err := s.moveHorizon(ctx, s.rows, t, horizon); err != nil {
		return 0, err
	}
	for row, err := range s.rows.Scan(ctx, chunks.Sources(t, "")) {
		if err != nil {
			return deleted, err
		}
		src, err := catalogue.Of(row, s.rows.Get, s.rows.Get)
		if err != nil {
			return deleted, err
		}
		for part, err := range src.Parts(ctx, sourcerow.Place{}) {
			if err != nil {
				return deleted, err
			}
			n, err := s.expireSource(ctx, s.rows, part.Source, horizon)
			deleted += n
			if err != nil {
				return deleted, err
			}
		}
	}
	return deleted, nil
}

func (s *Service) moveHorizon(ctx context.Context, rows chunks.Store, t telemetry.Tenant, before int64) error {
	row, err := rows.Get(ctx, chunks.HorizonKey(t))
	switch {
	case fault.Is(err, fault.NotFound):
		row = chunks.Row{Key: chunks.HorizonKey(t)}
	case err != nil:
		return err
	default:
		h, err := telemetry.DecodeHorizon(row.Value)
		if err != nil {
			return fault.Wrap(fault.Corrupt, "retention.retain", err)
		}
		if h.Before >= before {
			return nil
		}
	}
	value, err := telemetry.EncodeHorizon(nil, &telemetry.Horizon{Tenant: t, Before: before})
	if err != nil {
		return fault.Wrap(fault.Internal, "retention.retain", err)
	}
	return rows.Apply(ctx, chunks.Change{Key: row.Key, If: row.Version, Value: value})
}

// expireSource deletes the chunk and rollup rows of windows before the horizon.
func (s *Service) expireSource(ctx context.Context, rows chunks.Store, cat *sourcerow.Row,
	horizon int64) (int, error) {
	deleted := 0
	for i := range cat.Metrics {
		m := &cat.Metrics[i]
		for _, y := range m.Years {
			w := telemetry.YearWindow(y)
			if w.Start() >= horizon {
				continue
			}
			n, err := s.expireYear(ctx, rows, chunks.PartitionOf(cat.Tenant,
				telemetry.Series{Source: cat.Source, Metric: m.Metric}, w), horizon)
			deleted += n
			if err != nil {
				return deleted, err
			}
		}
	}
	return deleted, nil
}

func (s *Service) expireYear(ctx context.Context, rows chunks.Store, p chunks.Partition, horizon int64) (int, error) {
	var gone []chunks.Change
	for row, err := range rows.Scan(ctx, chunks.Range{Partition: p}) {
		if err != nil {
			return 0, err
		}
		w, ok := chunks.WindowOfRow(row.Key.Row)
		if ok && w.End() <= horizon {
			gone = append(gone, chunks.Change{Key: row.Key, If: row.Version, Delete: true})
		}
	}
	deleted := 0
	for batch := range slices.Chunk(gone, chunks.MaxChanges) {
		done, err := chunks.Swap(ctx, rows, batch...)
		if err != nil {
			return deleted, err
		}
		if done { // else the next time
			deleted += len(batch)
		}
	}
	return deleted, nil
}
