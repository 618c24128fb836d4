package up_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli/clitest"
	"tidemark/simulator/control"
)

func TestUpIsReadyWithDataAndEndsWhole(t *testing.T) {
	t.Parallel()
	r := clitest.StartUp(t)
	got := r.Ready(t)
	if got.Account == "" || got.Key == "" || len(got.Regions) != 2 {
		t.Errorf("%+v", got)
	}
	for name, r := range got.Regions {
		for what, address := range map[string]string{"table": r.Table, "secondary": r.TableSecondary, "queue": r.Queue,
			"journal": r.Journal, "redis": r.Redis, "api": r.API, "edge": got.Edge, "control": got.Control} {
			address, _, _ = strings.Cut(strings.TrimPrefix(address, "http://"), "/")
			c, err := net.DialTimeout("tcp", address, 5*time.Second)
			if err != nil {
				t.Errorf("%s of %s: %v", what, name, err)
				continue
			}
			c.Close()
		}
	}
	for _, api := range []string{got.Edge, got.Regions["east"].API, got.Regions["west"].API} {
		counts(t, api, map[string]int{"seattle": 4 * 1461, "seattle-normals": 3 * 8759})
	}
	children := clitest.Descendants(t, r.Cmd.Process.Pid)
	if len(children) == 0 {
		t.Error("up has no children: the test proves nothing")
	}
	if err := r.Cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	r.NoneLeft(t, children)
	if rest, _ := io.ReadAll(r.Out); len(rest) > 0 {
		t.Errorf("more than one line on standard output: %s", rest)
	}
	for _, want := range []string{"5,844 readings stored", "26,277 readings stored",
		`column "weather" holds no numbers and was left out (1,461 cells)`} {
		if !strings.Contains(r.Stderr.String(), want) {
			t.Errorf("standard error lacks %q:\n%s", want, r.Stderr.String())
		}
	}
}

// insist asks until the answer is 200: a call to the storage has one second, which is short on a machine that runs
// several ups, and 503 tells a client to ask again.
func insist(t *testing.T, url string) []byte {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		answer, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err == nil && answer.StatusCode == http.StatusOK {
			return body
		}
		if answer.StatusCode != http.StatusServiceUnavailable || time.Now().After(deadline) {
			t.Fatalf("GET %s: %s, %v\n%s", url, answer.Status, err, body)
		}
	}
}

// counts holds the numbers of readings of sources against what is wanted.
func counts(t *testing.T, api string, want map[string]int) {
	t.Helper()
	var page struct {
		Series []struct {
			Source string
			Count  int
		}
	}
	if err := json.Unmarshal(insist(t, api+"/v1/series"), &page); err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, s := range page.Series {
		got[s.Source] += s.Count
	}
	for source, n := range want {
		if got[source] != n {
			t.Errorf("%s has %d readings, want %d", source, got[source], n)
		}
	}
}

