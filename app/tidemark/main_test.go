package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/simulator/topology"
)

// output is a writer that several goroutines use.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// serve runs the command until the test ends and gives its URL.
func serve(t *testing.T, args ...string) (string, *output) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out output
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...), io.Discard, &out)
	}()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		cancel()
		if c := <-code; c != 0 {
			t.Errorf("serve ended with %d: %s", c, out.String())
		}
	})
	found := regexp.MustCompile(`listens on (http://\S+)`)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if m := found.FindStringSubmatch(out.String()); m != nil {
			return m[1], &out
		}
	}
	t.Fatalf("serve does not listen: %s", out.String())
	return "", nil
}

// TestTheGreetingIsTrue sends the requests that serve prints and compares the answers that it promises.
func TestTheGreetingIsTrue(t *testing.T) {
	url, out := serve(t, "--data", t.TempDir())
	for _, x := range tour {
		if !strings.Contains(out.String(), url+x.path) || !strings.Contains(out.String(), x.answer) {
			t.Errorf("the greeting lacks %s:\n%s", x.path, out.String())
		}
		method := http.MethodGet
		if x.body != "" {
			method = http.MethodPost
		}
		r, err := http.NewRequest(method, url+x.path, strings.NewReader(x.body))
		if err != nil {
			t.Fatal(err)
		}
		if x.body != "" {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded") // what curl sends
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		got := strings.TrimSpace(string(body))
		if answer.StatusCode == http.StatusNoContent {
			got = nothing
		}
		if got != x.answer {
			t.Errorf("%s answers\n%s %s, promised\n%s", x.path, answer.Status, got, x.answer)
		}
	}
}

func TestWrongCommandLines(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"serf"}, exitUsage, "--help"},
		{[]string{"serve", "--region", "we st"}, exitUsage, "--region is"},
		{[]string{"init", "--region", "we st"}, exitUsage, "--region is"},
		{[]string{"serve", "--max-bytes", "100"}, exitUsage, "--max-bytes is 100: it is at least 1048576"},
		{[]string{"serve", "--role", "boss"}, exitUsage, "--role"},
		{[]string{"serve", "--role", "api"}, exitUsage, "--account"},
		{[]string{"serve", "--retention", "soon"}, exitUsage, "90d"},
		{[]string{"serve", "--data", ":memory:", "--token-file", "/nowhere/tokens"}, exitFailed, "/nowhere/tokens"},
		{[]string{"serve", "--data", ":memory:", "--listen", taken.Addr().String()}, exitFailed, "is taken"},
		{[]string{"serve", "--listen", "127.0.0.1:99999"}, exitUsage, "--listen is"},
		{[]string{"serve", "--listen", "127.0.0.1:http"}, exitUsage, "0 to 65535"},
		{[]string{"up", "--listen", "127.0.0.1:99999"}, exitUsage, "--listen: "},
		{[]string{"up", "--control", "8090"}, exitUsage, "--control: "},
		{[]string{"up", "--lag", "sometimes"}, exitUsage, "--lag: "},
		{[]string{"import", "/nowhere/x.csv"}, exitFailed, "/nowhere/x.csv"},
		{[]string{"import", "--batch", "0", "x.csv"}, exitUsage, "--batch"},
		{[]string{"init", "--account", "a", "--account-key", "?"}, exitUsage, "--account-key"},
		{[]string{"init", "--account", "a", "--account-key", "a2V5"}, exitUsage, "--replication is not given"},
		{[]string{"serve", "--account", "a", "--account-key", "a2V5"}, exitUsage, "--journal-account is not given"},
	} {
		var stdout, stderr output
		code := run(t.Context(), c.args, &stdout, &stderr)
		if code != c.code || !strings.Contains(stderr.String(), c.says) || stdout.String() != "" {
			t.Errorf("%q: exit %d (want %d), stdout %q, stderr %q (want %q)", c.args, code, c.code, stdout.String(),
				stderr.String(), c.says)
		}
	}
}

func TestHelpVersionAndDocument(t *testing.T) {
	for _, c := range []struct{ args, says string }{
		{"", "Two commands to begin with"}, {"--help", "Two commands to begin with"},
		{"serve --help", "Default: 127.0.0.1:8080"},
		{"version", "tidemark "}, {"openapi", "openapi: 3.1"}, {"openapi --json", `"openapi":"3.1`},
	} {
		var stdout, stderr output
		if code := run(t.Context(), strings.Fields(c.args), &stdout, &stderr); code != 0 ||
			!strings.Contains(stdout.String(), c.says) {
			t.Errorf("tidemark %s: exit %d, %q, %q", c.args, code, stdout.String(), stderr.String())
		}
	}
}

