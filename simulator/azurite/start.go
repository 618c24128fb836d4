package azurite

import (
	"context"
	"fmt"
	"net"
)

// Start installs Azurite or fetches the image if need be, starts it and waits until it listens. The context bounds
// the start, not the life of the server. Without Node.js (Process) the error is ErrNoNode, without an engine
// (Container) ErrNoDocker.
func Start(ctx context.Context, o Options) (*Server, error) {
	if len(o.Accounts) == 0 {
		o.Accounts = []Account{{Name: "tidemark"}}
	}
	if o.Host == "" {
		o.Host = loopback
	}
	if net.ParseIP(o.Host) == nil {
		return nil, fmt.Errorf("azurite: host %q is no IP address: use %s, or 0.0.0.0 for all interfaces", o.Host,
			loopback)
	}
	s := &Server{host: o.Host, ports: ports{Table: o.TablePort, Queue: o.QueuePort}}
	for _, a := range o.Accounts {
		a, err := complete(a)
		if err != nil {
			return nil, err
		}
		s.accounts = append(s.accounts, a)
	}
	var err error
	if s.engine, err = newEngine(ctx, o); err != nil {
		return nil, err
	}
	if err := s.start(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

func newEngine(ctx context.Context, o Options) (engine, error) {
	switch o.Mode {
	case "", Process:
		return newProcess(ctx, o)
	case Container:
		return newContainer(ctx, o)
	}
	return nil, fmt.Errorf("azurite: mode %q: use %s or %s", o.Mode, Process, Container)
}
