package azurite_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// modes are the ways to run a server; each test of the lifecycle holds for both.
var modes = []azurite.Mode{azurite.Process, azurite.Container}

// can reports, once a mode, why a server cannot run here.
var can = map[azurite.Mode]func() error{
	azurite.Process: sync.OnceValue(func() error { _, err := exec.LookPath("node"); return err }),
	azurite.Container: sync.OnceValue(func() error {
		image := cmp.Or(os.Getenv(azurite.ImageVariable), azurite.Image)
		return exec.Command("docker", "image", "inspect", image).Run()
	}),
}

// needs skips a test that starts its servers itself, or fails it where azuritetest.Require would.
func needs(t *testing.T, mode azurite.Mode) {
	t.Helper()
	if can[mode]() != nil {
		azuritetest.Require(t, azurite.Options{Mode: mode}) // it says what is missing, or fetches the image
	}
}

func TestLifecycleInEveryMode(t *testing.T) {
	for _, mode := range modes {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			s := azuritetest.Require(t, azurite.Options{Mode: mode,
				Accounts: []azurite.Account{{Name: "first"}, {Name: "second"}}})
			healthy := func(want bool) {
				t.Helper()
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				if err := s.Healthy(ctx); (err == nil) != want {
					t.Fatalf("Healthy = %v, want healthy: %v", err, want)
				}
			}
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			healthy(true)
			table, queue := s.TableURL("first"), s.QueueURL("first")
			_, err := s.AddAccount(t.Context(), azurite.Account{Name: "third"})
			must(err)
			healthy(true) // asks for all three
			must(s.Pause())
			var timeout interface{ Timeout() bool }
			if _, err := ask(table, 300*time.Millisecond); !errors.As(err, &timeout) || !timeout.Timeout() {
				t.Fatalf("a paused server answered or refused: %v", err)
			}
			must(s.Pause())
			must(s.Resume())
			healthy(true)
			must(s.Kill())
			healthy(false)
			if err := s.Err(); !errors.Is(err, azurite.ErrNotRunning) {
				t.Fatalf("Err after Kill = %v", err)
			}
			if err := s.Pause(); !errors.Is(err, azurite.ErrNotRunning) {
				t.Fatalf("Pause after Kill = %v", err)
			}
			must(s.Restart(t.Context()))
			healthy(true)
			if s.TableURL("first") != table || s.QueueURL("first") != queue {
				t.Errorf("came back at %s and %s, was at %s and %s", s.TableURL("first"), s.QueueURL("first"), table,
					queue)
			}
			must(s.Pause())
			must(s.Stop()) // also when it is paused
			healthy(false)
		})
	}
}

func TestAFolderOutlivesARestartInEveryMode(t *testing.T) {
	for _, mode := range modes {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			s := azuritetest.Require(t, azurite.Options{Mode: mode, Folder: t.TempDir()})
			if status := do(t, s, http.MethodPost, "/Tables", `{"TableName":"kept"}`); status != http.StatusCreated {
				t.Fatalf("create a table: %d", status)
			}
			if err := s.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			if status := do(t, s, http.MethodGet, "/kept()", ""); status != http.StatusOK {
				t.Errorf("after a restart the table answers %d", status)
			}
		})
	}
}

// TestTheStoreItselfHoldsNoLimitOfSize writes an entity that Azurite of its own takes for larger than the service's
// MiB.
func TestTheStoreItselfHoldsNoLimitOfSize(t *testing.T) {
	for _, mode := range modes {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			s := azuritetest.Require(t, azurite.Options{Mode: mode})
			do(t, s, http.MethodPost, "/Tables", `{"TableName":"big"}`)
			var row strings.Builder
			row.WriteString(`{"PartitionKey":"p","RowKey":"r"`)
			for i := range 40 { // 40 times 32 Ki characters of two bytes each in UTF-8: 2.5 MiB of JSON
				fmt.Fprintf(&row, `,"P%d":%q`, i, strings.Repeat("é", 32<<10))
			}
			if status := do(t, s, http.MethodPost, "/big", row.String()+"}"); status != http.StatusCreated {
				t.Errorf("a large entity: %d", status)
			}
		})
	}
}

