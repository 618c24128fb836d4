package up_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli/clitest"
)

// TestUpOnAFolder starts up three times on one folder. What is in stays in and what was deleted stays deleted, however
// it ends, and no child outlives it.
func TestUpOnAFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	killedInItsImport(t, folder)
	goesOn(t, folder)
	r := clitest.StartUp(t, "--folder", folder)
	a := r.Ready(t)
	counts(t, a.Edge, map[string]int{"seattle": 0, "seattle-normals": 3 * 8759, "roof": 1})
	code, text := clitest.Said(t, "sim", "status", "--control", a.Control)
	if code != 0 || !strings.Contains(text, "tidemark      west     east ") {
		t.Errorf("the roles were not kept: %s", text)
	}
	r.Signal(t, syscall.SIGTERM)
}

// killedInItsImport kills up in the middle of its first import of the weather: one of two files is in.
func killedInItsImport(t *testing.T, folder string) {
	t.Helper()
	r := clitest.StartUp(t, "--folder", folder)
	in := func() bool { // the record names the first file: from here on it is in, whatever becomes of the process
		text, _ := os.ReadFile(filepath.Join(folder, "weather.json"))
		return bytes.Contains(text, []byte("seattle-weather.csv"))
	}
	for deadline := time.Now().Add(3 * time.Minute); !in(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(r.Stderr.String())
		}
	}
	r.Signal(t, syscall.SIGKILL)
}

// goesOn starts up again: the import goes on. It deletes what was imported before, exchanges the roles of the regions,
// and ends by Ctrl-C a moment after a reading was acknowledged.
func goesOn(t *testing.T, folder string) {
	t.Helper()
	r := clitest.StartAtTerminal(t, "up", "--listen", "127.0.0.1:0", "--folder", folder)
	a := r.Ready(t)
	counts(t, a.Edge, map[string]int{"seattle": 4 * 1461, "seattle-normals": 3 * 8759})
	if text := r.Stderr.String(); strings.Contains(text, "5,844 readings stored") ||
		!strings.Contains(text, "26,277 readings stored") {
		t.Errorf("the second start, after one of two files was in, says\n%s", text)
	}
	insist(t, http.MethodDelete, a.Edge+
		"/v1/readings?source=seattle&from=2000-01-01T00:00:00Z&to=2030-01-01T00:00:00Z", "")
	counts(t, a.Edge, map[string]int{"seattle": 0, "seattle-normals": 3 * 8759})
	if code, text := clitest.Said(t, "sim", "failover", "--type", "planned", "--control", a.Control); code != 0 {
		t.Fatal(text)
	}
	insist(t, http.MethodPost, a.Edge+"/api/v2/write", "temp,source=roof value=21.5 1767268800000000000")
	r.SignalGroup(t, syscall.SIGINT)
}

// TestNoChildOutlivesAStart kills up as soon as it has a child.
func TestNoChildOutlivesAStart(t *testing.T) {
	t.Parallel()
	r := clitest.StartUp(t, "--no-weather")
	var children []int
	for deadline := time.Now().Add(time.Minute); len(children) == 0 &&
		time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		children = clitest.Descendants(t, r.Cmd.Process.Pid)
	}
	if len(children) == 0 {
		t.Fatalf("no child appeared: %s", r.Stderr.String())
	}
	_ = r.Cmd.Process.Kill()
	r.NoneLeft(t, children)
}
