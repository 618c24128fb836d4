package compaction_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"tidemark/domain/compaction"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/blockcodec"
	"tidemark/ports/journal"
)

// TestABlockThatCannotBeReadDoesNotStopTheOthers stores bytes that are no block behind a good block of a stream:
// what lies before them and in other streams is compacted and dropped, they themselves and the floor stay, for nobody
// knows what they are stamped with, and every pass says what is wrong. A block that can be read is taken up again.
func TestABlockThatCannotBeReadDoesNotStopTheOthers(t *testing.T) {
	in(t, compaction.Config{}, func(ctx context.Context, h *house) {
		spoiled := h.Stream
		first := h.Put(ctx, 1000)
		bad := telemetry.Position{Stream: spoiled, Number: first.Number + 1}
		_, err := h.Journal.Append(ctx, journal.Append{At: bad, Block: []byte("spoiled")})
		h.Must(err)
		behind := telemetry.Position{Stream: spoiled, Number: bad.Number + 1}
		text, err := blockcodec.Encode(nil, &telemetry.Block{At: behind, Stamp: telemetry.StampAt(h.Sched.Now()) + 9,
			Columns: []telemetry.Column{{Series: series, Times: []int64{9000}, Values: []float64{9}}}})
		h.Must(err)
		_, err = h.Journal.Append(ctx, journal.Append{At: behind, Block: text})
		h.Must(err)

		h.Stream.Writer, h.Last = "another", 0
		h.Put(ctx, 2000)
		h.Put(ctx, 3000)
		for range 100 { // minutes, in which a floor would rise
			_, err := h.Compaction.Compact(ctx, shard)
			if !fault.Is(err, fault.Corrupt) || !strings.Contains(err.Error(), bad.String()) {
				t.Fatalf("the pass says %v, want corrupt and %s", err, bad)
			}
			h.Sleep(ctx, 3*time.Second)
		}
		if got := h.Mark(ctx); got != 2 {
			t.Errorf("the mark of the other stream is %d, want 2: both of its blocks are settled", got)
		}
		h.Stream = spoiled
		if got := h.Mark(ctx); got != first.Number {
			t.Errorf("the mark is %d, want %d, just before what cannot be read", got, first.Number)
		}
		c, _ := h.Chunk(ctx, telemetry.WindowYear, 1000)
		if c == nil || len(c.Times) != 3 {
			t.Fatalf("the chunk is %+v, want the three readings that can be read", c)
		}
		if c.Floor != 0 {
			t.Errorf("the chunk was folded with the floor %s, over a block with an unknown stamp", c.Floor)
		}
	})
}
