package query

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/planted"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/sched"
)

// view is what one question sees: the journal's blocks first, then everything that is read of the account.
type view struct {
	s       *Service
	tenant  telemetry.Tenant
	horizon int64
	shards  []shardView
	claim   Claim
}

type shardView struct {
	snap  *tail.Snapshot
	floor telemetry.Stamp
	asOf  time.Time // every block acknowledged before is in the snapshot, or in rows
}

// open reads the floors, then the journal; the horizon beside them. A floor read after the journal could have passed
// blocks of the snapshot, which would then be looked for in a cached row that is older than they are. only limits it
// to the shard of a source.
func (s *Service) open(ctx context.Context, t telemetry.Tenant, only *telemetry.Source) (*view, error) {
	v := &view{s: s, tenant: t, shards: make([]shardView, s.cfg.Shards)}
	began := s.sched.Now()
	err := sched.Each(ctx, s.sched, s.cfg.Shards+1, s.cfg.Parallel, func(ctx context.Context, i int) (err error) {
		if i == s.cfg.Shards { // the horizon only rises: it may be read beside the journal
			v.horizon, err = bounds.CarriedOut(ctx, v.s.rows, t)
			return err
		}
		if only != nil && int(telemetry.ShardOf(*only, s.cfg.Shards)) != i {
			return nil
		}
		return v.openShard(ctx, i)
	})
	if err != nil {
		return nil, err
	}
	asOf := began
	for _, sv := range v.shards {
		if sv.snap != nil && sv.asOf.Before(asOf) {
			asOf = sv.asOf
		}
	}
	v.horizon = max(v.horizon, bounds.Expiry(s.cfg.Retention(t), asOf))
	v.claim = Claim{AsOf: asOf, AsOfOne: asOf, Mode: "normal", Region: s.cfg.Region}
	return v, nil
}

func (v *view) openShard(ctx context.Context, i int) error {
	shard := telemetry.Shard{Tenant: v.tenant, Index: uint16(i)}
	floor, _, err := bounds.Floor(ctx, v.s.rows, shard)
	if err != nil {
		return err
	}
	snap, err := v.s.tail.Snapshot(ctx, shard)
	if err != nil {
		return err
	}
	if planted.On(planted.FloorReadLate) {
		if floor, _, err = bounds.Floor(ctx, v.s.rows, shard); err != nil {
			return err
		}
	}
	v.shards[i] = shardView{snap: snap, floor: floor, asOf: asOf(snap, v.s.sched.Now())}
	return nil
}

// asOf is how far a snapshot that is there now goes, by the earlier of this node's clock and the journal's: one of
// them may be ahead, and a claim has to hold, and what has not expired by both has to show. The journal said what its
// clock was some time between the snapshot's beginning and now.
func asOf(snap *tail.Snapshot, now time.Time) time.Time {
	if by := snap.Now.Add(-now.Sub(snap.Began)); !snap.Now.IsZero() && by.Before(snap.Began) {
		return by
	}
	return snap.Began
}

func (v *view) shardOf(s telemetry.Source) shardView {
	return v.shards[telemetry.ShardOf(s, v.s.cfg.Shards)]
}