func TestNoChildOutlivesUp(t *testing.T) {
	for name, end := range map[string]syscall.Signal{"terminated": syscall.SIGTERM, "killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := clitest.StartUp(t, "--no-weather")
			r.Ready(t)
			children := clitest.Descendants(t, r.Cmd.Process.Pid)
			if err := r.Cmd.Process.Signal(end); err != nil {
				t.Fatal(err)
			}
			r.NoneLeft(t, children)
		})
	}
	for name, end := range map[string]syscall.Signal{"sim up interrupted": syscall.SIGINT,
		"sim up killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := clitest.StartProgram(t, "sim", "up")
			r.Ready(t)
			children := clitest.Descendants(t, r.Cmd.Process.Pid)
			if len(children) < 2 {
				t.Errorf("sim up has the children %v: the test proves nothing", children)
			}
			if err := r.Cmd.Process.Signal(end); err != nil {
				t.Fatal(err)
			}
			r.NoneLeft(t, children)
		})
	}
	t.Run("a frozen Azurite", func(t *testing.T) {
		t.Parallel()
		r := clitest.StartProgram(t, "sim", "up")
		got := r.Ready(t)
		children := clitest.Descendants(t, r.Cmd.Process.Pid)
		for _, region := range []string{"east", "west"} {
			if code, text := clitest.Said(t, "sim", "outage", region, "--fault", "hang", "--control", got.Control); code != 0 {
				t.Fatal(text)
			}
			if err := (&control.Client{URL: got.Control}).
				Do(t.Context(), "POST", "/processes/"+region+"/azurite/pause", nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		r.NoneLeft(t, children)
	})
	t.Run("killed while it starts", func(t *testing.T) {
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
	})
}

// TestFolderKeepsTheReadings ends up after a planned failover and starts it again on its folder.
func TestFolderKeepsTheReadings(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	r := clitest.StartUp(t, "--folder", folder)
	got := r.Ready(t)
	if code, text := clitest.Said(t, "sim", "failover", "--type", "planned", "--control", got.Control); code != 0 {
		t.Fatal(text)
	}
	children := clitest.Descendants(t, r.Cmd.Process.Pid)
	if err := r.Cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	r.NoneLeft(t, children)
	r = clitest.StartUp(t, "--folder", folder, "--no-weather")
	got = r.Ready(t)
	counts(t, got.Edge, map[string]int{"seattle": 4 * 1461, "seattle-normals": 3 * 8759})
	code, text := clitest.Said(t, "sim", "status", "--control", got.Control)
	if code != 0 || !strings.Contains(text, "tidemark      west     east ") {
		t.Errorf("the roles were not kept: %s", text)
	}
}

// TestTheWeatherOfAFolder kills up in the middle of its first import and starts it again: the import goes on. What is
// deleted then stays deleted when it starts once more.
func TestTheWeatherOfAFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	end := func(r *clitest.Running, s os.Signal) {
		t.Helper()
		children := clitest.Descendants(t, r.Cmd.Process.Pid)
		if err := r.Cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		r.NoneLeft(t, children)
	}
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
	end(r, os.Kill)

	r = clitest.StartUp(t, "--folder", folder)
	got := r.Ready(t)
	counts(t, got.Edge, map[string]int{"seattle": 4 * 1461, "seattle-normals": 3 * 8759})
	if text := r.Stderr.String(); strings.Contains(text, "5,844 readings stored") ||
		!strings.Contains(text, "26,277 readings stored") {
		t.Errorf("the second start, after one of two files was in, says\n%s", text)
	}
	gone, err := http.NewRequest(http.MethodDelete, got.Edge+
		"/v1/readings?source=seattle&from=2000-01-01T00:00:00Z&to=2030-01-01T00:00:00Z", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(gone)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(answer.Body)
	answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		t.Fatalf("DELETE: %s %s", answer.Status, text)
	}
	counts(t, got.Edge, map[string]int{"seattle": 0, "seattle-normals": 3 * 8759})
	end(r, os.Interrupt)

	r = clitest.StartUp(t, "--folder", folder)
	got = r.Ready(t)
	counts(t, got.Edge, map[string]int{"seattle": 0, "seattle-normals": 3 * 8759})
	end(r, os.Interrupt)
}

// TestTheNodeAnswersBeforeTheEdge loses the region of the journal: a write through the edge has to end in the node's
// 503, which says what became of it, and not in the edge's 504, which cannot know.
func TestTheNodeAnswersBeforeTheEdge(t *testing.T) {
	t.Parallel()
	r := clitest.StartUp(t, "--no-weather")
	got := r.Ready(t)
	write := func() (int, string) {
		t.Helper()
		answer, err := http.Post(got.Edge+"/api/v2/write", "text/plain",
			strings.NewReader("temp,source=roof value=21.5 1767268800000000000"))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(text)
	}
	if code, text := write(); code != http.StatusNoContent {
		t.Fatalf("before the outage: %d %s", code, text)
	}
	if code, text := clitest.Said(t, "sim", "outage", "east", "--control", got.Control); code != 0 {
		t.Fatal(text)
	}
	for deadline := time.Now().Add(time.Minute); ; { // until the edge has noticed it answers by itself
		began := time.Now()
		code, text := write()
		if code == http.StatusServiceUnavailable && strings.Contains(text, "unavailable") {
			return
		}
		if code == http.StatusGatewayTimeout || time.Now().After(deadline) {
			t.Fatalf("after %s: %d %s", time.Since(began), code, text)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
