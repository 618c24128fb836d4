package embedded_test

import (
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// BenchmarkAppend measures durable appends: blocks of a size, by so many writers side by side.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{1 << 10, 64 << 10, 1 << 20} {
		for _, writers := range []int{1, 8, 64} {
			b.Run(fmt.Sprintf("%dKiB/%dwriters", size>>10, writers), func(b *testing.B) {
				j := open(b, b.TempDir(), time.Now).Journal()
				body := make([]byte, size)
				for i := range body {
					body[i] = byte(rand.Uint32())
				}
				var ids atomic.Int64
				b.SetBytes(int64(size))
				b.SetParallelism(max(1, writers/2))
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					s := stream(fmt.Sprint("w", ids.Add(1)))
					for n := telemetry.Number(1); pb.Next(); n++ {
						if _, err := j.Append(bg, journal.Append{At: telemetry.Position{Stream: s, Number: n},
							Block: body}); err != nil {
							b.Fatal(err)
						}
					}
				})
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
			})
		}
	}
}

// BenchmarkIndexBesideFinished shows that finished streams cost Index nothing.
func BenchmarkIndexBesideFinished(b *testing.B) {
	for _, finished := range []int{0, 2000} {
		b.Run(fmt.Sprint(finished), func(b *testing.B) {
			j := open(b, b.TempDir(), time.Now).Journal()
			for i := range finished {
				s := stream(fmt.Sprint("w", i))
				if _, err := j.End(bg, s); err != nil {
					b.Fatal(err)
				}
				ok(b, j.Seal(bg, s, 0, ""))
			}
			for b.Loop() {
				if _, err := j.Index(bg, stream("w").Shard, stream("w").Day); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
