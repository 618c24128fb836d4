package ingest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
)

// TestTheLaterRowStandsAcrossBlocks sends a request that does not fit into one block, nor into one shard, and has
// each reading at its beginning again at its end, with another value: by the rule of later, of stamp and number, the
// value of the end stands.
func TestTheLaterRowStandsAcrossBlocks(t *testing.T) {
	for _, shards := range []int{1, 2} {
		in(t, ingest.Config{Shards: shards}, func(ctx context.Context, h *house) {
			const sources = 20
			rng := rand.New(rand.NewPCG(uint64(shards), 1))
			var b telemetry.Batch
			add := func(time int64, value float64) {
				for of := range uint32(sources) {
					b.Add(of, time, value)
				}
			}
			for i := range sources {
				b.AddSeries(telemetry.Series{Source: telemetry.Source(fmt.Sprint("s", i)), Metric: "m"}, "")
			}
			add(1, 1)
			for i := range shards * 20_000 {
				add(int64(i+2)<<20+rng.Int64N(1<<20), rng.NormFloat64())
			}
			add(1, 2)
			must(t, h.svc, ctx, &b, ingest.Options{})
			type said struct {
				at    telemetry.Origin
				value float64
			}
			last := map[telemetry.Series]said{}
			values := map[float64]int{}
			for i := range shards {
				h.each(ctx, telemetry.Shard{Tenant: "t", Index: uint16(i)}, func(b *telemetry.Block) {
					for _, c := range b.Columns {
						if c.Times[0] != 1 {
							continue
						}
						values[c.Values[0]]++
						now := said{telemetry.Origin{Stamp: b.Stamp, Writer: b.At.Stream.Writer, Number: b.At.Number},
							c.Values[0]}
						if before, ok := last[c.Series]; !ok || now.at.Later(before.at) {
							last[c.Series] = now
						}
					}
				})
			}
			if values[1] != sources || values[2] != sources {
				t.Fatalf("%d shards: stored are %v: the two rows are in one block", shards, values)
			}
			for s, v := range last {
				if v.value != 2 {
					t.Errorf("%d shards: of %v the earlier row stands", shards, s)
				}
			}
		})
	}
}

// each goes through the blocks of a shard in the journal.
func (h *house) each(ctx context.Context, s telemetry.Shard, do func(*telemetry.Block)) {
	h.Helper()
	for d := telemetry.DayOf(h.sched.Now()) - 1; d <= telemetry.DayOf(h.sched.Now())+1; d++ {
		idx, err := h.j.Index(ctx, s, d)
		if err != nil {
			h.Fatal(err)
		}
		for _, st := range idx.Streams {
			for e, err := range h.j.Read(ctx, st.Stream, st.Mark) {
				if err != nil {
					h.Fatal(err)
				}
				b, err := blockcodec.Decode(e.Block)
				if err != nil {
					h.Fatal(err)
				}
				do(b)
			}
		}
	}
}
