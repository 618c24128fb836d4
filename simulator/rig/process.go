package rig

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"time"
)

// Process is a child of a rig. It is safe for concurrent use.
type Process struct {
	Log string // the file of its standard error
	Out string // the file of its standard output; that of Log if both go there

	cmd  *exec.Cmd
	over chan struct{} // closed when it has ended
}

// start starts a command whose output goes to files.
func start(cmd *exec.Cmd, log, out string) (*Process, error) {
	p := &Process{Log: log, Out: out, cmd: cmd, over: make(chan struct{})}
	stderr, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer stderr.Close() // the child has its own
	cmd.Stdout, cmd.Stderr = stderr, stderr
	if out != log {
		stdout, err := os.Create(out)
		if err != nil {
			return nil, err
		}
		defer stdout.Close()
		cmd.Stdout = stdout
	}
	if err := startChild(cmd, p.over); err != nil {
		return nil, err
	}
	return p, nil
}

// ID is the number that the system gave it.
func (p *Process) ID() int { return p.cmd.Process.Pid }

// Over is closed when it has ended.
func (p *Process) Over() <-chan struct{} { return p.over }

// Ended is how it ended; nil while it runs.
func (p *Process) Ended() *os.ProcessState {
	select {
	case <-p.over:
		return p.cmd.ProcessState
	default:
		return nil
	}
}

// Kill ends it as a power cut would, frozen or not, and waits. Killing again is harmless.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // fails only if it has ended
	<-p.over
}

// Freeze stands it still until Thaw: its connections stay open, and it answers nothing.
func (p *Process) Freeze() error { return freeze(p.cmd.Process) }

// Thaw lets a frozen one go on, with everything that was sent to it meanwhile.
func (p *Process) Thaw() error { return thaw(p.cmd.Process) }

// Signal sends a signal.
func (p *Process) Signal(s os.Signal) error { return p.cmd.Process.Signal(s) }

// Wait waits for its end, for a time at most.
func (p *Process) Wait(within time.Duration) (*os.ProcessState, error) {
	select {
	case <-p.over:
		return p.cmd.ProcessState, nil
	case <-time.After(within):
		return nil, fmt.Errorf("it did not end within %s\n%s", within, p.Tail())
	}
}

// Stop ends it as an operator would: it has to answer what it accepted and to end well within a minute. One that does
// not is killed, and the error says so.
func (p *Process) Stop() error {
	_ = p.Signal(syscall.SIGTERM) // fails only if it has ended, which its state tells
	state, err := p.Wait(time.Minute)
	switch {
	case err != nil:
		p.Kill()
		return err
	case !state.Success():
		return fmt.Errorf("it stopped badly: %s\n%s", state, p.Tail())
	}
	return nil
}

// Await waits until what it said in a file, Log or Out, matches, and gives the groups. It fails when the process ends
// before, or the context does.
func (p *Process) Await(ctx context.Context, file string, pattern *regexp.Regexp) ([]string, error) {
	for {
		over := p.Ended() // before the file is read: what it said last counts
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		if groups := pattern.FindSubmatch(text); groups != nil {
			out := make([]string, len(groups))
			for i, g := range groups {
				out[i] = string(g)
			}
			return out, nil
		}
		if over != nil {
			return nil, fmt.Errorf("it ended (%s) and never said %s\n%s", over, pattern, p.Tail())
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("%s does not say %s: %w", file, pattern, context.Cause(ctx))
		case <-time.After(polls):
		}
	}
}

// polls is how often something is looked at that does not tell by itself.
const polls = 20 * time.Millisecond

// Tail is the end of what it said.
func (p *Process) Tail() []byte { return Tail(p.Log) }

// Tail is the last lines of a file, for a person; nothing if it cannot be read.
func Tail(file string) []byte {
	const lines = 30
	text, _ := os.ReadFile(file)
	if all := bytes.Split(text, []byte("\n")); len(all) > lines {
		text = bytes.Join(all[len(all)-lines:], []byte("\n"))
	}
	return text
}
