package compaction_test

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
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/domain/telemetry/chunkcodec"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
)

var (
	shard  = telemetry.Shard{Tenant: "t"}
	series = telemetry.Series{Source: "s", Metric: "m"}
)

// house is a compactor over memory on virtual time; tests write blocks by hand. during is called at every storage
// operation.
type house struct {
	*testing.T
	sched   *memory.Sched
	j       *memory.Journal
	rows    *memory.Rows
	account *memory.Account
	svc     *compaction.Service
	during  func(op string) memory.Fault
	stream  telemetry.Stream
	last    telemetry.Number
}

func in(t *testing.T, cfg compaction.Config, body func(ctx context.Context, h *house)) {
	t.Helper()
	h := &house{T: t, sched: memory.NewSched(5)}
	hook := func(op string) memory.Fault {
		if h.during != nil {
			return h.during(op)
		}
		return memory.FaultNone
	}
	h.j = memory.NewJournal(h.sched, memory.WithFault(hook))
	h.rows, h.account = memory.NewRows(h.sched), memory.NewAccount(h.sched)
	h.rows.SetFault(hook)
	h.node(cfg)
	err := h.sched.Run(func() {
		ctx := context.Background()
		h.must(h.rows.Prepare(ctx))
		day := telemetry.DayOf(h.sched.Now())
		h.must(h.j.Prepare(ctx, day))
		h.must(h.j.Register(ctx, shard, day))
		h.stream = telemetry.Stream{Shard: shard, Day: day, Writer: telemetry.Writer(fmt.Sprintf("%026d", 1))}
		body(ctx, h)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// node starts a compactor anew.
func (h *house) node(cfg compaction.Config) {
	of := func(telemetry.Tenant, telemetry.Day) bounds.Account {
		return bounds.Account{Rows: h.rows, Tide: h.account}
	}
	follow := tail.New(tail.Config{}, h.j, h.j, h.sched, nil)
	h.svc = compaction.New(cfg, compaction.Stores{Journal: h.j, Directory: h.j, Tail: follow, AccountOf: of}, h.sched)
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

func (h *house) sleep(ctx context.Context, d time.Duration) { _ = h.sched.Sleep(ctx, d) }

// put appends the next block of the stream: one reading for each time.
func (h *house) put(ctx context.Context, times ...int64) telemetry.Position {
	h.Helper()
	values := make([]float64, len(times))
	for i := range values {
		values[i] = float64(h.last) + 1
	}
	return h.append(ctx, &telemetry.Block{Columns: []telemetry.Column{{Series: series, Times: times, Values: values}}})
}

func (h *house) append(ctx context.Context, b *telemetry.Block) telemetry.Position {
	h.Helper()
	h.last++
	b.At = telemetry.Position{Stream: h.stream, Number: h.last}
	b.Stamp = telemetry.StampAt(h.sched.Now()) + telemetry.Stamp(h.last)
	p, err := blockcodec.Encode(nil, b)
	h.must(err)
	_, err = h.j.Append(ctx, journal.Append{At: b.At, Block: p})
	h.must(err)
	return b.At
}

func (h *house) compact(ctx context.Context) compaction.Result {
	h.Helper()
	res, err := h.svc.Compact(ctx, shard)
	h.must(err)
	return res
}

func (h *house) mark(ctx context.Context) telemetry.Number {
	h.Helper()
	idx, err := h.j.Index(ctx, shard, h.stream.Day)
	h.must(err)
	for _, st := range idx.Streams {
		if st.Stream == h.stream {
			return st.Mark
		}
	}
	h.Fatal("the stream is not listed")
	return 0
}

// chunk is the chunk of the year that holds the time; nil if there is none.
func (h *house) chunk(ctx context.Context, size telemetry.WindowSize, at int64) (*telemetry.Chunk, chunks.Row) {
	h.Helper()
	row, err := h.rows.Get(ctx, chunks.ChunkKey("t", series, telemetry.WindowOf(size, at)))
	if fault.Is(err, fault.NotFound) {
		return nil, row
	}
	h.must(err)
	c, err := chunkcodec.Decode(row.Value)
	h.must(err)
	return c, row
}

func (h *house) tide(state region.State, lag time.Duration) { h.account.SetState(state, lag) }
