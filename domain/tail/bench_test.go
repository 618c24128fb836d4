package tail_test

import (
	"context"
	"fmt"
	"testing"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// BenchmarkSnapshot asks for a shard whose blocks are known: what following costs each question.
func BenchmarkSnapshot(b *testing.B) {
	for _, blocks := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprint(blocks), func(b *testing.B) {
			s, ctx := goruntime.New(), context.Background()
			j := memory.NewJournal(s)
			day := telemetry.DayOf(s.Now())
			check := func(err error) {
				if err != nil {
					b.Fatal(err)
				}
			}
			check(j.Prepare(ctx, day))
			check(j.Register(ctx, shard, day))
			at := telemetry.Position{Stream: telemetry.Stream{Shard: shard, Day: day,
				Writer: "00000000000000000000000001"}}
			for range blocks {
				at.Number++
				p, err := block(at, telemetry.StampAt(s.Now()))
				check(err)
				_, err = j.Append(ctx, journal.Append{At: at, Block: p})
				check(err)
			}
			t := tail.New(tail.Config{}, j, j, s, nil)
			b.ReportAllocs()
			for b.Loop() {
				snap, err := t.Snapshot(ctx, shard)
				if err != nil || len(snap.Blocks) != blocks {
					b.Fatal(len(snap.Blocks), err)
				}
			}
		})
	}
}
