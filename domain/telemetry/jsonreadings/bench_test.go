package jsonreadings_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/jsonreadings"
)

const perRequest = 5000

// rows writes a request in the form of one object a reading, columns the same readings by series.
func rows(series int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	out := []byte(`{"readings":[`)
	for i := range perRequest {
		if i > 0 {
			out = append(out, ',')
		}
		out = fmt.Appendf(out, `{"source":"meter-%05d","metric":"temperature","time":"%s","value":%.2f,"unit":"C"}`,
			i%series, moment(i/series), 20+rng.Float64())
	}
	return append(out, "]}"...)
}

func columns(series int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	out := []byte(`{"series":[`)
	for s := range series {
		if s > 0 {
			out = append(out, ',')
		}
		times, values := []byte("["), []byte("[")
		for i := range perRequest / series {
			if i > 0 {
				times, values = append(times, ','), append(values, ',')
			}
			times = fmt.Appendf(times, `"%s"`, moment(i))
			values = fmt.Appendf(values, "%.2f", 20+rng.Float64())
		}
		out = fmt.Appendf(out, `{"source":"meter-%05d","metric":"temperature","unit":"C","times":%s],"values":%s]}`, s,
			times, values)
	}
	return append(out, "]}"...)
}

func moment(i int) string {
	return time.Unix(1_700_000_000+int64(i)*60, 0).UTC().Format(time.RFC3339)
}

func BenchmarkDecode(b *testing.B) {
	for name, in := range map[string][]byte{"rows,series=500": rows(500), "rows,series=5000": rows(5000),
		"columns,series=500": columns(500)} {
		b.Run(name, func(b *testing.B) {
			var d jsonreadings.Decoder
			var batch telemetry.Batch
			if _, err := d.Decode(in, &batch); err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(in)))
			b.ReportAllocs()
			for b.Loop() {
				if r, err := d.Decode(in, &batch); err != nil || r.Accepted != perRequest {
					b.Fatal(r, err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/perRequest, "ns/reading")
			b.ReportMetric(float64(len(in))/perRequest, "B/reading")
		})
	}
}

// A steady stream of readings of known series costs no allocation a reading.
func TestDecodeDoesNotAllocate(t *testing.T) {
	for name, in := range map[string][]byte{"rows": rows(500), "columns": columns(500)} {
		var d jsonreadings.Decoder
		var batch telemetry.Batch
		allocs := testing.AllocsPerRun(10, func() {
			if _, err := d.Decode(in, &batch); err != nil {
				t.Fatal(err)
			}
		})
		if allocs > 50 {
			t.Errorf("%s: %v allocations for %d readings of known series", name, allocs, perRequest)
		}
	}
}
