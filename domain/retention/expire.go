package retention

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/telemetry"
)

// Expire gives up whole periods of the journal and of the chunks, which is dropping tables, once the longest
// retention of any tenant has passed all times in them: the journal's first, so that nothing of a dropped year can
// come back from it. Somebody who keeps for ever, or a general retention that does (for the tenants that may still
// come), keeps everything.
func (s *Service) Expire(ctx context.Context) error {
	stored, err := s.directory.Now(ctx)
	if err != nil {
		return err
	}
	longest, first := s.cfg.Keep(""), telemetry.DayOf(stored)
	tenants := map[telemetry.Tenant]bool{"": true}
	for r, err := range s.directory.Shards(ctx) {
		if err != nil {
			return err
		}
		tenants[r.Shard.Tenant] = true
		first = min(first, r.First)
	}
	for t := range tenants {
		keep := s.cfg.Keep(t)
		if keep <= 0 {
			return nil
		}
		longest = max(longest, keep)
	}
	passed := time.Unix(0, bounds.Expiry(longest, bounds.Earlier(s.sched.Now(), stored)))
	if err := s.directory.Expire(ctx, min(first, telemetry.DayOf(passed))); err != nil {
		return err
	}
	year := telemetry.YearOf(passed.UnixNano())
	return s.rows.Expire(ctx, year)
}
