// Package house is a shard's journal and account in memory on virtual time, with the use cases that move blocks and
// take readings away: tests write blocks by hand.
package house

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/region"
	"tidemark/domain/retention"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/domain/telemetry/chunkcodec"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

// Shard and Series are what tests work on unless they say another.
var (
	Shard  = telemetry.Shard{Tenant: "t"}
	Series = telemetry.Series{Source: "s", Metric: "m"}
)

// house is a compactor over memory on virtual time; tests write blocks by hand. during is called at every storage
// operation.
type House struct {
	*testing.T
	Sched      *memory.Sched
	Journal    *memory.Journal
	Rows       *memory.Rows
	Account    *memory.Account
	Refuses    error // what stands between the service and the storage
	Elsewhere  compaction.Elsewhere
	Compaction *compaction.Service
	Retention  *retention.Service
	During     func(op string) memory.Fault
	Stream     telemetry.Stream
	Last       telemetry.Number
}

func In(t *testing.T, cfg compaction.Config, body func(ctx context.Context, h *House)) {
	t.Helper()
	h := &House{T: t, Sched: memory.NewSched(5)}
	hook := func(op string) memory.Fault {
		if h.During != nil {
			return h.During(op)
		}
		return memory.FaultNone
	}
	h.Journal = memory.NewJournal(h.Sched, memory.WithFault(hook))
	h.Rows, h.Account = memory.NewRows(h.Sched), memory.NewAccount(h.Sched)
	h.Rows.SetFault(hook)
	h.Node(cfg)
	err := h.Sched.Run(func() {
		ctx := context.Background()
		h.Must(h.Rows.Prepare(ctx))
		day := telemetry.DayOf(h.Sched.Now())
		h.Must(h.Journal.Prepare(ctx, day))
		h.Must(h.Journal.Register(ctx, Shard, day))
		h.Stream = telemetry.Stream{Shard: Shard, Day: day, Writer: telemetry.Writer(fmt.Sprintf("%026d", 1))}
		body(ctx, h)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// node starts a compactor anew.
func (h *House) Node(cfg compaction.Config) {
	rows := bounds.One(h.Rows, h.Account)
	follow := tail.New(tail.Config{}, h.Journal, h.Journal, h.Sched, nil)
	h.Retention = retention.New(retention.Config{Settling: cfg.Settling, Keep: cfg.Retention}, h.Journal, rows, h.Sched)
	h.Compaction = compaction.New(cfg, compaction.Stores{Journal: h.Journal, Directory: h.Journal, Tail: follow,
		Rows: rows, Elsewhere: h.Elsewhere, Agreed: func(context.Context) error { return h.Refuses }}, h.Sched)
}

func (h *House) Must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *House) Sleep(ctx context.Context, d time.Duration) { _ = h.Sched.Sleep(ctx, d) }

// put appends the next block of the stream: one reading for each time.
func (h *House) Put(ctx context.Context, times ...int64) telemetry.Position {
	h.Helper()
	values := make([]float64, len(times))
	for i := range values {
		values[i] = float64(h.Last) + 1
	}
	return h.Append(ctx, &telemetry.Block{Columns: []telemetry.Column{{Series: Series, Times: times, Values: values}}})
}

func (h *House) Append(ctx context.Context, b *telemetry.Block) telemetry.Position {
	h.Helper()
	h.Last++
	b.At = telemetry.Position{Stream: h.Stream, Number: h.Last}
	b.Stamp = telemetry.StampAt(h.Sched.Now()) + telemetry.Stamp(h.Last)
	p, err := blockcodec.Encode(nil, b)
	h.Must(err)
	_, err = h.Journal.Append(ctx, journal.Append{At: b.At, Stamp: b.Stamp, Block: p})
	h.Must(err)
	return b.At
}

func (h *House) Compact(ctx context.Context) compaction.Result {
	h.Helper()
	res, err := h.Compaction.Compact(ctx, Shard)
	h.Must(err)
	return res
}

func (h *House) Mark(ctx context.Context) telemetry.Number {
	h.Helper()
	idx, err := h.Journal.Index(ctx, Shard, h.Stream.Day)
	h.Must(err)
	for _, st := range idx.Streams {
		if st.Stream == h.Stream {
			return st.Mark
		}
	}
	h.Fatal("the stream is not listed")
	return 0
}

// chunk is the chunk of the year that holds the time; nil if there is none.
func (h *House) Chunk(ctx context.Context, size telemetry.WindowSize, at int64) (*telemetry.Chunk, chunks.Row) {
	h.Helper()
	row, err := h.Rows.Get(ctx, chunks.ChunkKey("t", Series, telemetry.WindowOf(size, at)))
	if fault.Is(err, fault.NotFound) {
		return nil, row
	}
	h.Must(err)
	c, err := chunkcodec.Decode(row.Value)
	h.Must(err)
	return c, row
}

func (h *House) Tide(state region.State, lag time.Duration) { h.Account.SetState(state, lag) }

// settle compacts until the journal is empty.
func (h *House) Settle(ctx context.Context) {
	h.Helper()
	for range 40 {
		if h.Compact(ctx); h.Mark(ctx) == h.Last {
			return
		}
		h.Sleep(ctx, 5*time.Second)
	}
	h.Fatalf("the mark is %d of %d", h.Mark(ctx), h.Last)
}

// erase appends a block with a deletion of the series.
func (h *House) Erase(ctx context.Context, from, to int64) {
	h.Helper()
	h.Append(ctx, &telemetry.Block{Deletions: []telemetry.Deletion{{Series: Series, From: from, To: to}}})
}

// purge gives how many deletions still stand.
func (h *House) Purge(ctx context.Context) int {
	h.Helper()
	standing, err := h.Retention.Purge(ctx, Shard)
	h.Must(err)
	return standing
}

// forget compacts and purges until no deletion stands.
func (h *House) Forget(ctx context.Context) {
	h.Helper()
	for range 40 {
		h.Compact(ctx)
		if h.Purge(ctx) == 0 {
			return
		}
		h.Sleep(ctx, 5*time.Second)
	}
	h.Fatal("a deletion still stands")
}