// TestACharacterInTwoPacketsIsKept sends an entity a byte at a time: what Azurite of its own makes of it has other
// characters.
func TestACharacterInTwoPacketsIsKept(t *testing.T) {
	s := azuritetest.Shared(t)
	a, err := s.AddAccount(t.Context(), azurite.Account{Name: "characters"})
	if err != nil {
		t.Fatal(err)
	}
	const value = "é 水 😀 \U0010FFFF"
	post := func(path, body string) {
		t.Helper()
		if status, said := send(t, s, a, http.MethodPost, path, bytewise{strings.NewReader(body)},
			"application/json"); status != http.StatusCreated {
			t.Fatalf("POST %s: %d %s", path, status, said)
		}
	}
	post("/Tables", `{"TableName":"words"}`)
	post("/words", `{"PartitionKey":"p","RowKey":"r","V":"`+value+`"}`)
	if _, said := send(t, s, a, http.MethodGet, "/words(PartitionKey='p',RowKey='r')", nil, ""); !strings.Contains(said,
		`"V":"`+value+`"`) {
		t.Errorf("wrote %q, it is now %s", value, said)
	}
}

func TestAttachNeedsTheKeysAndGivesNoOrders(t *testing.T) {
	s, a := azuritetest.Account(t)
	at := azurite.Address{TableURL: strings.TrimSuffix(s.TableURL(a.Name), "/"+a.Name) + "/",
		QueueURL: strings.TrimSuffix(s.QueueURL(a.Name), "/"+a.Name), Accounts: []azurite.Account{a}}
	attached, err := azurite.Attach(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	if attached.TableURL("x") != s.TableURL("x") || attached.QueueURL("x") != s.QueueURL("x") {
		t.Errorf("endpoints %s, %s", attached.TableURL("x"), attached.QueueURL("x"))
	}
	_, added := attached.AddAccount(t.Context(), azurite.Account{Name: "another"})
	for what, err := range map[string]error{"Pause": attached.Pause(), "Resume": attached.Resume(),
		"Kill":    attached.Kill(),
		"Restart": attached.Restart(t.Context()), "AddAccount": added} {
		if !errors.Is(err, azurite.ErrAttached) {
			t.Errorf("%s = %v", what, err)
		}
	}
	if err := errors.Join(attached.Stop(), attached.Err(), attached.Healthy(t.Context()),
		s.Healthy(t.Context())); err != nil {
		t.Errorf("after all that: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for what, bad := range map[string]azurite.Address{
		"account":    {TableURL: s.TableURL("x"), QueueURL: at.QueueURL, Accounts: at.Accounts},
		"http://":    {TableURL: at.TableURL, QueueURL: "azurite:10001", Accounts: at.Accounts},
		"accounts":   {TableURL: at.TableURL, QueueURL: at.QueueURL},
		"has no key": {TableURL: at.TableURL, QueueURL: at.QueueURL, Accounts: []azurite.Account{{Name: a.Name}}},
		"refused with": {TableURL: at.TableURL, QueueURL: at.QueueURL,
			Accounts: []azurite.Account{{Name: a.Name, Key: "d3Jvbmc="}}},
	} {
		if _, err := azurite.Attach(ctx, bad); err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), what) {
			t.Errorf("Attach to %+v = %v, want %q", bad, err, what)
		}
	}
}

// TestAttachWaits attaches before there is anything to attach to.
func TestAttachWaits(t *testing.T) {
	s, a := azuritetest.Account(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	at := azurite.Address{TableURL: "http://" + addr, QueueURL: strings.TrimSuffix(s.QueueURL(a.Name), "/"+a.Name),
		Accounts: []azurite.Account{a}}
	if _, err := azurite.Attach(ctx, at); err == nil ||
		!strings.Contains(err.Error(), "table service does not answer") {
		t.Errorf("Attach to nobody = %v", err)
	}
	if ctx.Err() == nil {
		t.Error("Attach did not wait")
	}
}

func TestStartSaysWhatItCannotDo(t *testing.T) {
	t.Run("mode", func(t *testing.T) {
		if _, err := azurite.Start(t.Context(), azurite.Options{Mode: "vm"}); err == nil ||
			!strings.Contains(err.Error(), "container") {
			t.Errorf("Start = %v", err)
		}
	})
	t.Run("host", func(t *testing.T) {
		if _, err := azurite.Start(t.Context(), azurite.Options{Host: "localhost"}); err == nil ||
			!strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("Start = %v", err)
		}
	})
	t.Run("image", func(t *testing.T) {
		needs(t, azurite.Container)
		_, err := azurite.Start(t.Context(), azurite.Options{Mode: azurite.Container,
			Image: "tidemark-test/there-is-none:1"})
		if !errors.Is(err, azurite.ErrNoImage) {
			t.Errorf("Start = %v", err)
		}
	})
	t.Run("docker", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if _, err := azurite.Start(t.Context(), azurite.Options{Mode: azurite.Container}); !errors.Is(err,
			azurite.ErrNoDocker) {
			t.Errorf("Start = %v", err)
		}
	})
}

