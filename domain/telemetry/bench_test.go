package telemetry

import (
	"testing"

	"tidemark/domain/column/columntest"
)

// perReading reports time, bytes and allocations by reading: a block or a chunk is not what a user sends.
func perReading(b *testing.B, readings, bytes int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(readings), "ns/reading")
	if bytes > 0 {
		b.ReportMetric(float64(bytes)/float64(readings), "bytes/reading")
	}
}

func benchChunk(values []float64, step int64) *Chunk {
	w := WindowOf(WindowMonth, testStart)
	return &Chunk{Tenant: "tenant", Series: Series{"station-1", "temperature"}, Window: w,
		Times:  columntest.Regular(w.Start(), step, len(values)),
		Values: values, Origins: []OriginRun{{len(values), Origin{}}}, Floor: StampAt(testDay.Start()),
		Coverage: Coverage(nil).With(0, Covered{Stream: Stream{Shard: Shard{Tenant: "tenant"}, Day: testDay,
			Writer: "01JD0000000000000000000000"},
			From: 1, To: 20, Until: StampAt(testDay.Start()) + 9})}
}

func BenchmarkFold(b *testing.B) {
	c := benchChunk(columntest.Walk(1, 4096), minute)
	last := c.Times[len(c.Times)-1]
	pieces := func(from, step int64) []Piece {
		var ps []Piece
		for i := range 10 {
			o := Origin{Stamp: c.Floor + Stamp(i) + 1, Writer: "w", Number: Number(i + 1)}
			ps = append(ps, Piece{Origin: o, Times: columntest.Regular(from+int64(i*60)*step, step, 60),
				Values: columntest.Walk(uint64(i), 60)})
		}
		return ps
	}
	for _, f := range []struct {
		name   string
		pieces []Piece
	}{
		{"append", pieces(last+minute, minute)},
		{"rewrite", pieces(c.Times[100], minute)},
		{"interleave", pieces(c.Times[100]+second, minute)},
	} {
		b.Run(f.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Fold(c, f.pieces, nil, 0, MinTime)
			}
			perReading(b, len(c.Times)+600, 0)
		})
	}
}
