package readpath

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/fault"
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
	Mode    string    // "normal"; "read-only": no journal was read, rows are all there is
	Region  string    // of the journal that was read, "" of none; with one journal where the node reads
	// Secondary says that rows were read at the secondary endpoint of an account. It changes nothing of the rest.
	Secondary bool
}

// Question is what one question sees: the journal's blocks as it was opened, and then what is read of the account. It
// is safe for concurrent use.
type Question struct {
	r       *Reader
	at      bounds.Reading // the account, at the endpoints that were chosen as it was opened
	tenant  telemetry.Tenant
	only    telemetry.Source
	horizon int64 // what is earlier has expired
	shards  []shard
	alone   bool // no other journal may have what was acknowledged as one
	claim   Claim

	rowsAlone bool // no journal was read
}

// shard is what a question knows of a shard; nothing, where it is about a source of another.
type shard struct {
	snap  *tail.Snapshot
	floor telemetry.Stamp
	asOf  time.Time // every block acknowledged before is in the snapshot, or in rows
	at    place     // whose marks the snapshot's are; none where there is one journal
}

// known is what the question knows of rows of the shard that may be cached.
func (s shard) known() known { return known{At: s.at, Marks: s.snap.Marks} }

// counts reports whether a block has to be looked at: what is at or below the floor is in rows, or came too late to
// count.
func (s shard) counts(b *tail.Block) bool { return b.View != nil && b.View.Header().Stamp > s.floor }

