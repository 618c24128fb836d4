// Package redis runs a Redis that can be hurt: a real redis-server as a child process where the machine has one, else
// miniredis within this process. It keeps nothing on disk; a server that was killed starts again empty, at the same
// address.
//
// A child ends when this process ends, however that ends: on Linux the kernel kills it (parent-death signal),
// elsewhere only Stop and Kill do. miniredis has no eviction, persistence, replication or ACLs beyond a password.
package redis

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"sync"
)

// Server is a running server, or one that was stopped. It is safe for concurrent use.
type Server struct {
	options Options
	binary  string
	addr    string

	mu   sync.Mutex
	runs run // nil while stopped
}

// run is one life of a server.
type run interface {
	pause() error
	resume() error
	// end ends it, by force if hard or if ctx ends first, and waits.
	end(ctx context.Context, hard bool)
}

// ErrStopped is the error of what needs a running server.
var ErrStopped = errors.New("redis: the server is stopped")

// Start starts a server and waits until it answers.
func Start(ctx context.Context, o Options) (*Server, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	s := &Server{options: o}
	if !o.InProcess {
		s.binary, _ = exec.LookPath(Binary)
	}
	if err := s.start(ctx, o.Addr); err != nil {
		return nil, err
	}
	return s, nil
}

// start begins a life at an address whose port may be 0.
func (s *Server) start(ctx context.Context, addr string) (err error) {
	if s.binary == "" {
		p, got, err := startInProcess(addr, s.options.Password)
		if err == nil {
			s.runs, s.addr = p, got
		}
		return err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("redis: address %q: %w", addr, err)
	}
	// redis-server cannot pick a free port, and between our picking one and its binding somebody else may take it.
	for try := 0; ; try++ {
		chosen := addr
		if port == "0" {
			if chosen, err = freePort(host); err != nil {
				return err
			}
		}
		p, err := startProcess(ctx, s.binary, chosen, s.options)
		if err == nil {
			s.runs, s.addr = p, chosen
			return nil
		}
		if port != "0" || try == 5 || ctx.Err() != nil {
			return err
		}
	}
}

func freePort(host string) (string, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return "", fmt.Errorf("redis: no free port: %w", err)
	}
	addr := l.Addr().String()
	return addr, l.Close()
}

// Addr is host:port, the same for all lives of the server.
func (s *Server) Addr() string { return s.addr }

// Real reports whether the server is a real redis-server.
func (s *Server) Real() bool { return s.binary != "" }

// Stop ends the server in an orderly way, or by force when ctx ends. Stopping again is harmless.
func (s *Server) Stop(ctx context.Context) { s.end(ctx, false) }

// Kill ends the server at once. Connections break, later ones are refused.
func (s *Server) Kill() { s.end(context.Background(), true) }

func (s *Server) end(ctx context.Context, hard bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs != nil {
		s.runs.end(ctx, hard)
		s.runs = nil
	}
}

// Restart starts a stopped or killed server again: empty, at its address. A running one is killed first.
func (s *Server) Restart(ctx context.Context) error {
	s.Kill()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.start(ctx, s.addr)
}

// Pause makes the server hang: connections stay open, new ones are accepted, nothing is answered.
func (s *Server) Pause() error { return s.with(run.pause) }

// Resume lets a paused server go on, with everything that was sent meanwhile.
func (s *Server) Resume() error { return s.with(run.resume) }

func (s *Server) with(f func(run) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs == nil {
		return ErrStopped
	}
	return f(s.runs)
}

// FlushAll forgets everything.
func (s *Server) FlushAll(ctx context.Context) error {
	_, err := ask(ctx, s.addr, s.options.Password, "FLUSHALL")
	return err
}
