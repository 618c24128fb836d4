package compose

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/fx"
	"go.uber.org/goleak"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/httpapi/schema"
	"tidemark/adapters/tokens"
	"tidemark/domain/fault"
	"tidemark/domain/telemetry"
)

func TestMain(m *testing.M) {
	if os.Getenv(bodiesNode) != "" {
		if err := nodeOfItsOwn(); err != nil {
			panic(err)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

// inMemory is a node on a free port that keeps nothing.
func inMemory() Config {
	cfg := Default()
	cfg.HTTP.Listen = "127.0.0.1:0"
	cfg.Storage.Data = Memory
	cfg.Work.Poll = 10 * time.Millisecond
	return cfg
}

func TestEveryRoleIsWired(t *testing.T) {
	for _, role := range []Role{RoleAPI, RoleWorker, RoleBoth} {
		cfg := inMemory()
		cfg.Node.Role = role
		options := parts(cfg, "test", tokens.Anybody("t"), &foundation{}, silent(), goruntime.New())
		var s *server
		if err := fx.ValidateApp(options, fx.Populate(&s)); err != nil {
			t.Errorf("role %s: %v", role, err)
		}
	}
}

func start(t *testing.T, cfg Config) *Node {
	t.Helper()
	var logs bytes.Buffer
	n, err := New(t.Context(), cfg, "test", &logs)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err, logs.String())
	}
	t.Cleanup(func() {
		if err := n.Stop(); err != nil {
			t.Error(err)
		}
		if strings.Contains(logs.String(), "context canceled") {
			t.Errorf("a node warns of its own stopping:\n%s", logs.String())
		}
		http.DefaultClient.CloseIdleConnections()
	})
	return n
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

func post(t *testing.T, url, contentType, body string) (int, string) {
	t.Helper()
	r, err := http.Post(url, contentType, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	answer, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(answer)
}

const lines = "weather,source=roof temp=21.5 1700000000000000000\nweather,source=roof temp=22.5 1700000060000000000\n"

func TestWhatIsWrittenIsReadAndCompacted(t *testing.T) {
	cfg := inMemory()
	n := start(t, cfg)
	if code, body := post(t, n.URL()+"/api/v2/write", "text/plain", lines); code != http.StatusNoContent {
		t.Fatalf("write: %d %s", code, body)
	}
	code, series := get(t, n.URL()+"/v1/series")
	if code != http.StatusOK || !strings.Contains(series, "roof") {
		t.Fatalf("series: %d %s", code, series)
	}
	comes(t, "the block is compacted and dropped", func() (any, bool) {
		_, text := get(t, n.URL()+"/metrics")
		return text, strings.Contains(text, dropped)
	})
	if _, after := get(t, n.URL()+"/v1/series"); after != series {
		t.Errorf("series changed by compaction:\n%s\n%s", series, after)
	}
	var report schema.Report
	_, status := get(t, n.URL()+"/v1/status")
	if err := json.Unmarshal([]byte(status), &report); err != nil {
		t.Fatal(err)
	}
	if report.Mode != "normal" || report.Account != "settling" || report.Tidemark.State != "single" ||
		report.Region != "east" {
		t.Errorf("status: %s", status)
	}
}

func TestAFolderKeepsWhatWasWritten(t *testing.T) {
	cfg := inMemory()
	cfg.Storage.Data = filepath.Join(t.TempDir(), "data")
	var place, series string
	for round := range 2 {
		n, err := New(t.Context(), cfg, "test", io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		if err := n.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			if code, body := post(t, n.URL()+"/write", "text/plain", lines); code != http.StatusNoContent {
				t.Fatalf("write: %d %s", code, body)
			}
			place = n.Place().Generation
			_, series = get(t, n.URL()+"/v1/series")
		} else if _, again := get(t, n.URL()+"/v1/series"); again != series || n.Place().Generation != place {
			t.Errorf("after a restart: %s, generation %s; before: %s, %s", again, n.Place().Generation, series, place)
		}
		if err := n.Stop(); err != nil {
			t.Fatal(err)
		}
		http.DefaultClient.CloseIdleConnections()
	}
}

func TestAStoppedNodeLetsGoOfItsFolder(t *testing.T) {
	cfg := inMemory()
	cfg.Storage.Data = t.TempDir()
	n, err := New(t.Context(), cfg, "test", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	_, err = New(t.Context(), cfg, "test", io.Discard)
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("a second node on the folder: %v", err)
	}
	if err := n.Stop(); err != nil { // never started
		t.Fatal(err)
	}
	again, err := New(t.Context(), cfg, "test", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Stop()
}

func TestATakenPortIsAClearError(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg := inMemory()
	cfg.HTTP.Listen = l.Addr().String()
	cfg.Storage.Data = filepath.Join(t.TempDir(), "data")
	isClear := func(err error) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), "is taken") || !strings.Contains(err.Error(), "--listen") {
			t.Errorf("%v", err)
		}
	}
	_, err = New(t.Context(), cfg, "test", io.Discard)
	isClear(err)
	if _, err := os.Stat(cfg.Storage.Data); err == nil {
		t.Error("the folder was made before the address was looked at")
	}
	l.Close()
	var logs bytes.Buffer
	n, err := New(t.Context(), cfg, "test", &logs)
	if err != nil {
		t.Fatal(err)
	}
	if l, err = net.Listen("tcp", cfg.HTTP.Listen); err != nil { // somebody is faster
		t.Fatal(err)
	}
	defer l.Close()
	isClear(n.Start(t.Context()))
	if logs.Len() > 0 {
		t.Errorf("what is returned is logged too: %s", logs.String())
	}
	cfg.HTTP.Listen = "127.0.0.1:0" // the folder was let go of
	n, err = New(t.Context(), cfg, "test", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	_ = n.Stop()
}

func TestAnOpenNodeSaysSo(t *testing.T) {
	for address, open := range map[string]bool{"127.0.0.1:0": false, "localhost:0": false, "[::1]:8080": false,
		"0.0.0.0:0": true, ":8080": true, "10.0.0.1:80": true} {
		cfg := Default()
		cfg.HTTP.Listen = address
		if got := cfg.open(); got != open {
			t.Errorf("%s: open %v, want %v", address, got, open)
		}
		cfg.Tenants.TokenFile = "tokens"
		if cfg.open() {
			t.Errorf("%s with tokens is open", address)
		}
	}
}

func TestReadinessGoesOffWhileANodeDrains(t *testing.T) {
	cfg := inMemory()
	cfg.HTTP.Drain = 500 * time.Millisecond
	n, err := New(t.Context(), cfg, "test", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code, _ := get(t, n.URL()+"/health/ready"); code != http.StatusOK {
		t.Fatalf("ready: %d", code)
	}
	stopped := make(chan error)
	go func() { stopped <- n.Stop() }()
	for deadline := time.Now().Add(400 * time.Millisecond); ; {
		code, _ := get(t, n.URL()+"/health/ready")
		if code == http.StatusServiceUnavailable {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a stopping node stays ready")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if code, _ := get(t, n.URL()+"/health/live"); code != http.StatusOK {
		t.Errorf("a draining node is not alive: %d", code)
	}
	http.DefaultClient.CloseIdleConnections()
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestAWorkerHasProbesAndMetricsOnly(t *testing.T) {
	cfg := inMemory()
	cfg.Node.Role = RoleWorker
	s := goruntime.New()
	sig := silent()
	f, err := lay(t.Context(), cfg, s, sig)
	if err != nil {
		t.Fatal(err)
	}
	n := &Node{foundation: f}
	n.app = fx.New(parts(cfg, "test", tokens.Anybody("t"), f, sig, s), fx.Populate(&n.server), fx.NopLogger)
	if err := n.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = n.Stop(); http.DefaultClient.CloseIdleConnections() }()
	for path, want := range map[string]int{"/health/live": 200, "/health/ready": 200, "/metrics": 200,
		"/v1/series": 404} {
		if code, _ := get(t, n.URL()+path); code != want {
			t.Errorf("%s: %d, want %d", path, code, want)
		}
	}
}

func TestTokensTellTenants(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte("secret,acme\nreads,acme,Telemetry.Read\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := inMemory()
	cfg.Tenants.TokenFile = file
	n := start(t, cfg)
	if code, _ := get(t, n.URL()+"/v1/series"); code != http.StatusUnauthorized {
		t.Errorf("without a token: %d", code)
	}
	for token, want := range map[string]int{"secret": 204, "reads": 403} {
		r, err := http.Post(n.URL()+"/write?p="+token, "", strings.NewReader(lines))
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		if r.StatusCode != want {
			t.Errorf("a write with the token %s: %d", token, r.StatusCode)
		}
	}
	cfg.Tenants.TokenFile += "-gone"
	if _, err := New(t.Context(), cfg, "test", io.Discard); err == nil ||
		!strings.Contains(err.Error(), "--token-file") {
		t.Errorf("without the file: %v", err)
	}
}

func TestAPartThatHangsIsLeftBehind(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	began := time.Now()
	err := within(t.Context(), "the part", 50*time.Millisecond, func(context.Context) error { <-hang; return nil })
	if err == nil || !strings.Contains(err.Error(), "left behind") || time.Since(began) > 5*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

func TestRetentionOfATenantGoesBeforeTheGeneralOne(t *testing.T) {
	w := Work{Retention: Age(48 * time.Hour), TenantRetention: map[string]Age{"acme": Age(time.Hour), "ever": 0}}
	for tenant, want := range map[telemetry.Tenant]time.Duration{"acme": time.Hour, "ever": 0,
		"other": 48 * time.Hour} {
		if got := w.retention().For(tenant); got != want {
			t.Errorf("%s: %s, want %s", tenant, got, want)
		}
	}
}
