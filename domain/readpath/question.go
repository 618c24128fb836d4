package readpath

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/planted"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/sched"
)

// Claim says what an answer vouches for. Every reading acknowledged with that durability before the time is in the
// answer.
type Claim struct {
	AsOf    time.Time // acknowledged both; with one journal the same as AsOfOne
	AsOfOne time.Time // acknowledged one; zero: nothing is known of those
	Mode    string    // "normal"
	Region  string    // where it was read
}

// Question is what one question sees: the journal's blocks as it was opened, and then what is read of the account. It
// is safe for concurrent use.
type Question struct {
	r       *Reader
	tenant  telemetry.Tenant
	only    telemetry.Source
	horizon int64 // what is earlier has expired
	shards  []shard
	claim   Claim
}

// shard is what a question knows of a shard; nothing, where it is about a source of another.
type shard struct {
	snap  *tail.Snapshot
	floor telemetry.Stamp
	asOf  time.Time // every block acknowledged before is in the snapshot, or in rows
}

// counts reports whether a block has to be looked at: what is at or below the floor is in rows, or came too late to
// count.
func (s shard) counts(b *tail.Block) bool { return b.View != nil && b.View.Header().Stamp > s.floor }

// Open reads the floors, then the journal; the horizon beside them. A floor read after the journal could have passed
// blocks of the snapshot, which would then be looked for in a cached row that is older than they are. A question about
// one source reads the source's shard alone; only is "" for a question about all.
func (r *Reader) Open(ctx context.Context, t telemetry.Tenant, only telemetry.Source) (*Question, error) {
	q := &Question{r: r, tenant: t, only: only, shards: make([]shard, r.cfg.Shards)}
	began := r.sched.Now()
	err := sched.Each(ctx, r.sched, r.cfg.Shards+1, r.cfg.Parallel, func(ctx context.Context, i int) (err error) {
		if i == r.cfg.Shards { // the horizon only rises: it may be read beside the journal
			q.horizon, err = bounds.CarriedOut(ctx, r.rows.store, t)
			return err
		}
		if only != "" && int(telemetry.ShardOf(only, r.cfg.Shards)) != i {
			return nil
		}
		return q.openShard(ctx, i)
	})
	if err != nil {
		return nil, err
	}
	asOf := began
	for _, s := range q.shards {
		if s.snap != nil && s.asOf.Before(asOf) {
			asOf = s.asOf
		}
	}
	q.horizon = max(q.horizon, bounds.Expiry(r.cfg.Retention(t), asOf))
	mode := region.Normal
	if r.cfg.Mode != nil {
		mode = r.cfg.Mode()
	}
	q.claim = Claim{AsOf: asOf, AsOfOne: asOf, Mode: mode.String(), Region: r.cfg.Region}
	if even := r.cfg.Even; even != nil && even().Before(asOf) {
		q.claim.AsOfOne = even()
	}
	return q, nil
}

func (q *Question) openShard(ctx context.Context, i int) error {
	of := telemetry.Shard{Tenant: q.tenant, Index: uint16(i)}
	floor, _, err := bounds.Floor(ctx, q.r.rows.store, of)
	if err != nil {
		return err
	}
	snap, err := q.r.tail.Snapshot(ctx, of)
	if err != nil {
		return err
	}
	if planted.On(planted.FloorReadLate) {
		if floor, _, err = bounds.Floor(ctx, q.r.rows.store, of); err != nil {
			return err
		}
	}
	q.shards[i] = shard{snap: snap, floor: floor, asOf: asOf(snap, q.r.sched.Now())}
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

// Claim is what the question vouches for.
func (q *Question) Claim() Claim { return q.claim }

// Each calls f with 0 to n-1 and waits, as many side by side as a question may make calls of the storage. The first
// error ends the context of the others.
func (q *Question) Each(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	return sched.Each(ctx, q.r.sched, n, q.r.cfg.Parallel, f)
}

// fresh reads a row at the account, whatever is remembered of it.
func (q *Question) fresh(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	return q.r.rows.store.Get(ctx, k)
}

func (q *Question) shardOf(s telemetry.Source) shard {
	return q.shards[telemetry.ShardOf(s, q.r.cfg.Shards)]
}
