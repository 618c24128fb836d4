package chunkcodec

import (
	"testing"

	"tidemark/domain/column/columntest"
	"tidemark/domain/telemetry"
)

// perReadingC reports time, bytes and allocations by reading: a block or a chunk is not what a user sends.
func perReading(b *testing.B, readings, bytes int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(readings), "ns/reading")
	if bytes > 0 {
		b.ReportMetric(float64(bytes)/float64(readings), "bytes/reading")
	}
}

func benchChunk(values []float64, step int64) *telemetry.Chunk {
	w := telemetry.WindowOf(telemetry.WindowMonth, testStart)
	return &telemetry.Chunk{Tenant: "tenant", Series: telemetry.Series{Source: "station-1", Metric: "temperature"},
		Window: w,
		Times:  columntest.Regular(w.Start(), step, len(values)),
		Values: values, Origins: []telemetry.OriginRun{{Count: len(values),
			Origin: telemetry.Origin{}}}, Floor: telemetry.StampAt(testDay.Start()),
		Coverage: telemetry.Coverage(nil).With(0,
			telemetry.Covered{Stream: telemetry.Stream{Shard: telemetry.Shard{Tenant: "tenant"}, Day: testDay,
				Writer: "01JD0000000000000000000000"},
				From: 1, To: 20, Until: telemetry.StampAt(testDay.Start()) + 9})}
}

func BenchmarkEncodeChunk(b *testing.B) {
	for _, c := range []struct {
		name  string
		chunk *telemetry.Chunk
	}{
		{"walk", benchChunk(columntest.Walk(1, 4096), minute)},
		{"weather", benchChunk(columntest.Weather(1, 4096, 10*minute), 10*minute)},
	} {
		b.Run(c.name, func(b *testing.B) {
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if dst, err = Encode(dst[:0], c.chunk); err != nil {
					b.Fatal(err)
				}
			}
			perReading(b, len(c.chunk.Times), len(dst))
		})
	}
}

func BenchmarkDecodeChunk(b *testing.B) {
	c := benchChunk(columntest.Walk(1, 4096), minute)
	p, err := Encode(nil, c)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(p); err != nil {
			b.Fatal(err)
		}
	}
	perReading(b, len(c.Times), len(p))
}
