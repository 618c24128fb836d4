package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// command is a run of the program by somebody who configures nothing: a folder of its own and no setting in the
// environment.
type command struct {
	node
	out  string // the file of its standard output
	mark string // in the environment of the process and of its children
}

// unconfigured is the environment without what configures the program.
func unconfigured() []string {
	var env []string
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "TIDEMARK_") && !strings.HasPrefix(kv, "OTEL_") {
			env = append(env, kv)
		}
	}
	return env
}

// launchCommand starts the program in a folder and waits for nothing.
func launchCommand(t testing.TB, dir string, args ...string) *command {
	t.Helper()
	base := filepath.Join(scratch, fmt.Sprintf("%s-%03d", args[0], nodes.Add(1)))
	c := &command{node: node{t: t, log: base + ".log", over: make(chan struct{})}, out: base + ".out",
		mark: "E2E_RUN=" + base}
	stderr, err := os.Create(c.log)
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := os.Create(c.out)
	if err != nil {
		t.Fatal(err)
	}
	c.cmd = exec.Command(program(t), args...)
	c.cmd.Dir, c.cmd.Env, c.cmd.Stdout, c.cmd.Stderr = dir, append(unconfigured(), c.mark), stdout, stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = c.cmd.Wait()
		_ = stdout.Close()
		_ = stderr.Close()
		close(c.over)
	}()
	t.Cleanup(c.kill)
	return c
}

// serveIn runs `tidemark serve` on a free port until it says where it listens.
func serveIn(t testing.TB, dir string, args ...string) *command {
	t.Helper()
	c := launchCommand(t, dir, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	c.url = c.await(&c.log, `(?m)listens on (http://\S+) and`)
	return c
}

// await waits until one of the outputs matches and gives the first group.
func (c *command) await(file *string, pattern string) string {
	c.t.Helper()
	re, found := regexp.MustCompile(pattern), ""
	// the first `up` of a machine installs Azurite
	eventually(c.t, 5*time.Minute, fmt.Sprintf("%s says %s", *file, pattern), func() bool {
		if m := re.FindStringSubmatch(c.text(*file)); m != nil {
			found = m[1]
			return true
		}
		select {
		case <-c.over:
			c.t.Fatalf("it ended: %s\n%s", c.cmd.ProcessState, c.tail())
		default:
		}
		return false
	})
	return found
}

// text is what the program has written so far.
func (c *command) text(file string) string {
	c.t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		c.t.Fatal(err)
	}
	return string(text)
}

// signal sends a signal, and end waits for the process.
func (c *command) signal(s syscall.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatalf("%s: %v", s, err)
	}
}

func (c *command) end(within time.Duration) *os.ProcessState {
	c.t.Helper()
	select {
	case <-c.over:
	case <-time.After(within):
		c.t.Fatalf("it did not end within %s\n%s", within, c.tail())
	}
	return c.cmd.ProcessState
}

// endWell sends a signal and wants the exit status 0.
func (c *command) endWell(s syscall.Signal) {
	c.t.Helper()
	c.signal(s)
	if state := c.end(time.Minute); !state.Success() {
		c.t.Fatalf("after %s: %s\n%s", s, state, c.tail())
	}
}

// runCommand runs the program to its end.
func runCommand(t testing.TB, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var out, err strings.Builder
	cmd := exec.CommandContext(ctx, program(t), args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, unconfigured(), &out, &err
	var exit *exec.ExitError
	if e := cmd.Run(); e != nil && !errors.As(e, &exit) {
		t.Fatalf("tidemark %s: %v", strings.Join(args, " "), e)
	}
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}
