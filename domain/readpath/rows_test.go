package readpath_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/compaction"
	"tidemark/domain/internal/written"
	"tidemark/domain/readpath"
	"tidemark/domain/telemetry"
	"tidemark/ports/cache"
	"tidemark/ports/chunks"
)

// TestAFloorReadLateHidesNothing settles and drops a block, and raises the floor over it, between any two of a
// reader's calls: the reader's cached catalogue row is older than the block, and the block must count all the same.
func TestAFloorReadLateHidesNothing(t *testing.T) {
	for at := range 8 {
		in(t, compaction.Config{Bound: time.Second}, func(ctx context.Context, h *house) {
			s := of("s", "m")
			h.Write(ctx, s, year(1))
			h.Settle(ctx)
			h.want(ctx, "first", s, year(1)) // the rows are cached
			h.Write(ctx, s, year(2))
			calls, busy := 0, false
			h.During = func(chunks.Key) {
				if calls++; busy || calls != at+1 {
					return
				}
				busy = true
				h.Settle(ctx)
				_ = h.Sched.Sleep(ctx, 30*time.Second)
				h.Settle(ctx) // raises the floor
			}
			h.want(ctx, fmt.Sprintf("overtaken before call %d", at), s, year(1), year(2))
		})
	}
}

// TestACachedChunkCountsUnderItsMarksOnly caches a chunk, lets a block move into it, and asks again.
func TestACachedChunkCountsUnderItsMarksOnly(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		s := of("s", "m")
		h.Write(ctx, s, 1)
		h.Settle(ctx)
		h.want(ctx, "first", s, 1)
		h.Gets = 0
		h.want(ctx, "again", s, 1)
		if h.Gets > 2 { // the floor and the horizon
			t.Errorf("%d rows were read though nothing moved", h.Gets)
		}
		h.Write(ctx, s, 2)
		h.want(ctx, "with a block", s, 1, 2)
		if n, _ := h.counted(ctx, s); n != 2 {
			t.Errorf("%d readings are counted: the rollup does not know of the block", n)
		}
		h.Settle(ctx)
		h.want(ctx, "after it was dropped", s, 1, 2)
		if n, rollups := h.counted(ctx, s); n != 2 || rollups != 1 {
			t.Errorf("%d readings are counted, with %d rollups, want 2 by one", n, rollups)
		}
	})
}

// TestChunksAreCachedAgainAfterAPurge: one deletion must not keep a series out of the cache for ever.
func TestChunksAreCachedAgainAfterAPurge(t *testing.T) {
	in(t, compaction.Config{Bound: time.Second}, func(ctx context.Context, h *house) {
		s := of("s", "m")
		h.Write(ctx, s, year(1), year(2)+1, year(3))
		h.Settle(ctx)
		h.purged(ctx, s, year(2)+1)
		h.want(ctx, "purged", s, year(1), year(3))
		h.Gets = 0
		h.want(ctx, "again", s, year(1), year(3))
		if h.Gets > 2 {
			t.Errorf("%d rows were read though nothing moved", h.Gets)
		}
	})
}

// TestALoadFromBeforeThePurgeIsNotShared lets a slow read of a chunk begin before the chunk is purged, and a reader
// that no longer hears of the deletion ask for the same chunk.
func TestALoadFromBeforeThePurgeIsNotShared(t *testing.T) {
	in(t, compaction.Config{Bound: time.Second}, func(ctx context.Context, h *house) {
		s := of("s", "m")
		h.Write(ctx, s, 1, 2)
		h.Settle(ctx)
		h.Send(ctx, &telemetry.Batch{Deletions: []telemetry.Deletion{{Series: s, From: 2, To: 3}}})
		h.Settle(ctx)
		_ = h.Sched.Sleep(ctx, 30*time.Second)
		h.Settle(ctx)
		// From here on no mark moves. The slow one takes the chunk's value now and gives it to those who wait when
		// everything is over.
		key := chunks.ChunkKey(tenant, s, telemetry.WindowOf(telemetry.WindowYear, 2))
		slow := &slowRow{key: key, h: h}
		h.r = slow.reader()
		done := false
		h.Sched.Go("slow reader", func() { h.want(ctx, "slow", s, 1); done = true })
		_ = h.Sched.Sleep(ctx, time.Second)
		for standing := 1; standing > 0; {
			var err error
			standing, err = h.Retention.Purge(ctx, written.Shard)
			h.Must(err)
			_ = h.Sched.Sleep(ctx, 3*time.Second)
		}
		h.Cache.Flush() // the catalogue's row is read anew: it has forgotten the deletion
		h.want(ctx, "beside it", s, 1)
		for !done {
			_ = h.Sched.Sleep(ctx, time.Second)
		}
	})
}

// slowRow is rows of which the first answer for a key takes a minute.
type slowRow struct {
	*memory.Rows
	h     *house
	key   chunks.Key
	asked bool
}

func (r *slowRow) reader() *readpath.Reader {
	r.Rows = r.h.Rows
	return r.h.ReaderOf(readpath.Config{}, r, r.h.Cache, r.h.Sched)
}

func (r *slowRow) Get(ctx context.Context, k chunks.Key) (chunks.Row, error) {
	row, err := r.Rows.Get(ctx, k)
	if k == r.key && !r.asked {
		r.asked = true
		_ = r.h.Sched.Sleep(ctx, time.Minute)
	}
	return row, err
}

// rubbish is a cache that answers everything with the same bytes.
type rubbish struct{ value []byte }

func (r rubbish) Get(_ context.Context, keys ...cache.Key) ([][]byte, error) {
	out := make([][]byte, len(keys))
	for i := range out {
		out[i] = r.value
	}
	return out, nil
}
func (rubbish) Set(context.Context, cache.Key, []byte, time.Duration) error { return nil }
func (rubbish) Delete(context.Context, ...cache.Key) error                  { return nil }

// TestRubbishInTheCacheIsAMiss answers with bytes that no version of the program wrote.
func TestRubbishInTheCacheIsAMiss(t *testing.T) {
	for _, value := range []string{"", "x", "\x01", "\x02", "\x02\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
		"\x02\x02{}", "\x02\x7f{", "\x01\x02{}x"} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			s := of("s", "m")
			h.Write(ctx, s, 1)
			h.Settle(ctx)
			h.r = h.Reader(readpath.Config{}, rubbish{[]byte(value)})
			h.want(ctx, fmt.Sprintf("%q", value), s, 1)
		})
	}
}
