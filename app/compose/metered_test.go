package compose

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/httpapi"
	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/node"
	"tidemark/domain/telemetry/readings"
	"tidemark/ports/cache/cachetest"
	"tidemark/ports/chunks/chunkstest"
	"tidemark/ports/journal/journaltest"
	"tidemark/ports/queue/queuetest"
)

// metered is a memory storage behind the decorators.
func metered() (node.Stores, *metrics) {
	m := newMetrics("test")
	return m.stores("request", openMemory(goruntime.New()).front), m
}

func TestMeteredPortsPassTheProofs(t *testing.T) {
	t.Run("journal", func(t *testing.T) {
		journaltest.Run(t, journaltest.Harness{Second: true, New: func(journaltest.T) journaltest.Fixture {
			s, _ := metered()
			return journaltest.Fixture{Journal: s.Journal, Directory: s.Directory, SecondJournal: s.Journal,
				SecondDirectory: s.Directory}
		}})
	})
	t.Run("rows", func(t *testing.T) {
		chunkstest.Run(t, chunkstest.Harness{Second: true, New: func(chunkstest.T) chunkstest.Fixture {
			s, _ := metered()
			return chunkstest.Fixture{Store: s.Rows, Second: s.Rows}
		}})
	})
	t.Run("queue", func(t *testing.T) {
		queuetest.Run(t, queuetest.Harness{Second: true, New: func(queuetest.T) queuetest.Fixture {
			q := memory.NewQueue(goruntime.New())
			var skew time.Duration
			m := meteredQueue{q, &watch{m: newMetrics("test"), side: "request"}}
			return queuetest.Fixture{Queue: m, Second: m, Pass: func(d time.Duration) { skew += d; q.SetSkew(skew) }}
		}})
	})
	t.Run("cache", func(t *testing.T) {
		cachetest.Run(t, cachetest.Harness{Second: true, New: func(cachetest.T) cachetest.Fixture {
			inner := memory.NewCache(goruntime.New(), 16<<20)
			var skew time.Duration
			c := meteredCache{inner, newMetrics("test")}
			return cachetest.Fixture{Cache: c, Second: c,
				Pass: func(d time.Duration) { skew += d; inner.SetSkew(skew) }}
		}})
	})
}

func TestCallsAreCountedByOutcome(t *testing.T) {
	s, m := metered()
	if _, err := s.Journal.Identity(t.Context()); !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	if _, err := s.Rows.Get(t.Context(), cursorKeyRow); !fault.Is(err, fault.NotFound) {
		t.Fatal(err)
	}
	if _, err := makeCursorKey(t.Context(), s.Rows); err != nil {
		if err = s.Rows.Prepare(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err = makeCursorKey(t.Context(), s.Rows); err != nil {
			t.Fatal(err)
		}
	}
	text := scrape(t, m)
	for _, want := range []string{
		`tidemark_storage_seconds_count{op="rows.get",result="not-found",side="request"}`,
		`tidemark_storage_seconds_count{op="rows.apply",result="ok",side="request"} 1`,
		`tidemark_rows_changed_total{table="state"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func scrape(t *testing.T, m *metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(w.Body)
	if err != nil || w.Code != http.StatusOK {
		t.Fatal(w.Code, err)
	}
	return string(body)
}

// TestMetricsAreDocumented holds the table of docs/operations.md against what a node registers, both ways.
func TestMetricsAreDocumented(t *testing.T) {
	n := start(t, inMemory())
	doc, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `(tidemark_[a-z_]+)`").FindAllStringSubmatch(string(doc), -1) {
		documented = append(documented, row[1])
	}
	registered := names(t, n)
	for _, name := range registered {
		if !slices.Contains(documented, name) {
			t.Errorf("%s is not in docs/operations.md", name)
		}
	}
	for _, name := range documented {
		if !slices.Contains(registered, name) {
			t.Errorf("docs/operations.md lists %s, which does not exist", name)
		}
	}
}

// names lists what the node's registry describes, also what has no value yet.
func names(t *testing.T, n *Node) []string {
	t.Helper()
	var out []string
	for _, name := range described(n.signals.metrics) {
		if strings.HasPrefix(name, "tidemark_") {
			out = append(out, name)
		}
	}
	if len(out) < 15 {
		t.Fatalf("only %d names: %v", len(out), out)
	}
	return out
}

func TestMetricsHaveGoodNames(t *testing.T) {
	m := newMetrics("test")
	m.observe(httpapi.Observation{Method: "GET", Route: "/v1/series", Status: 200, Duration: time.Second, BytesOut: 10})
	in := m.ingest(slog.New(slog.DiscardHandler))
	in.Appended(100, 10, time.Millisecond)
	in.Retried(fault.Unavailable)
	in.Fenced()
	in.Refused(fault.Throttled)
	m.request("journal.append")
	m.observe(httpapi.Observation{Method: "POST", Route: "/write", Status: 204,
		Skipped: [readings.SkipKinds]int{3, 0, 1}, Overwritten: 7})
	problems, err := testutil.GatherAndLint(m.registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	text := scrape(t, m)
	for _, want := range []string{"tidemark_ingest_readings_total 10", "tidemark_ingest_block_bytes_total 100",
		`tidemark_line_skipped_total{kind="text"} 3`, `tidemark_line_skipped_total{kind="label"} 1`,
		"tidemark_overwritten_total 7"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestTracesAreSentWhereTheyAreWanted(t *testing.T) {
	var sent atomic.Int64
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/traces" {
			sent.Add(1)
		}
	}))
	defer collector.Close()
	for _, endpoint := range []string{"http://c:4318", "http://c:4318/", "http://c:4318/v1/traces"} {
		if got := (Telemetry{OTLPEndpoint: endpoint}).traces(); got != "http://c:4318/v1/traces" {
			t.Errorf("%s becomes %s", endpoint, got)
		}
	}
	cfg := inMemory()
	cfg.Telemetry.OTLPEndpoint = collector.URL
	n, err := New(t.Context(), cfg, "test", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	get(t, n.URL()+"/health/ready") // no span
	get(t, n.URL()+"/v1/series")
	http.DefaultClient.CloseIdleConnections()
	if err := n.Stop(); err != nil { // flushes
		t.Fatal(err)
	}
	if sent.Load() == 0 {
		t.Error("no trace arrived")
	}
}

// described lists the names of all metrics, also of those without a value yet, in no order.
func described(m *metrics) []string {
	descriptions := make(chan *prometheus.Desc)
	go func() {
		m.registry.Describe(descriptions)
		close(descriptions)
	}()
	var names []string
	for d := range descriptions {
		_, rest, _ := strings.Cut(d.String(), `fqName: "`)
		name, _, _ := strings.Cut(rest, `"`)
		names = append(names, name)
	}
	return names
}
