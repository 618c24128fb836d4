package analytics

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tidemark/domain/telemetry"
)

// walk is a day of readings as a sensor makes them: one in ten seconds, a value that wanders.
func walk(n int) (times []int64, values []float64) {
	rng := rand.New(rand.NewPCG(1, 2))
	times, values = make([]int64, n), make([]float64, n)
	v := 20.0
	for i := range times {
		v += rng.NormFloat64() * 0.05
		times[i], values[i] = int64(i)*10*int64(time.Second), v
	}
	return times, values
}

func BenchmarkAccumulate(b *testing.B) {
	times, values := walk(8640)
	for _, list := range []string{"mean", "mean,stddev,p95", "rate"} {
		funcs, err := ParseFuncs(list)
		if err != nil {
			b.Fatal(err)
		}
		for _, step := range []time.Duration{time.Minute, time.Hour} {
			b.Run(fmt.Sprintf("%s/%s", list, step), func(b *testing.B) {
				s, _ := FixedStep(step)
				p, err := NewPlan(s, 0, int64(24*time.Hour), funcs, MaxBuckets)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					a := NewAccumulator(p)
					if err := a.AddReadings(times, values); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(times)), "ns/reading")
			})
		}
	}
}

func BenchmarkMomentsAdd(b *testing.B) {
	_, values := walk(4096)
	var m Moments
	for i := 0; b.Loop(); i++ {
		m.Add(int64(i), values[i%4096])
	}
}

func BenchmarkSketchAdd(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	wild := make([]float64, 4096)
	for i := range wild {
		wild[i] = rng.NormFloat64() * 100
	}
	_, calm := walk(4096)
	for name, values := range map[string][]float64{"wandering": calm, "normal": wild} {
		b.Run(name, func(b *testing.B) {
			var s Sketch
			for i := 0; b.Loop(); i++ {
				s.Add(values[i%4096])
			}
		})
	}
}

func BenchmarkRows(b *testing.B) {
	times, values := walk(8640)
	funcs, _ := ParseFuncs("mean,stddev,p95,max")
	for _, f := range funcs {
		b.Run(f.String(), func(b *testing.B) {
			s, _ := FixedStep(time.Hour)
			p, err := NewPlan(s, 0, int64(24*time.Hour), funcs, MaxBuckets)
			if err != nil {
				b.Fatal(err)
			}
			a := NewAccumulator(p)
			if err := a.AddReadings(times, values); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				a.Column(f)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*24), "ns/bucket")
		})
	}
}

func BenchmarkRollup(b *testing.B) {
	times, values := walk(8640)
	r := RollupOf(&telemetry.Chunk{Tenant: "t", Window: telemetry.Window{Size: telemetry.WindowDay}, Times: times,
		Values: values})
	bytes, err := EncodeRollup(nil, r)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("make", func(b *testing.B) {
		for b.Loop() {
			RollupOf(&telemetry.Chunk{Window: r.Window, Times: times, Values: values})
		}
	})
	b.Run("encode", func(b *testing.B) {
		for b.Loop() {
			bytes, _ = EncodeRollup(bytes[:0], r)
		}
		b.ReportMetric(float64(len(bytes))/float64(len(r.Buckets)), "bytes/bucket")
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := DecodeRollup(bytes); err != nil {
				b.Fatal(err)
			}
		}
	})
}
