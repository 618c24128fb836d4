package blockcodec

import (
	"fmt"
	"testing"

	"tidemark/domain/column/columntest"
	"tidemark/domain/telemetry"
)

// perReadingB reports time, bytes and allocations by reading: a block or a chunk is not what a user sends.
func perReading(b *testing.B, readings, bytes int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(readings), "ns/reading")
	if bytes > 0 {
		b.ReportMetric(float64(bytes)/float64(readings), "bytes/reading")
	}
}

// fleet is a batch of so many series with so many readings each, in the order of time, as devices send them.
func fleet(series, each int) *telemetry.Batch {
	b := new(telemetry.Batch)
	for s := range series {
		b.AddSeries(telemetry.Series{Source: telemetry.Source(fmt.Sprintf("site/%04d/meter-%05d", s%97, s)),
			Metric: telemetry.Metric([]string{"power", "voltage"}[s%2])}, "W")
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

func BenchmarkBuild(b *testing.B) {
	h := Header{At: telemetry.Position{Stream: telemetry.Stream{Shard: telemetry.Shard{Tenant: "t"}, Day: testDay,
		Writer: "01JD0000000000000000000000"}, Number: 7},
		Stamp: telemetry.StampAt(testDay.Start()), Acked: 5, AckedAs: telemetry.DurableBoth}
	weather := new(telemetry.Batch)
	for s := range 8 {
		of := weather.AddSeries(telemetry.Series{Source: telemetry.Source(fmt.Sprintf("station-%d", s)),
			Metric: "temperature"}, "C")
		for i, v := range columntest.Weather(uint64(s), 4096, 10*minute) {
			weather.Add(of, testStart+int64(i)*10*minute, v)
		}
	}
	for _, c := range []struct {
		name    string
		batches []*telemetry.Batch
	}{
		{"walk/16x4096", []*telemetry.Batch{fleet(16, 4096)}},
		{"walk/500x100", []*telemetry.Batch{fleet(500, 100)}},
		{"walk/5000x1", []*telemetry.Batch{fleet(5000, 1)}},
		{"walk/5000x10", []*telemetry.Batch{fleet(5000, 10)}},
		{"walk/50_requests_of_100x10", many(50, fleet(100, 10))},
		{"walk/1x1", []*telemetry.Batch{fleet(1, 1)}},
		{"weather/8x4096", []*telemetry.Batch{weather}},
	} {
		b.Run(c.name, func(b *testing.B) {
			var s Builder
			var dst []byte
			n := 0
			for _, batch := range c.batches {
				n += batch.Len()
			}
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if dst, err = s.Build(dst[:0], h, c.batches...); err != nil {
					b.Fatal(err)
				}
			}
			perReading(b, n, len(dst))
		})
	}
}

// many is the same readings once for each request, moved in time.
func many(n int, of *telemetry.Batch) []*telemetry.Batch {
	var bs []*telemetry.Batch
	for i := range n {
		b := &telemetry.Batch{Series: of.Series, Units: of.Units, Of: of.Of, Values: of.Values}
		for _, t := range of.Times {
			b.Times = append(b.Times, t+int64(i)*minute)
		}
		bs = append(bs, b)
	}
	return bs
}

func BenchmarkOpen(b *testing.B) {
	p, err := new(Builder).Build(nil, Header{}, fleet(5000, 1))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Open(p); err != nil {
			b.Fatal(err)
		}
	}
	perReading(b, 5000, len(p))
}
