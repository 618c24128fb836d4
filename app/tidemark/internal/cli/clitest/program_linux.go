package clitest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"tidemark/app/tidemark/internal/cli"
	"tidemark/simulator/topology"
)

// gone is how soon every child has to be gone after up was told to end, or was killed.
const gone = 50 * time.Second // a guard against a hang: it takes a second or two, and more on a machine that is busy

// programVariable makes a test binary the program itself.
const programVariable = "TIDEMARK_TEST_IS_THE_PROGRAM"

// Main is TestMain of a package whose tests start the program as processes: these are the test binary again, so that
// nothing has to be built.
func Main(m *testing.M) {
	if os.Getenv(programVariable) != "" {
		cli.Main("test")
	}
	os.Exit(m.Run())
}

// program is the program's command with arguments.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	RequireNode(t)
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), programVariable+"=1")
	return cmd
}

// Running is the program as a process.
type Running struct {
	Cmd    *exec.Cmd
	ended  chan struct{}
	Out    *bufio.Reader
	Stderr Output
}

// StartUp starts tidemark up with its edge on a free port. It is killed, with all that it started, when the test ends.
func StartUp(t *testing.T, args ...string) *Running {
	t.Helper()
	return startCommand(t, program(t, append([]string{"up", "--listen", "127.0.0.1:0"}, args...)...))
}

func startCommand(t *testing.T, cmd *exec.Cmd) *Running {
	t.Helper()
	r := &Running{Cmd: cmd, ended: make(chan struct{})}
	r.Cmd.Stderr = &r.Stderr
	stdout, stdin, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Cmd.Stdout, r.Out = stdin, bufio.NewReader(stdout)
	if err := r.Cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stdin.Close()
	go func() { _ = r.Cmd.Wait(); close(r.ended) }()
	t.Cleanup(func() {
		r.kill(t)
		stdout.Close()
	})
	return r
}

// kill ends the program and waits for what it started: a storage that still runs writes into the test's folder while
// that is removed.
func (r *Running) kill(t *testing.T) {
	t.Helper()
	select {
	case <-r.ended:
		return
	default:
	}
	children := Descendants(t, r.Cmd.Process.Pid)
	_ = r.Cmd.Process.Kill()
	r.NoneLeft(t, children)
}

// Ready waits for the line.
func (r *Running) Ready(t *testing.T) topology.Addresses {
	t.Helper()
	late := time.AfterFunc(3*time.Minute, func() { _ = r.Cmd.Process.Kill() })
	defer late.Stop()
	line, err := r.Out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("up printed no line: %v\n%s", err, r.Stderr.String())
	}
	var got topology.Addresses
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&got); err != nil || !got.Ready {
		t.Fatalf("%s: %v", line, err)
	}
	return got
}

// Descendants lists the processes that a process started, and those that they did.
func Descendants(t *testing.T, of int) []int {
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

// NoneLeft waits until the process and everything it started are gone.
func (r *Running) NoneLeft(t *testing.T, children []int) {
	t.Helper()
	deadline := time.After(gone)
	select {
	case <-r.ended:
	case <-deadline:
		t.Fatalf("up did not end within %s: %s", gone, r.Stderr.String())
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

// hangups are caught here so that programs that are started do not ignore them, also where these tests run by nohup.
var hangups = make(chan os.Signal, 1)

// StartAtTerminal starts the program as a shell does: the leader of a process group, to all of which a terminal sends
// its signals. It is killed, with all that it started, when the test ends.
func StartAtTerminal(t *testing.T, args ...string) *Running {
	t.Helper()
	signal.Notify(hangups, syscall.SIGHUP)
	cmd := program(t, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return startCommand(t, cmd)
}

// Signal sends the program a signal, and waits until it and everything it started are gone.
func (r *Running) Signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	r.end(t, r.Cmd.Process.Pid, s)
}

// SignalGroup is what a terminal does at Ctrl-C (SIGINT), or when its window is closed (SIGHUP): the signal goes to
// everything that the program started too. It waits as Signal does.
func (r *Running) SignalGroup(t *testing.T, s syscall.Signal) {
	t.Helper()
	r.end(t, -r.Cmd.Process.Pid, s)
}

func (r *Running) end(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	children := Descendants(t, r.Cmd.Process.Pid)
	if len(children) < 2 {
		t.Errorf("the program has the children %v: the test proves nothing", children)
	}
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
	r.NoneLeft(t, children)
}
