package query

import (
	"context"
	"sync"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/planted"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/sched"
)

// Config bounds the service. The zero value of a field means its default.
type Config struct {
	Shards    int           // of every tenant; default 1
	Parallel  int           // storage calls side by side in a query; default 16
	CacheFor  time.Duration // how long a row is cached at most; default 5 min, jittered by a fifth
	MaxSplits int           // split windows that are remembered for reading ahead; default 100,000
	// Retention is how long a tenant's readings are kept, 0 for ever; nil keeps everything.
	Retention func(telemetry.Tenant) time.Duration
	Region    string // where this node reads
}

func (c Config) withDefaults() Config {
	if c.Shards == 0 {
		c.Shards = 1
	}
	if c.Parallel == 0 {
		c.Parallel = 16
	}
	if c.CacheFor == 0 {
		c.CacheFor = 5 * time.Minute
	}
	if c.MaxSplits == 0 {
		c.MaxSplits = 100_000
	}
	if c.Retention == nil {
		c.Retention = func(telemetry.Tenant) time.Duration { return 0 }
	}
	return c
}

// Service answers questions. It is safe for concurrent use.
type Service struct {
	cfg       Config
	tail      *tail.Tail
	accountOf bounds.AccountOf
	cache     cache.Cache // nil: none
	sched     sched.Scheduler

	hints hints

	mu    sync.Mutex
	loads map[cache.Key]*load
}

// New makes a service. The cache may be nil.
func New(cfg Config, t *tail.Tail, accountOf bounds.AccountOf, c cache.Cache, s sched.Scheduler) *Service {
	cfg = cfg.withDefaults()
	return &Service{cfg: cfg, tail: t, accountOf: accountOf, cache: c, sched: s,
		hints: hints{most: cfg.MaxSplits, known: map[windowKey]hint{}}, loads: map[cache.Key]*load{}}
}

// view is what one question sees: the journal's blocks first, then everything that is read of the account.
type view struct {
	s       *Service
	tenant  telemetry.Tenant
	account bounds.Account
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
	v := &view{s: s, tenant: t, account: s.accountOf(t, telemetry.DayOf(s.sched.Now())),
		shards: make([]shardView, s.cfg.Shards)}
	began := s.sched.Now()
	err := sched.Each(ctx, s.sched, s.cfg.Shards+1, s.cfg.Parallel, func(ctx context.Context, i int) (err error) {
		if i == s.cfg.Shards { // the horizon only rises: it may be read beside the journal
			v.horizon, err = bounds.CarriedOut(ctx, v.account.Rows, t)
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
	floor, _, err := bounds.Floor(ctx, v.account.Rows, shard)
	if err != nil {
		return err
	}
	snap, err := v.s.tail.Snapshot(ctx, shard)
	if err != nil {
		return err
	}
	if planted.On(planted.FloorReadLate) {
		if floor, _, err = bounds.Floor(ctx, v.account.Rows, shard); err != nil {
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
