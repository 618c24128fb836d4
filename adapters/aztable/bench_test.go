package aztable_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/simulator/azurite/azuritetest"
)

// BenchmarkAppend appends blocks to one stream, one after another and two in flight. Most of the time is Azurite's.
func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{10 << 10, 1 << 20} {
		for _, flights := range []int{1, 2} {
			b.Run(fmt.Sprintf("bytes=%d/flights=%d", size, flights), func(b *testing.B) {
				srv, account := azuritetest.Account(b)
				c, _ := open(b, srv, account)
				s, j := stream(b, c), c.Journal()
				block := noise(size)
				var n atomic.Uint64
				next := func() {
					at := telemetry.Position{Stream: s, Number: telemetry.Number(n.Add(1))}
					if _, err := j.Append(b.Context(), journal.Append{At: at, Block: block}); err != nil {
						b.Error(err)
					}
				}
				next()
				b.SetBytes(int64(size))
				b.ReportAllocs()
				if flights == 1 {
					for b.Loop() {
						next()
					}
					return
				}
				b.SetParallelism(1) // two flights on two processors
				b.RunParallel(func(pb *testing.PB) {
					for pb.Next() {
						next()
					}
				})
			})
		}
	}
}