// Open reads the floors and the horizon, then a journal. A floor read after the journal could have passed blocks of the
// snapshot, which would then be looked for in a cached row that is older than they are. A question about one source
// reads the source's shard alone; only is "" for a question about all.
//
// The account is read at one endpoint from the first row to the last: a marker of the primary says nothing of a child
// that the secondary has not got yet. If the floors, which are the first rows, are not to be had at the first endpoint
// that may be read, the question begins again at the next.
func (r *Reader) Open(ctx context.Context, t telemetry.Tenant, only telemetry.Source) (*Question, error) {
	q := &Question{r: r, tenant: t, only: only}
	var floors []telemetry.Stamp
	var err error
	for _, q.at = range r.cfg.Endpoints() {
		floors, err = q.bounds(ctx)
		if ctx.Err() != nil || !fault.Is(err, fault.Unavailable) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	// Before the journal: what Even speaks of is in a snapshot that begins afterwards. Asked for later it may speak of
	// a block that was copied into the journal behind the snapshot's back.
	var even time.Time
	if r.cfg.Even != nil {
		even = r.cfg.Even()
	}
	err = r.journals.over(ctx, func(ctx context.Context, j Journal) error { return q.over(ctx, j, floors) })
	var none *unread
	switch {
	case err == nil:
		q.vouch(even)
	case ctx.Err() == nil && errors.As(err, &none) && q.overRows(floors):
	default:
		return nil, err
	}
	q.claim.Secondary = q.at.AnySecondary()
	q.horizon = max(q.horizon, bounds.Expiry(r.cfg.Retention(t), q.claim.AsOf))
	return q, nil
}

// vouch says what an answer over a journal vouches for beside what was acknowledged as both. A journal that was read is
// within reach, however it is to be trusted.
func (q *Question) vouch(even time.Time) {
	mode := region.Normal
	if q.r.cfg.Mode != nil {
		mode = max(q.r.cfg.Mode(), region.Exposed)
	}
	q.claim.Mode, q.claim.AsOfOne = mode.String(), q.claim.AsOf
	switch {
	case !q.alone:
		q.claim.AsOfOne = time.Time{}
	case q.r.cfg.Even != nil && even.Before(q.claim.AsOf):
		q.claim.AsOfOne = even
	}
}

// asks reports whether the question is about sources of a shard.
func (q *Question) asks(i int) bool {
	return q.only == "" || int(telemetry.ShardOf(q.only, q.r.cfg.Shards)) == i
}

// bounds reads the floors of the shards, and the horizon, which only rises: it may be read early.
func (q *Question) bounds(ctx context.Context) ([]telemetry.Stamp, error) {
	floors := make([]telemetry.Stamp, q.r.cfg.Shards)
	var retained, years int64
	err := q.Each(ctx, len(floors)+2, func(ctx context.Context, i int) (err error) {
		switch {
		case i == len(floors):
			retained, err = bounds.Retained(ctx, q.at, q.tenant)
		case i > len(floors):
			years, err = q.r.years.before(ctx, q.at)
		case q.asks(i):
			floors[i], err = q.floor(ctx, i)
		}
		return err
	})
	q.horizon = max(retained, years)
	return floors, err
}

func (q *Question) floor(ctx context.Context, i int) (telemetry.Stamp, error) {
	floor, _, err := bounds.Floor(ctx, q.at, q.of(i))
	return floor, err
}

func (q *Question) of(i int) telemetry.Shard {
	return telemetry.Shard{Tenant: q.tenant, Index: uint16(i)}
}

// over reads every shard that is asked for in one journal, and says how far that goes.
func (q *Question) over(ctx context.Context, j Journal, floors []telemetry.Stamp) error {
	shards, asOf, at := make([]shard, len(floors)), q.r.sched.Now(), place{}
	where := q.r.cfg.Region
	if len(q.r.journals.all) > 1 {
		where = string(j.Region)
	}
	if len(q.r.journals.all) > 1 || j.Generation != nil {
		at = j.place()
	}
	q.alone = true
	err := q.Each(ctx, len(shards)+1, func(ctx context.Context, i int) (err error) {
		switch {
		case i == len(shards): // asked after the moment that the claim is about
			q.alone = q.r.cfg.Alone == nil || q.r.cfg.Alone(ctx)
		case q.asks(i):
			shards[i], err = q.openShard(ctx, j, i, floors[i])
			shards[i].at = at
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range shards {
		if s.snap != nil && s.asOf.Before(asOf) {
			asOf = s.asOf
		}
	}
	q.shards, q.claim = shards, Claim{AsOf: asOf, Region: where}
	return nil
}

// overRows has the account's rows be all that there is, since no journal could be read. What is at or below a shard's
// floor had settled when that was written, and so is in rows that are read after it. A block is acknowledged no earlier
// than its stamp less how far that may be ahead. It reports false if a shard has no floor: then nothing is known.
func (q *Question) overRows(floors []telemetry.Stamp) bool {
	oldest := telemetry.Stamp(math.MaxInt64)
	q.shards = make([]shard, len(floors))
	for i, floor := range floors {
		if q.asks(i) {
			oldest = min(oldest, floor)
			q.shards[i] = shard{snap: &tail.Snapshot{}, floor: floor}
		}
	}
	if oldest <= 0 {
		return false
	}
	asOf := oldest.Time().Add(-q.r.cfg.Ahead)
	if planted.On(planted.RowsAloneAreFresh) {
		asOf = q.r.sched.Now()
	}
	q.rowsAlone = true
	q.claim = Claim{AsOf: asOf, Mode: region.ReadOnly.String()}
	return true
}

func (q *Question) openShard(ctx context.Context, j Journal, i int, floor telemetry.Stamp) (shard, error) {
	snap, err := j.Tail.Snapshot(ctx, q.of(i))
	if err != nil {
		return shard{}, err
	}
	if planted.On(planted.FloorReadLate) {
		if floor, err = q.floor(ctx, i); err != nil {
			return shard{}, err
		}
	}
	return shard{snap: snap, floor: floor, asOf: asOf(snap, q.r.sched.Now())}, nil
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

// Missing is that something is not there, as far as a question vouches: nobody had acknowledged it before the claim's
// times.
type Missing struct {
	Claim Claim
	Cause error // fault.NotFound, and what was looked for
}

// Error is what was looked for.
func (m *Missing) Error() string { return m.Cause.Error() }

// Unwrap is the cause.
func (m *Missing) Unwrap() error { return m.Cause }

// Missing is fault.NotFound with what the question vouches for: of two journals the other may have what was
// acknowledged as one, and who takes that for gone has to be told.
func (q *Question) Missing(op, format string, args ...any) error {
	text := fmt.Sprintf(format, args...)
	switch {
	case q.rowsAlone:
		text += "; no journal can be read now, and what was acknowledged lately is not known here"
	case q.claim.AsOfOne.Before(q.claim.AsOf):
		text += "; what was acknowledged as one in the other region lately may not be known here yet"
	}
	return &Missing{Claim: q.claim, Cause: fault.New(fault.NotFound, op, "%s", text)}
}

// Claim is what the question vouches for.
func (q *Question) Claim() Claim { return q.claim }

// Each calls f with 0 to n-1 and waits, as many side by side as a question may make calls of the storage. The first
// error ends the context of the others.
func (q *Question) Each(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	return sched.Each(ctx, q.r.sched, n, q.r.cfg.Parallel, f)
}

// account is the account's rows as this question reads them.
func (q *Question) account() bounds.Reading {
	if planted.On(planted.EndpointsMixed) {
		return q.r.cfg.Endpoints()[0]
	}
	return q.at
}

// fresh reads a row at the account, whatever is remembered of it.
func (q *Question) fresh(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	return q.account().Get(ctx, k)
}

// remembered reads a row through the cache, for somebody who knows so much of it. Who has read no journal knows nothing
// that a cached row could be good for.
func (q *Question) remembered(ctx context.Context, k chunks.Key, now known) ([]byte, error) {
	if q.rowsAlone {
		row, err := q.fresh(ctx, k)
		return row.Value, err
	}
	return q.r.rows.value(ctx, q.account(), k, now)
}

func (q *Question) shardOf(s telemetry.Source) shard {
	return q.shards[telemetry.ShardOf(s, q.r.cfg.Shards)]
}
