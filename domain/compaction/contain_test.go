package compaction_test

import (
	"context"
	"testing"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
)

// TestARowInTroubleDoesNotStopTheOthers spoils the chunk of one series: the other series is compacted, the blocks of
// the first stay, and the pass says what is wrong.
func TestARowInTroubleDoesNotStopTheOthers(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		other := telemetry.Series{Source: "other", Metric: "m"}
		year := telemetry.WindowOf(telemetry.WindowYear, 1000)
		h.Must(h.Rows.Prepare(ctx, int32(year.Index)))
		h.Must(h.Rows.Apply(ctx, chunks.Change{Key: chunks.ChunkKey("t", series, year), Value: []byte("spoiled")}))
		h.Append(ctx, &telemetry.Block{Columns: []telemetry.Column{{Series: other, Times: []int64{1000},
			Values: []float64{1}}}})
		h.Put(ctx, 1000)
		for range 5 {
			if _, err := h.Compaction.Compact(ctx, shard); !fault.Is(err, fault.Corrupt) {
				t.Fatalf("the pass says %v, want corrupt", err)
			}
			h.Sleep(ctx, 3*time.Second)
		}
		if _, err := h.Rows.Get(ctx, chunks.ChunkKey("t", other, year)); err != nil {
			t.Fatalf("the other series: %v", err)
		}
		if got := h.Mark(ctx); got != 1 {
			t.Fatalf("the mark is %d: the first block is settled, the second has to stay", got)
		}
	})
}

// TestASourceInTroubleKeepsItsSeriesWaiting spoils the catalogue row of a source: what was deleted of its series is
// not known, so nothing of them is folded until the row can be read again.
func TestASourceInTroubleKeepsItsSeriesWaiting(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		key := chunks.SourceKey("t", series.Source)
		h.Append(ctx, &telemetry.Block{Deletions: []telemetry.Deletion{{Series: series, From: 0, To: 2000}}})
		h.Settle(ctx)
		good, err := h.Rows.Get(ctx, key)
		h.Must(err)
		h.Must(h.Rows.Apply(ctx, chunks.Change{Key: key, If: good.Version, Value: []byte("spoiled")}))
		other := telemetry.Series{Source: "other", Metric: "m"}
		h.Append(ctx, &telemetry.Block{Columns: []telemetry.Column{{Series: other, Times: []int64{1000},
			Values: []float64{1}}}})
		h.Put(ctx, 1000, 3000)
		for range 3 {
			if _, err := h.Compaction.Compact(ctx, shard); !fault.Is(err, fault.Corrupt) {
				t.Fatalf("the pass says %v, want corrupt", err)
			}
			h.Sleep(ctx, 3*time.Second)
		}
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, 1000); c != nil || h.Mark(ctx) != 2 {
			t.Fatalf("mark %d, chunk %+v: want the series to wait and the other source's block to go", h.Mark(ctx), c)
		}
		bad, err := h.Rows.Get(ctx, key)
		h.Must(err)
		h.Must(h.Rows.Apply(ctx, chunks.Change{Key: key, If: bad.Version, Value: good.Value}))
		h.Settle(ctx)
		if c, _ := h.Chunk(ctx, telemetry.WindowYear, 1000); len(c.Times) != 2 { // the put is later than the deletion
			t.Fatalf("the chunk holds %v", c.Times)
		}
	})
}
