package azurite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// ErrNotRunning means that the server was stopped or killed, or has died.
var ErrNotRunning = errors.New("azurite is not running")

// start launches a child on the known ports and learns the ports it got. The caller holds mu or is the only one who knows s.
func (s *Server) start(ctx context.Context) error {
	script, err := writeRunner(s.install)
	if err != nil {
		return fmt.Errorf("azurite: %w", err)
	}
	folder := s.folder
	if folder != "" {
		if folder, err = filepath.Abs(folder); err == nil {
			err = os.MkdirAll(folder, 0o755)
		}
		if err != nil {
			return fmt.Errorf("azurite: %w", err)
		}
	}
	c, err := launch(s.node, script, accountList(s.accounts), folder, s.ports)
	if err != nil {
		return fmt.Errorf("azurite: %w", err)
	}
	ready, err := c.await(ctx)
	if err != nil {
		c.kill()
		return err
	}
	s.child, s.ports = c, ready.ports
	return nil
}

// Stop ends the server after it has written what a persistent one keeps. Stopping twice is harmless.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stop()
}

func (s *Server) stop() error {
	if s.child == nil {
		return nil
	}
	c := s.child
	s.child = nil
	return errors.Join(c.thaw(), c.stop())
}

// Kill ends the server at once, as a power cut would. What a persistent one wrote in its last seconds is lost.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return
	}
	s.child.kill()
	_ = s.child.thaw() // only ends the watchdog: the process is gone
	s.child = nil
}

// Restart stops the server if it runs and starts it again on the same ports. Data is kept if the server has a folder.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.stop(), s.start(ctx))
}

// Pause freezes the server: connections are taken by the kernel and never answered, until Resume. Pausing twice is harmless.
func (s *Server) Pause() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return ErrNotRunning
	}
	return s.child.freeze()
}

// Resume lets a paused server go on. What it received meanwhile it answers now.
func (s *Server) Resume() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return ErrNotRunning
	}
	return s.child.thaw()
}

// Err says why the server does not run, nil while it does.
func (s *Server) Err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return ErrNotRunning
	}
	select {
	case <-s.child.ended:
		return fmt.Errorf("%w: it ended (%v) and said: %s", ErrNotRunning, s.child.cmd.ProcessState, s.child.tail.String())
	default:
		return nil
	}
}
