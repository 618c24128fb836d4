package node_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/app/tidemark/internal/cli/clitest"
	"tidemark/app/tidemark/internal/node"
)

// TestTheGreetingIsTrue sends the requests that serve prints and compares the answers that it promises.
func TestTheGreetingIsTrue(t *testing.T) {
	url, out := clitest.Serve(t, "--data", t.TempDir())
	for _, x := range node.Tour {
		if !strings.Contains(out.String(), url+x.Path) || !strings.Contains(out.String(), x.Answer) {
			t.Errorf("the greeting lacks %s:\n%s", x.Path, out.String())
		}
		method := http.MethodGet
		if x.Body != "" {
			method = http.MethodPost
		}
		r, err := http.NewRequest(method, url+x.Path, strings.NewReader(x.Body))
		if err != nil {
			t.Fatal(err)
		}
		if x.Body != "" {
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
			got = node.Nothing
		}
		if got != x.Answer {
			t.Errorf("%s answers\n%s %s, promised\n%s", x.Path, answer.Status, got, x.Answer)
		}
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
		code, text := clitest.Said(t, "serve", "--listen", address)
		if code != cli.ExitFailed || strings.Count(text, "\n") != 1 || !strings.Contains(text, address) ||
			!strings.Contains(text, "--listen") {
			t.Errorf("exit %d: %s", code, text)
		}
	}
	if _, err := os.Stat("tidemark-data"); err == nil {
		t.Error("the folder of the data was made")
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
	for address, code := range map[string]int{"127.0.0.1:0": 0, l.Addr().String(): cli.ExitFailed} {
		ctx, cancel := context.WithCancel(t.Context())
		var out clitest.Output
		ended := make(chan int, 1)
		go func() {
			ended <- cli.Run(ctx, "test", []string{"serve", "--log-format", "json", "--data", ":memory:", "--listen",
				address}, io.Discard, &out)
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
		if out.String() == "" {
			t.Errorf("%s: it says nothing", address)
		}
		for line := range strings.Lines(out.String()) {
			var record struct{ Level, Msg string }
			if err := json.Unmarshal([]byte(line), &record); err != nil || record.Level == "" || record.Msg == "" {
				t.Errorf("%s: no record: %s", address, line)
			}
		}
	}
}

// TestASignalBeforeItIsReady: a node that is stopped while it starts did as it was asked.
func TestASignalBeforeItIsReady(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out clitest.Output
	if code := cli.Run(ctx, "test", []string{"serve", "--data", ":memory:", "--listen", "127.0.0.1:0"}, io.Discard,
		&out); code != 0 {
		t.Errorf("exit %d: %s", code, out.String())
	}
}
