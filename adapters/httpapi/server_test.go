package httpapi_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
)

// listen serves a rig on a real socket.
func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := httpapi.NewServer("", h, nil)
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close(); <-done })
	return l.Addr().String()
}

// safeIngest counts, for many clients at once.
type safeIngest struct {
	mu       sync.Mutex
	readings int
}

func (s *safeIngest) Write(_ context.Context, _ telemetry.Tenant, b *telemetry.Batch,
	_ ingest.Options) (ingest.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readings += b.Len()
	return ingest.Receipt{Durability: telemetry.DurableOne, Stamp: apitest.Stamp}, nil
}

func concurrent(d *httpapi.Deps) *safeIngest {
	var mu sync.Mutex
	ids, s := 0, &safeIngest{}
	d.Ingest, d.Observe, d.Log = s, nil, nil
	d.NewID = func() string { mu.Lock(); defer mu.Unlock(); ids++; return fmt.Sprint(ids) }
	return s
}

func TestManyClientsAtOnce(t *testing.T) {
	var stored *safeIngest
	r := apitest.New(t, httpapi.Config{TenantRate: 1e6}, func(d *httpapi.Deps) { stored = concurrent(d) })
	addr := listen(t, r.Handler)
	gz := apitest.Compress(t, "gzip", []byte(apitest.TwoLines))
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 20 {
				q, _ := http.NewRequest("POST", "http://"+addr+"/api/v2/write", strings.NewReader(string(gz)))
				q.Header.Set("Content-Encoding", "gzip")
				if i%2 == 0 {
					q, _ = http.NewRequest("POST", "http://"+addr+"/v1/readings",
						strings.NewReader(apitest.TwoReadings))
					q.Header.Set("Content-Type", "application/json")
				}
				w, err := http.DefaultClient.Do(q)
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, w.Body)
				_ = w.Body.Close()
				if w.StatusCode >= 300 {
					t.Errorf("status %d", w.StatusCode)
				}
			}
		})
	}
	wg.Wait()
	http.DefaultClient.CloseIdleConnections()
	if want := 4*20*2 + 4*20*3; stored.readings != want {
		t.Errorf("stored %d readings, want %d", stored.readings, want)
	}
}

// raw sends bytes and reads the first answer.
func raw(t *testing.T, addr, text string) *http.Response {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	go func() { _, _ = io.WriteString(c, text) }()
	w, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestHostileConnections(t *testing.T) {
	var stored *safeIngest
	r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) { stored = concurrent(d) })
	addr := listen(t, r.Handler)
	const head = "POST /v1/readings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
	for name, c := range map[string]struct {
		text   string
		status int
	}{
		"length over the limit": {head + "Content-Length: 33554433\r\n\r\n", 413},
		"chunks over the limit": {head + "Transfer-Encoding: chunked\r\n\r\n2100000\r\n" +
			strings.Repeat(" ", 0x2100000) + "\r\n0\r\n\r\n", 413},
		"header over the limit": {head + "X: " + strings.Repeat("x", 40<<10) + "\r\n\r\n", 431},
		"two lengths":           {head + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x", 400},
		"no host":               {"POST /v1/readings HTTP/1.1\r\n\r\n", 400},
		"a coding and no such":  {head + "Transfer-Encoding: gzip\r\n\r\n", 501},
		"upgrade to something else": {
			"GET /v1/latest HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 200},
	} {
		t.Run(name, func(t *testing.T) {
			if w := raw(t, addr, c.text); w.StatusCode != c.status {
				b, _ := io.ReadAll(w.Body)
				t.Errorf("status %d: %s", w.StatusCode, b)
			}
		})
	}
	if stored.readings != 0 {
		t.Errorf("stored %d readings", stored.readings)
	}
}

// A body that breaks off stores nothing of what came.
func TestBodiesThatBreakOff(t *testing.T) {
	var stored *safeIngest
	seen := make(chan httpapi.Observation, 1)
	r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) {
		stored = concurrent(d)
		d.Observe = func(o httpapi.Observation) { seen <- o }
	})
	c, err := net.Dial("tcp", listen(t, r.Handler))
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "POST /write HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\ncpu value=1 1\n")
	_ = c.Close()
	select {
	case o := <-seen:
		if o.Status != 400 || stored.readings != 0 {
			t.Errorf("seen %+v, stored %d", o, stored.readings)
		}
	case <-time.After(10 * time.Second):
		t.Error("the request did not end")
	}
}

// A body that does not come in time is 408; a body that breaks is 400, whoever reads it.
func TestBodiesThatDoNotCome(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for _, target := range []string{"POST /v1/readings", "POST /write", "PUT /v1/sources/roof"} {
		for cause, want := range map[error]int{os.ErrDeadlineExceeded: 408, io.ErrUnexpectedEOF: 400} {
			method, path, _ := strings.Cut(target, " ")
			q := httptest.NewRequest(method, path, iotest.ErrReader(cause))
			q.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			r.Handler.ServeHTTP(w, q)
			apitest.WantStatus(t, w, want)
		}
	}
	if len(r.Ingest.Writes) > 0 {
		t.Errorf("%d writes", len(r.Ingest.Writes))
	}
}

// The work of a request ends with its time.
func TestRequestsEnd(t *testing.T) {
	r := apitest.New(t, httpapi.Config{Timeout: time.Millisecond}, func(d *httpapi.Deps) { d.Ingest = patient{} })
	p := apitest.WantProblem(t, r.Do("POST", "/v1/readings", []byte(apitest.TwoReadings), "Content-Type",
		"application/json"), 503,
		"canceled")
	if p.PerhapsStored {
		t.Errorf("%+v", p)
	}
}

// patient waits for the end of the context.
type patient struct{}

func (patient) Write(ctx context.Context, _ telemetry.Tenant, _ *telemetry.Batch,
	_ ingest.Options) (ingest.Receipt, error) {
	<-ctx.Done()
	return ingest.Receipt{}, ctx.Err()
}
