package telemetry

import (
	"fmt"
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

// fleet is a batch of so many series with so many readings each, in the order of time, as devices send them.
func fleet(series, each int) *Batch {
	b := new(Batch)
	for s := range series {
		b.AddSeries(Series{Source(fmt.Sprintf("site/%04d/meter-%05d", s%97, s)),
			Metric([]string{"power", "voltage"}[s%2])}, "W")
	}
	values := make([][]float64, series)
	for s := range values {
		values[s] = columntest.Walk(uint64(s), each)
	}
	for i := range each {
		for s := range series {
			b.Add(uint32(s), testStart+int64(i)*second+int64(s%7)*second/10, values[s][i])
		}
	}
	return b
}

func BenchmarkSeal(b *testing.B) {
	h := BlockHeader{At: Position{Stream: Stream{Shard: Shard{Tenant: "t"}, Day: testDay,
		Writer: "01JD0000000000000000000000"}, Number: 7},
		Stamp: StampAt(testDay.Start()), Acked: 5, AckedAs: DurableBoth}
	weather := new(Batch)
	for s := range 8 {
		of := weather.AddSeries(Series{Source(fmt.Sprintf("station-%d", s)), "temperature"}, "C")
		for i, v := range columntest.Weather(uint64(s), 4096, 10*minute) {
			weather.Add(of, testStart+int64(i)*10*minute, v)
		}
	}
	for _, c := range []struct {
		name    string
		batches []*Batch
	}{
		{"walk/16x4096", []*Batch{fleet(16, 4096)}},
		{"walk/500x100", []*Batch{fleet(500, 100)}},
		{"walk/5000x1", []*Batch{fleet(5000, 1)}},
		{"walk/5000x10", []*Batch{fleet(5000, 10)}},
		{"walk/50_requests_of_100x10", many(50, fleet(100, 10))},
		{"walk/1x1", []*Batch{fleet(1, 1)}},
		{"weather/8x4096", []*Batch{weather}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var s Sealer
			var dst []byte
			n := 0
			for _, batch := range c.batches {
				n += batch.Len()
			}
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if dst, err = s.Seal(dst[:0], h, c.batches...); err != nil {
					b.Fatal(err)
				}
			}
			perReading(b, n, len(dst))
		})
	}
}

// many is the same readings once for each request, moved in time.
func many(n int, of *Batch) []*Batch {
	var bs []*Batch
	for i := range n {
		b := &Batch{Series: of.Series, Units: of.Units, Of: of.Of, Values: of.Values}
		for _, t := range of.Times {
			b.Times = append(b.Times, t+int64(i)*minute)
		}
		bs = append(bs, b)
	}
	return bs
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

func BenchmarkEncodeChunk(b *testing.B) {
	for _, c := range []struct {
		name  string
		chunk *Chunk
	}{
		{"walk", benchChunk(columntest.Walk(1, 4096), minute)},
		{"weather", benchChunk(columntest.Weather(1, 4096, 10*minute), 10*minute)},
	} {
		b.Run(c.name, func(b *testing.B) {
			var dst []byte
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if dst, err = EncodeChunk(dst[:0], c.chunk); err != nil {
					b.Fatal(err)
				}
			}
			perReading(b, len(c.chunk.Times), len(dst))
		})
	}
}

func BenchmarkDecodeChunk(b *testing.B) {
	c := benchChunk(columntest.Walk(1, 4096), minute)
	p, err := EncodeChunk(nil, c)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeChunk(p); err != nil {
			b.Fatal(err)
		}
	}
	perReading(b, len(c.Times), len(p))
}

func BenchmarkOpenBlock(b *testing.B) {
	p, err := new(Sealer).Seal(nil, BlockHeader{}, fleet(5000, 1))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := OpenBlock(p); err != nil {
			b.Fatal(err)
		}
	}
	perReading(b, 5000, len(p))
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
