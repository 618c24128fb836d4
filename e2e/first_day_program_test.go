package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"tidemark/simulator/rig"
)

// command is a run of the program by somebody who configures nothing: a folder of its own and no setting in the
// environment.
type command struct {
	node
	out  string // the file of its standard output
	mark string // in the environment of the process and of its children
}

// launchCommand starts the program in a folder and waits for nothing.
func launchCommand(t testing.TB, dir string, args ...string) *command {
	t.Helper()
	mark := fmt.Sprintf("E2E_RUN=%s-%d", t.Name(), runs.Add(1))
	cmd := exec.Command(program(t), args...)
	cmd.Dir, cmd.Env = dir, append(rig.Unconfigured(), mark)
	return launch(t, args[0], mark, cmd)
}

var runs atomic.Int64

// launch starts a command that is killed at the end of the test.
func launch(t testing.TB, name, mark string, cmd *exec.Cmd) *command {
	t.Helper()
	p, err := newRig(t).Start(name, cmd)
	if err != nil {
		t.Fatal(err)
	}
	return &command{node: node{t: t, Process: p, log: p.Log}, out: p.Out, mark: mark}
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
	// the first `up` of a machine installs Azurite
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	groups, err := c.Await(ctx, *file, regexp.MustCompile(pattern))
	if err != nil {
		c.t.Fatal(err)
	}
	return groups[1]
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
	if err := c.Signal(s); err != nil {
		c.t.Fatalf("%s: %v", s, err)
	}
}

func (c *command) end(within time.Duration) *os.ProcessState {
	c.t.Helper()
	state, err := c.Wait(within)
	if err != nil {
		c.t.Fatal(err)
	}
	return state
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
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, rig.Unconfigured(), &out, &err
	var exit *exec.ExitError
	if e := cmd.Run(); e != nil && !errors.As(e, &exit) {
		t.Fatalf("tidemark %s: %v", strings.Join(args, " "), e)
	}
	return cmd.ProcessState.ExitCode(), out.String(), err.String()
}