func TestImportTellsWhatBecameOfAFile(t *testing.T) {
	url, _ := serve(t, "--data", ":memory:")
	good := filepath.Join("weather", "seattle-weather.csv")
	var stderr output
	if code := run(t.Context(), []string{"import", "--url", url, "--batch", "500", good}, io.Discard,
		&stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	for _, want := range []string{"5,844 readings stored",
		`column "weather" holds no numbers and was left out (1,461 cells)`} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("no %q in %s", want, stderr.String())
		}
	}

	spoilt := filepath.Join(t.TempDir(), "spoilt.csv")
	text := "time,temp\n2026-01-01,1\n2026-01-02,2\n\n2026-01-03,warm\n2026-01-04,4\n"
	if err := os.WriteFile(spoilt, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, batch := range []string{"100", "2"} { // the line is that of the file, however it was cut
		var stderr output
		if code := run(t.Context(), []string{"import", "--url", url, "--batch", batch, spoilt}, io.Discard,
			&stderr); code != exitRejected {
			t.Errorf("exit %d, want %d: %s", code, exitRejected, stderr.String())
		}
		if !strings.Contains(stderr.String(), "3 readings stored") || !strings.Contains(stderr.String(), "line 5: ") {
			t.Errorf("batch %s: %s", batch, stderr.String())
		}
	}

	ndjson := filepath.Join(t.TempDir(), "x.ndjson")
	if err := os.WriteFile(ndjson, []byte(`{"source":"a","metric":"m","time":"2026-01-01T00:00:00Z","value":1}`+"\n"),
		0o600); err != nil {
		t.Fatal(err)
	}
	stderr = output{}
	if code := run(t.Context(), []string{"import", "--url", url, ndjson}, io.Discard, &stderr); code != 0 ||
		!strings.Contains(stderr.String(), ": 1 reading stored") {
		t.Errorf("NDJSON: exit %d: %s", code, stderr.String())
	}
}

func TestImportWithoutANode(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	var stderr output
	code := run(t.Context(), []string{"import", "--patience", "200ms", "--url", "http://" + l.Addr().String(),
		filepath.Join("weather", "seattle-weather.csv")}, io.Discard, &stderr)
	if code != exitFailed || !strings.Contains(stderr.String(), "is a node running there?") {
		t.Errorf("exit %d: %s", code, stderr.String())
	}
}

// TestATakenAddressIsOneSentence and nothing is made before it is told.
func TestATakenAddressIsOneSentence(t *testing.T) {
	t.Chdir(t.TempDir())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, address := range []string{l.Addr().String(), "192.0.2.1:80"} {
		code, text := said(t, "serve", "--listen", address)
		if code != exitFailed || strings.Count(text, "\n") != 1 || !strings.Contains(text, address) ||
			!strings.Contains(text, "--listen") {
			t.Errorf("exit %d: %s", code, text)
		}
	}
	if _, err := os.Stat("tidemark-data"); err == nil {
		t.Error("the folder of the data was made")
	}
}

func TestWhatIsWrongWithACommandIsNoConfiguration(t *testing.T) {
	for _, args := range [][]string{{"import", "--batch", "0", "x.csv"}, {"import", "--url", "ftp://x", "x.csv"},
		{"sim", "watch", "--every", "1ms"}} {
		if code, text := said(t, args...); code != exitUsage || strings.Contains(text, "configuration") {
			t.Errorf("%v: exit %d: %s", args, code, text)
		}
	}
}

// TestARecordALine: with --log-format json everything on standard error is JSON, whatever becomes of the node, once
// the command line is understood.
func TestARecordALine(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for address, code := range map[string]int{"127.0.0.1:0": 0, l.Addr().String(): exitFailed} {
		ctx, cancel := context.WithCancel(t.Context())
		var out output
		ended := make(chan int, 1)
		go func() {
			ended <- run(ctx, []string{"serve", "--log-format", "json", "--data", ":memory:", "--listen", address},
				io.Discard, &out)
		}()
		for deadline := time.Now().Add(20 * time.Second); out.String() == "" &&
			time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		}
		if code == 0 {
			cancel()
		}
		if got := <-ended; got != code {
			t.Errorf("%s: exit %d, want %d", address, got, code)
		}
		cancel()
		for line := range strings.Lines(out.String()) {
			var record struct{ Level, Msg string }
			if err := json.Unmarshal([]byte(line), &record); err != nil || record.Level == "" || record.Msg == "" {
				t.Errorf("%s: no record: %s", address, line)
			}
		}
	}
}

// TestTheGreetingOfUp suggests what has an answer.
func TestTheGreetingOfUp(t *testing.T) {
	a := topology.Addresses{Edge: "http://edge", Control: "http://127.0.0.1:8090"}
	with, without := upGreeting(a, true), upGreeting(a, false)
	if !strings.Contains(with, "source=seattle") || strings.Contains(without, "seattle") ||
		!strings.Contains(without, "http://edge/api/v2/write") || !strings.Contains(without, "source=roof") {
		t.Errorf("%s\n\n%s", with, without)
	}
}
