package azurite_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// ask sends an unsigned request: any answer, a refusal too, shows that the service listens.
func ask(url string, patience time.Duration) (status int, err error) {
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(url)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, errors.Join(err, resp.Body.Close())
}

func TestStartNamesWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := azurite.Start(t.Context(), azurite.Options{})
	if !errors.Is(err, azurite.ErrNoNode) || !strings.Contains(err.Error(), "install") {
		t.Fatalf("Start without node = %v", err)
	}
}

func TestStartRefusesBadAccounts(t *testing.T) {
	azuritetest.Shared(t) // skips where there is no node
	for _, a := range []azurite.Account{{Name: "UPPER"}, {Name: "x"}, {Name: "fine", Key: "not base64!"}} {
		if s, err := azurite.Start(t.Context(), azurite.Options{Accounts: []azurite.Account{a}}); err == nil {
			_ = s.Stop()
			t.Errorf("account %+v was taken", a)
		}
	}
}

// TestChildEndsWithItsParent kills a process that started a server, once while the server runs and once while it is
// paused, in each mode.
func TestChildEndsWithItsParent(t *testing.T) {
	for _, mode := range []string{"process running", "process paused", "container running", "container paused"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			how, _, _ := strings.Cut(mode, " ")
			needs(t, azurite.Mode(how))
			helper, url := startHelper(t, mode, "")
			if err := helper.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			awaitEnd(t, helper, url)
		})
	}
}

// startHelper starts a process, the leader of a group, that starts a server, makes the table "kept" in it and waits
// for its end.
func startHelper(t *testing.T, mode, folder string) (helper *exec.Cmd, url string) {
	t.Helper()
	ready := filepath.Join(t.TempDir(), "ready")
	var out bytes.Buffer
	helper = exec.Command(os.Args[0], "-test.run=TestHelperProcess$")
	helper.Env = append(os.Environ(), "AZURITE_HELPER="+mode, "AZURITE_FOLDER="+folder, "AZURITE_READY="+ready)
	helper.Stderr = &out
	azurite.OwnGroup(helper)
	if err := helper.Start(); err != nil {
		t.Fatal(err)
	}
	return helper, waitForFile(t, ready, &out)
}

// awaitEnd waits until neither the server of an ended helper nor its container is there.
func awaitEnd(t *testing.T, helper *exec.Cmd, url string) {
	t.Helper()
	_ = helper.Wait()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, err := ask(url, time.Second); errors.Is(err, syscall.ECONNREFUSED) {
			if can[azurite.Container]() != nil || containers(t,
				fmt.Sprintf("%s=%d", azurite.Label, helper.Process.Pid)) == 0 {
				return
			}
		}
		if time.Now().After(end) {
			t.Fatal("the server outlived its parent")
		}
	}
}

func waitForFile(t *testing.T, path string, log *bytes.Buffer) string {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if text, err := os.ReadFile(path); err == nil && len(text) > 0 {
			return string(text)
		}
	}
	t.Fatalf("the helper process never got ready: %s", log)
	return ""
}

// TestHelperProcess is what startHelper starts.
func TestHelperProcess(t *testing.T) {
	mode := os.Getenv("AZURITE_HELPER")
	if mode == "" {
		t.Skip("not run: it is a process that other tests start")
	}
	how, state, _ := strings.Cut(mode, " ")
	s, err := azurite.Start(context.Background(), azurite.Options{Mode: azurite.Mode(how),
		Folder: os.Getenv("AZURITE_FOLDER")})
	if err != nil {
		t.Fatal(err)
	}
	if status := do(t, s, http.MethodPost, "/Tables", `{"TableName":"kept"}`); status != http.StatusCreated {
		t.Fatalf("make a table: %d", status)
	}
	if state == "paused" {
		if err := s.Pause(); err != nil {
			t.Fatal(err)
		}
	}
	ready := os.Getenv("AZURITE_READY")
	if err := errors.Join(os.WriteFile(ready+".new", []byte(s.TableURL("tidemark")), 0o600),
		os.Rename(ready+".new", ready)); err != nil {
		t.Fatal(err)
	}
	select {} // until killed
}
