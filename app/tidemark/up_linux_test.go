package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"tidemark/simulator/control"
	"tidemark/simulator/topology"
)

// gone is how soon every child has to be gone after up was told to end, or was killed.
const gone = 50 * time.Second // a guard against a hang: it takes a second or two, and more on a machine that is busy

// scratch is where the built program lies.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "tidemark-up-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(scratch)
	os.Exit(code)
}

// built is the program, built once.
var built = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "tidemark")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// upProgram builds the program, or skips where Azurite cannot run.
func upProgram(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		if slices.Contains(strings.Split(os.Getenv("TIDEMARK_REQUIRE"), ","), "azurite") {
			t.Fatal("TIDEMARK_REQUIRE names azurite and this machine has no Node.js")
		}
		t.Skip("up needs Node.js for Azurite, and this machine has none")
	}
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// running is an up of the built program.
type running struct {
	cmd    *exec.Cmd
	ended  chan struct{}
	out    *bufio.Reader
	stderr output
}

func startUp(t *testing.T, args ...string) *running {
	t.Helper()
	return startProgram(t, append([]string{"up", "--listen", "127.0.0.1:0"}, args...)...)
}

func startProgram(t *testing.T, args ...string) *running {
	t.Helper()
	return startCommand(t, exec.Command(upProgram(t), args...))
}

func startCommand(t *testing.T, cmd *exec.Cmd) *running {
	t.Helper()
	r := &running{cmd: cmd, ended: make(chan struct{})}
	r.cmd.Stderr = &r.stderr
	stdout, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.cmd.Stdout, r.out = stdin, bufio.NewReader(stdout)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	go func() { _ = r.cmd.Wait(); close(r.ended) }()
	t.Cleanup(func() {
		r.kill(t)
		stdout.Close()
	})
	return r
}

// kill ends the program and waits for what it started: a storage that still runs writes into the test's folder while
// that is removed.
func (r *running) kill(t *testing.T) {
	t.Helper()
	select {
	case <-r.ended:
		return
	default:
	}
	children := descendants(t, r.cmd.Process.Pid)
	_ = r.cmd.Process.Kill()
	r.noneLeft(t, children)
}

// ready waits for the line.
func (r *running) ready(t *testing.T) topology.Addresses {
	t.Helper()
	late := time.AfterFunc(3*time.Minute, func() { _ = r.cmd.Process.Kill() })
	defer late.Stop()
	line, err := r.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("up printed no line: %v\n%s", err, r.stderr.String())
	}
	var got topology.Addresses
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil || !got.Ready {
		t.Fatalf("%s: %v", line, err)
	}
	return got
}

// descendants lists the processes that a process started, and those that they did.
func descendants(t *testing.T, of int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	parents := map[int]int{}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		head, rest, _ := bytes.Cut(text, []byte(" "))
		fields := bytes.Fields(rest[bytes.LastIndexByte(rest, ')')+1:])
		pid, _ := strconv.Atoi(string(head))
		parents[pid], _ = strconv.Atoi(string(fields[1]))
	}
	var out []int
	for pid := range parents {
		for up := parents[pid]; up > 1; up = parents[up] {
			if up == of {
				out = append(out, pid)
				break
			}
		}
	}
	return out
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

