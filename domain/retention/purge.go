package retention

import (
	"context"

	"tidemark/domain/bounds"
	"tidemark/domain/catalogue"
	"tidemark/domain/planted"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// Purge carries out a tenant's deletions: every chunk in the range of a standing deletion that the floors of all
// shards have passed is made again without what it covers, and a deletion that every chunk has passed is forgotten
// (T7). It reports how many deletions still stand.
//
// Without the tidemark of its account a chunk is made again, and does not count as passed; without home's nothing
// does. A tenant whose state row says that no
// deletion stands is not looked through.
//
// It looks at all sources of the shard's tenant, and a chunk does not say which shard its readings came from: the
// floor it is made again with is therefore the least of all shards. With another shard's floor a chunk would claim to
// include blocks that are still in the journal.
func (s *Service) Purge(ctx context.Context, shard telemetry.Shard) (standing int, err error) {
	now, err := s.now(ctx)
	if err != nil {
		return 0, err
	}
	known, none, err := bounds.NoneStands(ctx, s.rows, shard.Tenant, now)
	if err != nil || none {
		return 0, err
	}
	tides, err := s.rows.Tides(ctx, s.sched, s.rows.All()...)
	if err != nil {
		return 0, err
	}
	floor, err := s.leastFloor(ctx, s.rows, shard)
	if err != nil {
		return 0, err
	}
	horizon, err := bounds.Horizon(ctx, s.rows, shard.Tenant, s.cfg.Keep(shard.Tenant), now)
	if err != nil {
		return 0, err
	}
	for row, err := range s.rows.Scan(ctx, chunks.Sources(shard.Tenant, "")) {
		if err != nil {
			return standing, err
		}
		src, err := catalogue.Of(row, s.rows.Get, s.rows.Get)
		if err != nil {
			return standing, err
		}
		p := purger{s: s, tides: tides, floor: floor, horizon: horizon, tenant: shard.Tenant, src: src}
		n, err := p.source(ctx)
		if err != nil {
			return standing, err
		}
		standing += n
	}
	if standing == 0 {
		err = bounds.NoteNone(ctx, s.rows, known)
	}
	return standing, err
}

// PurgeDue reports whether a purge of a tenant's deletions has anything to look for. Where none stands it costs one
// read and no message, so that an idle tenant stays idle; once an hour it is due all the same.
func (s *Service) PurgeDue(ctx context.Context, t telemetry.Tenant) (bool, error) {
	now, err := s.now(ctx)
	if err != nil {
		return false, err
	}
	_, none, err := bounds.NoneStands(ctx, s.rows, t, now)
	return err == nil && !none, err
}

// leastFloor is the least floor of all shards of a shard's tenant.
func (s *Service) leastFloor(ctx context.Context, rows chunks.Store, of telemetry.Shard) (telemetry.Stamp, error) {
	least, _, err := bounds.Floor(ctx, rows, of)
	if err != nil {
		return 0, err
	}
	if planted.On(planted.PurgeOneFloor) {
		return least, nil
	}
	shards, err := bounds.Registered(ctx, s.directory)
	if err != nil {
		return 0, err
	}
	for _, r := range shards {
		shard := r.Shard
		if shard.Tenant != of.Tenant || shard == of {
			continue
		}
		floor, _, err := bounds.Floor(ctx, rows, shard)
		if err != nil {
			return 0, err
		}
		least = min(least, floor)
	}
	return least, nil
}
