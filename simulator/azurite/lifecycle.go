package azurite

import (
	"context"
	"errors"
	"fmt"
	"regexp"
)

// ErrNotRunning means that the server was stopped or killed, or has died.
var ErrNotRunning = errors.New("azurite is not running")

// start launches a child on the known ports and learns the ports it got. The caller holds mu or is the only one who
// knows s.
func (s *Server) start(ctx context.Context) error {
	c, got, err := s.engine.launch(ctx, accountList(s.accounts), s.ports)
	if err != nil {
		return s.explain(err)
	}
	s.child, s.ports = c, got
	return nil
}

// taken finds in what Node.js or Docker says which port somebody else has.
var taken = regexp.MustCompile(`(?:EADDRINUSE|address already in use|port is already allocated)`)

// explain names the option that asked for a port that is taken.
func (s *Server) explain(err error) error {
	if !taken.MatchString(err.Error()) {
		return err
	}
	for _, p := range []struct {
		option string
		port   int
	}{{"TablePort", s.ports.Table}, {"QueuePort", s.ports.Queue}} {
		if p.port != 0 && regexp.MustCompile(fmt.Sprintf(`:%d\b`, p.port)).MatchString(err.Error()) {
			return fmt.Errorf("azurite: %s %d of %s is taken by another process: choose another, or 0 for any free "+
				"one: %w", p.option, p.port, s.host, err)
		}
	}
	return err
}

// Stop ends the server after it has written what a persistent one keeps. Stopping twice, or one that is attached,
// does nothing.
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

// Kill ends the server at once, as a power cut would. What a persistent one wrote in its last seconds is lost. It
// fails only where the server is attached.
func (s *Server) Kill() error {
	if s.attached != nil {
		return fmt.Errorf("kill: %w", ErrAttached)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return nil
	}
	s.child.kill()
	_ = s.child.thaw() // only ends the watchdog: the process is gone
	s.child = nil
	return nil
}

// Restart stops the server if it runs and starts it again on the same ports. Data is kept if the server has a folder.
func (s *Server) Restart(ctx context.Context) error {
	if s.attached != nil {
		return fmt.Errorf("restart: %w", ErrAttached)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.stop(), s.start(ctx))
}

// Pause freezes the server: connections are taken by the kernel and never answered, until Resume. Pausing twice is
// harmless.
func (s *Server) Pause() error { return s.withChild("pause", (*child).freeze) }

// Resume lets a paused server go on. What it received meanwhile it answers now.
func (s *Server) Resume() error { return s.withChild("resume", (*child).thaw) }

func (s *Server) withChild(what string, do func(*child) error) error {
	if s.attached != nil {
		return fmt.Errorf("%s: %w", what, ErrAttached)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return fmt.Errorf("%s: %w", what, ErrNotRunning)
	}
	return do(s.child)
}

// Err says why the server does not run, nil while it does. Of an attached one it knows nothing: ask Healthy.
func (s *Server) Err() error {
	if s.attached != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.child == nil {
		return ErrNotRunning
	}
	select {
	case <-s.child.ended:
		return fmt.Errorf("%w: it ended (%v) and said: %s", ErrNotRunning, s.child.cmd.ProcessState,
			s.child.tail.String())
	default:
		return nil
	}
}