// noneLeft waits until the process and everything it started are gone.
func (r *running) noneLeft(t *testing.T, children []int) {
	t.Helper()
	deadline := time.After(gone)
	select {
	case <-r.ended:
	case <-deadline:
		t.Fatalf("up did not end within %s: %s", gone, r.stderr.String())
	}
	for {
		left := slices.DeleteFunc(slices.Clone(children), func(pid int) bool { return !alive(pid) })
		if len(left) == 0 {
			return
		}
		select {
		case <-deadline:
			t.Fatalf("after %s these children are left: %v", gone, left)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func TestUpIsReadyWithDataAndEndsWhole(t *testing.T) {
	t.Parallel()
	r := startUp(t)
	got := r.ready(t)
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
	children := descendants(t, r.cmd.Process.Pid)
	if len(children) == 0 {
		t.Error("up has no children: the test proves nothing")
	}
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	r.noneLeft(t, children)
	if rest, _ := io.ReadAll(r.out); len(rest) > 0 {
		t.Errorf("more than one line on standard output: %s", rest)
	}
	for _, want := range []string{"5,844 readings stored", "26,277 readings stored",
		`column "weather" holds no numbers and was left out (1,461 cells)`} {
		if !strings.Contains(r.stderr.String(), want) {
			t.Errorf("standard error lacks %q:\n%s", want, r.stderr.String())
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
			r := startUp(t, "--no-weather")
			r.ready(t)
			children := descendants(t, r.cmd.Process.Pid)
			if err := r.cmd.Process.Signal(end); err != nil {
				t.Fatal(err)
			}
			r.noneLeft(t, children)
		})
	}
	for name, end := range map[string]syscall.Signal{"sim up interrupted": syscall.SIGINT,
		"sim up killed": syscall.SIGKILL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := startProgram(t, "sim", "up")
			r.ready(t)
			children := descendants(t, r.cmd.Process.Pid)
			if len(children) < 2 {
				t.Errorf("sim up has the children %v: the test proves nothing", children)
			}
			if err := r.cmd.Process.Signal(end); err != nil {
				t.Fatal(err)
			}
			r.noneLeft(t, children)
		})
	}
	t.Run("a frozen Azurite", func(t *testing.T) {
		t.Parallel()
		r := startProgram(t, "sim", "up")
		got := r.ready(t)
		children := descendants(t, r.cmd.Process.Pid)
		for _, region := range []string{"east", "west"} {
			if code, text := said(t, "sim", "outage", region, "--fault", "hang", "--control", got.Control); code != 0 {
				t.Fatal(text)
			}
			if err := (&control.Client{URL: got.Control}).
				Do(t.Context(), "POST", "/processes/"+region+"/azurite/pause", nil, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		r.noneLeft(t, children)
	})
	t.Run("killed while it starts", func(t *testing.T) {
		t.Parallel()
		r := startUp(t, "--no-weather")
		var children []int
		for deadline := time.Now().Add(time.Minute); len(children) == 0 &&
			time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			children = descendants(t, r.cmd.Process.Pid)
		}
		if len(children) == 0 {
			t.Fatalf("no child appeared: %s", r.stderr.String())
		}
		_ = r.cmd.Process.Kill()
		r.noneLeft(t, children)
	})
}

// TestFolderKeepsTheReadings ends up after a planned failover and starts it again on its folder.
func TestFolderKeepsTheReadings(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	r := startUp(t, "--folder", folder)
	got := r.ready(t)
	if code, text := said(t, "sim", "failover", "--type", "planned", "--control", got.Control); code != 0 {
		t.Fatal(text)
	}
	children := descendants(t, r.cmd.Process.Pid)
	if err := r.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	r.noneLeft(t, children)
	r = startUp(t, "--folder", folder, "--no-weather")
	got = r.ready(t)
	counts(t, got.Edge, map[string]int{"seattle": 4 * 1461, "seattle-normals": 3 * 8759})
	code, text := said(t, "sim", "status", "--control", got.Control)
	if code != 0 || !strings.Contains(text, "tidemark      west     east ") {
		t.Errorf("the roles were not kept: %s", text)
	}
}

// TestTheWeatherOfAFolder kills up in the middle of its first import and starts it again: the import goes on. What is
// deleted then stays deleted when it starts once more.
func TestTheWeatherOfAFolder(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	end := func(r *running, s os.Signal) {
		t.Helper()
		children := descendants(t, r.cmd.Process.Pid)
		if err := r.cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		r.noneLeft(t, children)
	}
	r := startUp(t, "--folder", folder)
	in := func() bool { // the record names the first file: from here on it is in, whatever becomes of the process
		text, _ := os.ReadFile(filepath.Join(folder, "weather.json"))
		return bytes.Contains(text, []byte(weather[0].name))
	}
	for deadline := time.Now().Add(3 * time.Minute); !in(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(r.stderr.String())
		}
	}
	end(r, os.Kill)

	r = startUp(t, "--folder", folder)
	got := r.ready(t)
	counts(t, got.Edge, map[string]int{"seattle": 4 * 1461, "seattle-normals": 3 * 8759})
	if text := r.stderr.String(); strings.Contains(text, "5,844 readings stored") ||
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

	r = startUp(t, "--folder", folder)
	got = r.ready(t)
	counts(t, got.Edge, map[string]int{"seattle": 0, "seattle-normals": 3 * 8759})
	end(r, os.Interrupt)
}

// TestTheNodeAnswersBeforeTheEdge loses the region of the journal: a write through the edge has to end in the node's
// 503, which says what became of it, and not in the edge's 504, which cannot know.
func TestTheNodeAnswersBeforeTheEdge(t *testing.T) {
	t.Parallel()
	r := startUp(t, "--no-weather")
	got := r.ready(t)
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
	if code, text := said(t, "sim", "outage", "east", "--control", got.Control); code != 0 {
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
