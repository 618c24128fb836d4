package work

import (
	"cmp"
	"context"
	"slices"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// Sweep looks for lost work until the context ends.
func (s *Service) Sweep(ctx context.Context, prepare func(ctx context.Context) error) {
	var purged, retained time.Time
	for ctx.Err() == nil {
		if err := prepare(ctx); err != nil {
			s.tell(ctx, "the tables ahead were not prepared", Message{}, err)
		}
		swept, err := s.uses.Sweep.Sweep(ctx)
		if err != nil {
			s.tell(ctx, "a sweep did not come to its end", Message{}, err)
		}
		for _, shard := range swept.Work {
			s.Hint(ctx, shard)
		}
		now := s.sched.Now()
		if now.Sub(purged) >= s.cfg.PurgeEvery {
			purged = now
			s.each(ctx, KindPurge, s.uses.Retention.PurgeDue)
		}
		if now.Sub(retained) >= s.cfg.RetainEach {
			retained = now
			s.each(ctx, KindRetain, s.uses.Retention.RetainDue)
			if err := s.uses.Retention.Expire(ctx); err != nil {
				s.tell(ctx, "periods that have passed were not given up", Message{Kind: KindRetain}, err)
			}
		}
		_ = s.sched.Sleep(ctx, s.cfg.SweepEvery)
	}
}

// each sends work of a kind once for every tenant that the journal knows and for which it is due, whichever shards it
// has written to. Where the storage does not say whether it is due, the next round asks again.
func (s *Service) each(ctx context.Context, kind string, due func(context.Context, telemetry.Tenant) (bool, error)) {
	shards, err := bounds.Registered(ctx, s.uses.Directory)
	if err != nil {
		s.tell(ctx, "the shards could not be listed", Message{Kind: kind}, err)
		return
	}
	slices.SortFunc(shards, func(a, b journal.Registered) int {
		return a.Shard.Compare(b.Shard)
	})
	var unknown error
	for i, r := range shards {
		shard := r.Shard
		if i > 0 && shards[i-1].Shard.Tenant == shard.Tenant {
			continue
		}
		is, err := due(ctx, shard.Tenant)
		if unknown = cmp.Or(unknown, err); !is {
			continue
		}
		m := Message{Kind: kind, Tenant: string(shard.Tenant), Shard: shard.Index}
		if err := s.queue.Send(ctx, m.encode(), 0); err != nil {
			s.tell(ctx, "a hint was not sent", m, err)
		}
	}
	if unknown != nil {
		s.tell(ctx, "it could not be seen of every tenant whether there is work", Message{Kind: kind}, unknown)
	}
}
