package compaction_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"tidemark/domain/analytics"
	"tidemark/domain/compaction"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/chunkcodec"
	"tidemark/ports/chunks"
)

// fast appends blocks of so many readings of the series, each so far after the one before, with values that do not
// compress.
func (h *house) fast(ctx context.Context, from int64, n int, every int64) {
	h.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	for n > 0 {
		c := telemetry.Column{Series: series}
		for ; n > 0 && len(c.Times) < 60_000; n-- {
			c.Times, c.Values = append(c.Times, from+rng.Int64N(every)), append(c.Values, rng.NormFloat64())
			from += every
		}
		h.Append(ctx, &telemetry.Block{Columns: []telemetry.Column{c}})
	}
}

// leaves counts the chunks that hold readings, by size, and their readings.
func (h *house) leaves(ctx context.Context, year int32) (rows map[telemetry.WindowSize]int, readings int) {
	h.Helper()
	rows = map[telemetry.WindowSize]int{}
	p := chunks.PartitionOf("t", series, telemetry.YearWindow(year))
	for row, err := range h.Rows.Scan(ctx, chunks.Range{Partition: p, From: "c", To: "d"}) {
		h.Must(err)
		c, err := chunkcodec.Decode(row.Value)
		h.Must(err)
		if w, ok := chunks.WindowOfRow(row.Key.Row); !ok || w != c.Window {
			h.Fatalf("row %q holds %v", row.Key.Row, c.Window)
		}
		if !c.Split {
			rows[c.Window.Size]++
			readings += len(c.Times)
		}
	}
	return rows, readings
}

// TestAFastSeriesSettles writes what one request may hold: five minutes at 300 readings a second, and as many at one
// a nanosecond. Either was once too large for the row of five minutes, and stayed in the journal for ever.
func TestAFastSeriesSettles(t *testing.T) {
	for every, least := range map[time.Duration]telemetry.WindowSize{
		time.Second / 300:     telemetry.WindowSeconds,
		50 * time.Microsecond: telemetry.Window250ms,
		time.Microsecond:      telemetry.Window10ms,
		10 * time.Nanosecond:  telemetry.Window250us,
		1:                     telemetry.Window10us,
	} {
		t.Run(every.String(), func(t *testing.T) {
			in(t, compaction.Config{}, func(ctx context.Context, h *house) {
				const n = 100_000
				from := telemetry.WindowOf(telemetry.WindowHour, telemetry.Moment(h.Sched.Now())).Start()
				h.fast(ctx, from, n, int64(every))
				h.Put(ctx, from+int64(time.Hour))
				h.Settle(ctx)
				rows, readings := h.leaves(ctx, telemetry.YearOf(from))
				if readings != n+1 || rows[least] < 3 {
					t.Fatalf("%d readings of %d in rows %v", readings, n+1, rows)
				}
				for size := range rows {
					if size > least {
						t.Fatalf("rows %v: divided further than %v", rows, least)
					}
				}
				_, err := h.Retention.Purge(ctx, shard)
				h.Must(err)
			})
		})
	}
}

// TestFiveMinutesAtTheBound has as many readings as a row of five minutes takes, and one more.
func TestFiveMinutesAtTheBound(t *testing.T) {
	for n, want := range map[int]telemetry.WindowSize{compaction.FineReadings: telemetry.WindowMinutes,
		compaction.FineReadings + 1: telemetry.WindowSeconds} {
		in(t, compaction.Config{}, func(ctx context.Context, h *house) {
			from := telemetry.WindowOf(telemetry.WindowHour, telemetry.Moment(h.Sched.Now())).Start()
			h.fast(ctx, from, n, int64(9*time.Millisecond))
			h.Settle(ctx)
			rows, readings := h.leaves(ctx, telemetry.YearOf(from))
			if readings != n || len(rows) != 1 || rows[want] == 0 {
				t.Fatalf("%d readings: %d in rows %v", n, readings, rows)
			}
		})
	}
}

// TestTheFullestRowFits encodes the worst chunk that is not split: every reading with a value of its own and from a
// block of its own.
func TestTheFullestRowFits(t *testing.T) {
	for _, size := range []telemetry.WindowSize{telemetry.WindowMinutes, telemetry.WindowLeast} {
		rng := rand.New(rand.NewPCG(1, 2))
		w := telemetry.WindowOf(size, 1_794_355_200_000_000_000)
		n := min(compaction.FineReadings, int(size.Nanos()))
		c := &telemetry.Chunk{Tenant: "t", Series: series, Window: w}
		for i := range n {
			at := w.Start() + int64(i)*(size.Nanos()/int64(n)) + rng.Int64N(size.Nanos()/int64(n))
			c.Times, c.Values = append(c.Times, at), append(c.Values, math.Float64frombits(rng.Uint64()&^(1<<62)))
			c.Origins = append(c.Origins, telemetry.OriginRun{Count: 1, Origin: telemetry.Origin{
				Stamp:  telemetry.StampAt(time.Unix(0, w.Start())) + telemetry.Stamp(rng.Int64N(1<<44)),
				Writer: telemetry.Writer(fmt.Sprintf("%026d", i%16)), Number: telemetry.Number(1<<20 + i)}})
		}
		p, err := chunkcodec.Encode(nil, c)
		if err != nil || len(p) > chunks.MaxValueBytes*9/10 {
			t.Errorf("%v: %d bytes, %v: no room for the coverage", w, len(p), err)
		}
		r, err := analytics.EncodeRollup(nil, analytics.RollupOf(c))
		if err != nil || len(r) > chunks.MaxValueBytes*9/10 {
			t.Errorf("%v: the rollup has %d bytes, %v", w, len(r), err)
		}
		t.Logf("%v: %d readings, %d bytes and %d of the rollup", w, n, len(p), len(r))
	}
}
