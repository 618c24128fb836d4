package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// process is a redis-server.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when the process has ended
}

// startProcess starts a redis-server at an address and waits until it answers.
func startProcess(ctx context.Context, binary, addr string, o Options) (*process, error) {
	config, err := configuration(addr, o)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, "-")      // ctx ends the start, not the server
	cmd.Stdin = strings.NewReader(config) // not in the arguments, where everybody on the machine reads a password
	cmd.Stdout, cmd.Stderr = o.Log, o.Log
	p := &process{cmd: cmd, done: make(chan struct{})}
	if err := startChild(cmd, p.done); err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	if err := p.ready(ctx, addr, o.Password); err != nil {
		p.end(ctx, true)
		return nil, fmt.Errorf("redis: %s at %s does not answer: %w", binary, addr, err)
	}
	return p, nil
}

func configuration(addr string, o Options) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("redis: address %q: %w", addr, err)
	}
	lines := []string{"bind " + host, "port " + port, `save ""`, "appendonly no", "daemonize no",
		"dir " + strconv.Quote(os.TempDir())}
	if o.Password != "" {
		lines = append(lines, "requirepass "+strconv.Quote(o.Password))
	}
	if o.MaxMemory > 0 {
		lines = append(lines, fmt.Sprintf("maxmemory %d", o.MaxMemory), "maxmemory-policy allkeys-lru")
	}
	return strings.Join(lines, "\n") + "\n", nil
}

// ready waits until our child answers at the address: another server may have taken the port, which our child then
// could not bind.
func (p *process) ready(ctx context.Context, addr, password string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	mine := "process_id:" + strconv.Itoa(p.cmd.Process.Pid)
	for {
		info, err := ask(ctx, addr, password, "INFO", "server")
		if err == nil && strings.Contains(info, mine+"\r\n") {
			return nil
		}
		if err == nil {
			err = errors.New("another server has the port")
		}
		select {
		case <-p.done:
			return fmt.Errorf("it ended: %s", p.cmd.ProcessState)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(readiness):
		}
	}
}

func (p *process) pause() error { return signalStop(p.cmd.Process) }

func (p *process) resume() error { return signalContinue(p.cmd.Process) }

func (p *process) end(ctx context.Context, hard bool) {
	if !hard && p.resume() == nil && p.cmd.Process.Signal(os.Interrupt) == nil {
		select {
		case <-p.done:
			return
		case <-ctx.Done():
		case <-time.After(5 * time.Second):
		}
	}
	_ = p.cmd.Process.Kill() // an error says that it has ended
	<-p.done
}

// readiness is how often a starting server is asked.
const readiness = 10 * time.Millisecond
