package retention

import (
	"context"
	"fmt"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
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
	if s.rows.Len() == 1 {
		return s.rows.Expire(ctx, year)
	}
	return s.expireInTurn(ctx, year)
}

// givenUp is where it stands which years home has given up: a row of the state table that belongs to no tenant. Its
// value is the version, a space, and the first year that was not. It is there only where there are several accounts.
var givenUp = chunks.Key{Partition: chunks.Partition{Table: chunks.State}, Row: "given up"}

const givenUpFormat = "1 %d"

// evidenceHolds is the lease within which evidence is gathered (T3): no failover is over in less.
const evidenceHolds = 30 * time.Second

// expireInTurn gives up the years before one in several accounts: home's at once, and another's only when no failover
// of home can take back any more that home has given them up. Home alone says what has expired: after such a failover
// it would give years as there that the other account has dropped, and answers would lack them without a word. The
// evidence is a row that was written after home had given them up, in a version below home's tidemark. What it does not
// show yet, a later call finds.
func (s *Service) expireInTurn(ctx context.Context, year int32) error {
	if err := s.rows.At(0).Rows.Expire(ctx, year); err != nil {
		return err
	}
	asked := s.sched.Now()
	tides, err := s.rows.Tides(ctx, s.sched)
	if err != nil {
		return err
	}
	row, err := s.rows.Get(ctx, givenUp)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	if err == nil {
		var before int32
		if _, err := fmt.Sscanf(string(row.Value), givenUpFormat, &before); err != nil {
			return fault.New(fault.Corrupt, "retention.expire", "the row of the years that were given up says %q",
				row.Value)
		}
		settled := s.cfg.Settling.Settled(tides, row) && s.sched.Now().Sub(asked) < evidenceHolds
		if settled {
			err = s.rows.Expire(ctx, before)
		}
		if err != nil || before >= year {
			return err
		}
	}
	_, err = chunks.Swap(ctx, s.rows, chunks.Change{Key: givenUp, If: row.Version,
		Value: fmt.Appendf(nil, givenUpFormat, year)})
	return err
}
