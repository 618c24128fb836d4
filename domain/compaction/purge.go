package compaction

import (
	"context"

	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// Purge carries out a tenant's deletions: every chunk in the range of a standing deletion that the floors of all shards have passed is made again
// without what it covers, and a deletion that every chunk has passed is forgotten (T7). It reports how many deletions still stand.
//
// Without a tidemark chunks are made again, and nothing counts as passed. A tenant whose state row says that no deletion stands is not looked through.
//
// It looks at all sources of the shard's tenant, and a chunk does not say which shard its readings came from: the floor it is made again with is
// therefore the least of all shards. With another shard's floor a chunk would claim to include blocks that are still in the journal.
func (s *Service) Purge(ctx context.Context, shard telemetry.Shard) (standing int, err error) {
	account := s.account(shard.Tenant)
	stored, err := s.stores.Directory.Now(ctx)
	if err != nil {
		return 0, err
	}
	known, none, err := s.noneStands(ctx, account.Rows, shard.Tenant, stored)
	if err != nil || none {
		return 0, err
	}
	tide, err := s.tidemark(ctx, account)
	if err != nil {
		return 0, err
	}
	floor, err := s.leastFloor(ctx, account.Rows, shard)
	if err != nil {
		return 0, err
	}
	horizon, err := s.horizon(ctx, account.Rows, shard.Tenant, stored)
	if err != nil {
		return 0, err
	}
	catalogue := chunks.Partition{Table: chunks.Catalogue, Tenant: shard.Tenant}
	for row, err := range account.Rows.Scan(ctx, chunks.Range{Partition: catalogue}) {
		if err != nil {
			return standing, err
		}
		cat, err := telemetry.DecodeSource(row.Value)
		if err != nil {
			return standing, fault.Wrap(fault.Corrupt, "compaction.purge", err)
		}
		p := purger{s: s, account: account, tide: tide, floor: floor, horizon: horizon, shard: shard}
		n, err := p.source(ctx, row, cat)
		if err != nil {
			return standing, err
		}
		standing += n
	}
	if standing == 0 {
		err = s.noteNone(ctx, account.Rows, known)
	}
	return standing, err
}

// leastFloor is the least floor of all shards of a shard's tenant.
func (s *Service) leastFloor(ctx context.Context, rows chunks.Store, of telemetry.Shard) (telemetry.Stamp, error) {
	least, _, err := Floor(ctx, rows, of)
	if err != nil {
		return 0, err
	}
	shards, err := s.Shards(ctx)
	if err != nil {
		return 0, err
	}
	for _, shard := range shards {
		if shard.Tenant != of.Tenant || shard == of {
			continue
		}
		floor, _, err := Floor(ctx, rows, shard)
		if err != nil {
			return 0, err
		}
		least = min(least, floor)
	}
	return least, nil
}

type purger struct {
	s       *Service
	account Account
	tide    region.Tidemark
	floor   telemetry.Stamp
	horizon int64
	shard   telemetry.Shard
}

// source purges the deletions of one source and reports how many still stand in its row.
func (p *purger) source(ctx context.Context, row chunks.Row, cat *telemetry.SourceRow) (standing int, err error) {
	forgotten := 0
	for i := range cat.Metrics {
		m := &cat.Metrics[i]
		if len(m.Deletions) == 0 {
			continue
		}
		series := telemetry.Series{Source: cat.Source, Metric: m.Metric}
		passed := map[telemetry.DeletionAt]bool{}
		for _, d := range m.Deletions {
			if d.Origin.Stamp > p.floor {
				continue
			}
			if passed[d], err = p.passed(ctx, series, m, d); err != nil {
				return standing, err
			}
		}
		standing += len(m.Deletions)
		forgotten += cat.Purge(m.Metric, func(d telemetry.DeletionAt) bool { return passed[d] })
	}
	if forgotten == 0 || !p.s.rewritable(p.tide, row) {
		return standing, nil
	}
	value, err := telemetry.EncodeSource(nil, cat)
	if err != nil {
		return standing, fault.Wrap(fault.Internal, "compaction.purge", err)
	}
	err = p.account.Rows.Apply(ctx, chunks.Change{Key: row.Key, If: row.Version, Value: value})
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Indeterminate) {
		return standing, nil
	}
	if err != nil {
		return standing, err
	}
	return standing - forgotten, nil
}

// passed reports whether every chunk in a deletion's range was made with a floor at or above it, below the tidemark; those that were not are made
// again.
func (p *purger) passed(ctx context.Context, s telemetry.Series, m *telemetry.MetricRow, d telemetry.DeletionAt) (bool, error) {
	all := p.tide.Known()
	for _, y := range m.Years {
		w := telemetry.YearWindow(y)
		ok, err := p.window(ctx, s, m, d, w)
		if err != nil {
			return false, err
		}
		all = all && ok
	}
	return all, nil
}

func (p *purger) window(ctx context.Context, s telemetry.Series, m *telemetry.MetricRow, d telemetry.DeletionAt, w telemetry.Window) (bool, error) {
	if w.End() <= d.From || d.To <= w.Start() {
		return true, nil
	}
	f := &folder{pass: &pass{s: p.s, shard: p.shard, account: p.account, tide: p.tide, floor: p.floor, horizon: p.horizon}, series: s, deletions: m.Deletions}
	row, c, err := f.read(ctx, w)
	if err != nil || row.Version == "" {
		return true, err
	}
	if c.Split {
		return p.split(ctx, s, m, d, w)
	}
	if c.Floor >= d.Origin.Stamp {
		return p.s.settledAt(p.tide, row), nil
	}
	if !p.s.rewritable(p.tide, row) {
		return false, nil
	}
	_, err = f.write(ctx, row, f.fold(c, nil))
	return false, err
}

func (p *purger) split(ctx context.Context, s telemetry.Series, m *telemetry.MetricRow, d telemetry.DeletionAt, w telemetry.Window) (bool, error) {
	all := true
	from, to := max(d.From, w.Start()), min(d.To, w.End())
	first, _ := w.Child(from)
	for _, child := range telemetry.Windows(first.Size, from, to) {
		ok, err := p.window(ctx, s, m, d, child)
		if err != nil {
			return false, err
		}
		all = all && ok
	}
	return all, nil
}
