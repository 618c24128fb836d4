package bench

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"io"

	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/httpapi"
	"tidemark/adapters/tokens"
	"tidemark/domain/ingest"
	"tidemark/domain/intake"
	"tidemark/domain/status"
	"tidemark/domain/telemetry"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// ready is the status of a node that only takes requests.
type ready struct{}

func (ready) Status(context.Context, telemetry.Tenant) (status.Report, error) {
	return status.Report{}, nil
}
func (ready) Ready(context.Context) error { return nil }

// serving is the API over a node's use cases.
func serving(n *node) (*httpapi.API, error) {
	return httpapi.New(httpapi.Config{}, httpapi.Deps{Ingest: n.ingest, Query: n.query, Status: ready{},
		Callers: tokens.Anybody("bench"), Bodies: intake.New(intake.Config{Turns: runtime.GOMAXPROCS(0)},
			goruntime.New()),
		CursorKey: make([]byte, 32), Now: time.Now, NewID: rand.Text})
}

// TestTheNodeOfTheBenchmarksServes keeps the benchmarks' node whole: they do not run with the tests.
func TestTheNodeOfTheBenchmarksServes(t *testing.T) {
	n := newNode(t, azuritetest.Require(t, azurite.Options{}), ingest.Config{AppendTimeout: 10 * time.Second})
	api, err := serving(n)
	if err != nil {
		t.Fatal(err)
	}
	rng := mathrand.New(mathrand.NewPCG(1, 2))
	body := bytes.NewReader(lines(rng, time.Now().UnixNano(), 50))
	w := httptest.NewRecorder()
	api.Handler().ServeHTTP(w, httptest.NewRequest("POST", "/write", body))
	if w.Code != http.StatusNoContent {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// BenchmarkWriteHTTPAzurite is the whole write path: 8 clients that POST 5,000 lines at a time over loopback,
// clients, server and Azurite on the same machine. An op is a request.
func BenchmarkWriteHTTPAzurite(b *testing.B) {
	n := newNode(b, azuritetest.Require(b, azurite.Options{}), ingest.Config{AppendTimeout: 10 * time.Second})
	api, err := serving(n)
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(api.Handler())
	defer server.Close()
	const clients, perRequest = 8, 5000
	rng := mathrand.New(mathrand.NewPCG(1, 2))
	bodies := make([][]byte, 32)
	for i := range bodies {
		bodies[i] = lines(rng, time.Now().UnixNano()+int64(i)*int64(10*time.Second), perRequest)
	}
	var next atomic.Int64
	took := make([]time.Duration, b.N)
	b.ResetTimer()
	started := time.Now()
	var wg sync.WaitGroup
	for range clients {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for {
				i := next.Add(1) - 1
				if i >= int64(b.N) {
					return
				}
				at := time.Now()
				if err := post(server, bodies[i%int64(len(bodies))]); err != nil {
					b.Error(err)
					return
				}
				took[i] = time.Since(at)
			}
		}()
	}
	wg.Wait()
	all := time.Since(started)
	b.StopTimer()
	readings := float64(b.N * perRequest)
	b.ReportMetric(readings/all.Seconds(), "readings/s")
	b.ReportMetric(float64(n.calls.Load())/readings*1e6, "calls/Mreading")
	p50, p99 := quantile(took, 0.5), quantile(took, 0.99)
	b.ReportMetric(float64(p50.Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(p99.Microseconds())/1000, "p99-ms")
}

func post(server *httptest.Server, body []byte) error {
	res, err := server.Client().Post(server.URL+"/api/v2/write?precision=ns", "text/plain", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("%s: %s, %v", res.Status, answer, err)
	}
	return nil
}

// quantile is the nearest rank.
func quantile(d []time.Duration, q float64) time.Duration {
	s := slices.Clone(d)
	slices.Sort(s)
	return s[int(q*float64(len(s)-1))]
}
