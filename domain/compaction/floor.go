package compaction

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
	"tidemark/domain/planted"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// raiseFloor is T6: the floor of a shard is the lesser of the earlier of the journals' clocks, read before the
// journals, less a bound, and just before the oldest stamp found in them. It stays where it is unless every block was
// seen, in every journal; what had been dropped by then was settled. The margin keeps a block that was stored in the
// same second as the clock was read, exactly a bound after its stamp, above the floor.
func (s *Service) raiseFloor(ctx context.Context, p *pass, part *tail.Part) error {
	if !part.All || p.clock.IsZero() {
		return nil
	}
	asked := bounds.Earlier(p.asked, p.clock)
	bound, oldest := s.cfg.Bound, part.Oldest
	if planted.On(planted.FloorUnbounded) {
		bound = 0
	}
	if planted.On(planted.FloorBlind) {
		oldest = telemetry.StampAt(asked)
	}
	floor := min(telemetry.StampAt(asked.Add(-bound-s.cfg.Settling.Margin)), oldest-1)
	if floor.Time().Sub(p.floor.Time()) < floorStep {
		return nil
	}
	if s.stores.Elsewhere != nil && !planted.On(planted.FloorOfOneJournal) {
		other, err := s.stores.Elsewhere.Oldest(ctx, p.shard)
		if err != nil {
			return nil // no floor moves while a journal is out of reach
		}
		if floor = min(floor, other-1); floor.Time().Sub(p.floor.Time()) < floorStep {
			return nil
		}
	}
	now, row, err := bounds.Floor(ctx, p.accounts, p.shard)
	if err != nil || now >= floor {
		return err
	}
	value, err := telemetry.EncodeShardState(nil, &telemetry.ShardState{Shard: p.shard, Floor: floor})
	if err != nil {
		return fault.Wrap(fault.Internal, "compaction.floor", err)
	}
	// or somebody else raises it, or the next pass
	_, err = chunks.Swap(ctx, p.accounts, chunks.Change{Key: row.Key, If: row.Version, Value: value})
	return err
}

// floorStep is how far a floor has to rise to be worth a write.
const floorStep = 10 * time.Second
