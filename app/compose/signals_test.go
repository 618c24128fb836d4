package compose

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
)

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

// names lists what the node's metrics describe, also what has no value yet.
func names(t *testing.T, n *Node) []string {
	t.Helper()
	var out []string
	for _, name := range n.signals.metrics.Names() {
		if strings.HasPrefix(name, "tidemark_") {
			out = append(out, name)
		}
	}
	if len(out) < 15 {
		t.Fatalf("only %d names: %v", len(out), out)
	}
	return out
}

// TestTheCallsOfANodeAreCounted on both sides.
func TestTheCallsOfANodeAreCounted(t *testing.T) {
	n := start(t, inMemory())
	get(t, n.URL()+"/v1/status")
	_, text := get(t, n.URL()+"/metrics")
	for _, want := range []string{
		`tidemark_storage_seconds_count{op="rows.get",result="not-found",side="request"}`,
		`tidemark_storage_seconds_count{op="rows.apply",result="ok",side="background"}`,
		`tidemark_rows_changed_total{table="state"}`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}
