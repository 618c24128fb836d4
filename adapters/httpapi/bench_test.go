package httpapi_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
)

// lines are as Telegraf sends them: 125 hosts, four fields a line.
func lines(n int) []byte {
	rng := rand.New(rand.NewPCG(1, 2))
	var out []byte
	for i := range n {
		out = fmt.Appendf(out, "cpu,cpu=cpu-total,host=server-%04d "+
			"usage_idle=%.2f,usage_system=%.2f,usage_user=%.2f,n=%di %d\n",
			i%125, rng.Float64()*100, rng.Float64()*100, rng.Float64()*100, rng.IntN(1000), 1_700_000_000_000_000_000+
				int64(i/125)*10_000_000_000)
	}
	return out
}

// sink takes everything and keeps nothing.
type sink struct{ readings int }

func (s *sink) Write(_ context.Context, _ telemetry.Tenant, b *telemetry.Batch,
	_ ingest.Options) (ingest.Receipt, error) {
	s.readings += b.Len()
	return ingest.Receipt{Durability: telemetry.DurableOne, Stamp: apitest.Stamp}, nil
}

// nowhere is a response that nobody reads.
type nowhere struct {
	header http.Header
	status int
}

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (w *nowhere) WriteHeader(status int)      { w.status = status }

func BenchmarkWriteLineProtocol(b *testing.B) {
	for _, coding := range []string{"identity", "gzip", "zstd"} {
		b.Run(coding, func(b *testing.B) {
			in := lines(5000)
			if coding != "identity" {
				in = apitest.Compress(b, coding, in)
			}
			benchmarkPost(b, "/api/v2/write", in, 20_000, 204, "Content-Encoding", coding)
		})
	}
}

func BenchmarkWriteJSON(b *testing.B) {
	for _, n := range []int{1, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			in := []byte(`{"readings":[`)
			for i := range n {
				in = fmt.Appendf(in, `{"source":"server-%04d","metric":"cpu","time":%d,"value":%d.5},`, i%125,
					1_700_000_000_000_000_000+int64(i)*1e9, i)
			}
			in = append(in[:len(in)-1], "]}"...)
			benchmarkPost(b, "/v1/readings", in, n, 200, "Content-Type", "application/json")
		})
	}
}

func benchmarkPost(b *testing.B, target string, in []byte, readings, want int, headers ...string) {
	var s sink
	r := apitest.New(b, httpapi.Config{}, func(d *httpapi.Deps) { d.Ingest, d.Observe, d.Log = &s, nil, nil })
	q := httptest.NewRequest("POST", target, nil)
	for i := 0; i < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	q.ContentLength = int64(len(in))
	w := nowhere{header: http.Header{}}
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		q.Body = readCloser{bytes.NewReader(in)}
		clear(w.header)
		r.Handler.ServeHTTP(&w, q)
		if w.status != want {
			b.Fatal(w.status)
		}
	}
	if s.readings < readings*b.N {
		b.Fatalf("%d readings in %d requests", s.readings, b.N)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(readings), "ns/reading")
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func BenchmarkReadings(b *testing.B) {
	for _, accept := range []string{"application/json", "text/csv"} {
		b.Run(accept, func(b *testing.B) {
			r := apitest.New(b, httpapi.Config{}, func(d *httpapi.Deps) { d.Observe, d.Log = nil, nil })
			const n = 10_000
			for i := range n {
				r.Query.Points.Times = append(r.Query.Points.Times, 1_700_000_000_000_000_000+int64(i)*1e9)
				r.Query.Points.Values = append(r.Query.Points.Values, float64(i)/8)
			}
			q := httptest.NewRequest("GET",
				"/v1/readings?source=roof&metric=temp&from=0&to=1800000000000000000&limit=100000", nil)
			q.Header.Set("Accept", accept)
			w := nowhere{header: http.Header{}}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				r.Handler.ServeHTTP(&w, q)
				if w.status != 200 {
					b.Fatal(w.status)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/reading")
		})
	}
}