func TestListensWhereItIsTold(t *testing.T) {
	s := azuritetest.Require(t, azurite.Options{Host: "0.0.0.0"})
	if err := s.Healthy(t.Context()); err != nil {
		t.Fatal(err)
	}
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range interfaces {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil && !ip.IP.IsLoopback() {
			url := strings.Replace(s.TableURL("tidemark"), "127.0.0.1", ip.IP.String(), 1)
			if _, err := ask(url, 5*time.Second); err != nil {
				t.Errorf("on another interface: %v", err)
			}
			return
		}
	}
	t.Skip("not run: this machine has no interface but the loopback")
}

// TestNothingOfTelemetryIsLoaded looks for the modules that a process has loaded when it ends: those of Azurite's
// telemetry are most of its start-up time.
func TestNothingOfTelemetryIsLoaded(t *testing.T) {
	needs(t, azurite.Process)
	hook := filepath.Join(t.TempDir(), "hook.js")
	if err := os.WriteFile(hook, []byte(`process.on("exit", () => {
	const files = Object.keys(require.cache);
	console.error("has " + (files.some((f) => /[/\\]table[/\\]/.test(f)) ? "tables" : "no tables"));
	console.error("has " + files.filter((f) => /opentelemetry/.test(f)).length + " of telemetry");
});`), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("NODE_OPTIONS", "--require="+hook)
	var log buffer
	s, err := azurite.Start(t.Context(), azurite.Options{Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if text := log.String(); !strings.Contains(text, "has tables\nhas 0 of telemetry\n") {
		t.Errorf("at its end it has said %q", text)
	}
}

// TestLogIsWhatItPrints starts a server that cannot, in each mode, and looks for the reason in the log.
func TestLogIsWhatItPrints(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	for _, mode := range modes {
		t.Run(string(mode), func(t *testing.T) {
			needs(t, mode)
			var log buffer
			_, err := azurite.Start(t.Context(), azurite.Options{Mode: mode, QueuePort: port, Log: &log})
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("QueuePort %d of 127.0.0.1 is taken", port)) {
				t.Errorf("Start on a taken port = %v", err)
			}
			if !strings.Contains(log.String(), fmt.Sprint(port)) {
				t.Errorf("the log is %q", log.String())
			}
		})
	}
}

// TestNoContainerIsLeft looks for containers of this process; the test of killed parents looks for theirs.
func TestNoContainerIsLeft(t *testing.T) {
	s := azuritetest.Require(t, azurite.Options{Mode: azurite.Container})
	label := fmt.Sprintf("%s=%d", azurite.Label, os.Getpid())
	if n := containers(t, label); n != 1 {
		t.Fatalf("%d containers have the label %s, want that of this test", n, label)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if n := containers(t, label); n != 0 {
		t.Errorf("%d containers are left", n)
	}
}

func containers(t *testing.T, label string) int {
	t.Helper()
	out, err := exec.Command("docker", "ps", "--all", "--quiet", "--filter", "label="+label).Output()
	if err != nil {
		t.Fatal(err)
	}
	return len(bytes.Fields(out))
}

// buffer is a bytes.Buffer that is safe for concurrent use.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// do sends a signed request to the first account.
func do(t *testing.T, s *azurite.Server, method, path, body string) (status int) {
	t.Helper()
	status, said := send(t, s, s.Accounts()[0], method, path, strings.NewReader(body), "application/json")
	if status >= 400 {
		t.Logf("%s %s: %s", method, path, said)
	}
	return status
}

// send sends a signed request to an account of the table service.
func send(t *testing.T, s *azurite.Server, a azurite.Account, method, path string, body io.Reader,
	contentType string) (status int, said string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.TableURL(a.Name)+path, body)
	if err != nil {
		t.Fatal(err)
	}
	azurite.SignTable(req, a, time.Now())
	req.Header.Set("Content-Type", contentType)
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// bytewise gives a reader's bytes one by one, with time between them.
type bytewise struct{ io.Reader }

func (b bytewise) Read(p []byte) (int, error) {
	time.Sleep(time.Millisecond)
	return b.Reader.Read(p[:1])
}
