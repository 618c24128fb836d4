package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"syscall"
	"time"

	"tidemark/simulator/topology"
)

// Server is the control API of a simulation, listening.
type Server struct {
	http   *http.Server
	url    string
	cancel context.CancelFunc
	done   chan struct{}
	stop   func() // what runs a schedule
}

// Start listens at the topology's control.listen and tells the simulation where.
func Start(sim *topology.Simulation) (*Server, error) {
	l, err := listen(sim.Config().Control.Listen)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	a, err := newAPI(sim, ctx)
	if err != nil {
		cancel()
		return nil, errors.Join(err, l.Close())
	}
	s := &Server{url: "http://" + sim.Config().Address(l.Addr().String()), cancel: cancel, done: make(chan struct{}),
		stop: a.nemesis.Stop,
		http: &http.Server{Handler: a, ReadHeaderTimeout: 10 * time.Second, ErrorLog: log.New(io.Discard, "", 0)}}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(l) // until Close
	}()
	sim.SetControl(s.url)
	return s, nil
}

// listen opens the listener. Where nothing was asked for it is the address that the commands look at first, or else
// any.
func listen(address string) (net.Listener, error) {
	if address == "" {
		if l, err := net.Listen("tcp", topology.DefaultControl); err == nil {
			return l, nil
		}
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("control.listen: the address %s is taken: stop the program that listens there, or "+
			"give another address (port 0 takes a free one)", address)
	}
	if err != nil {
		return nil, fmt.Errorf("control.listen: %w", err)
	}
	return l, nil
}

// URL is where it listens.
func (s *Server) URL() string { return s.url }

// Close ends it, streams and a schedule that runs included.
func (s *Server) Close() error {
	s.cancel()
	err := s.http.Close()
	<-s.done
	s.stop()
	return err
}

// Document is the OpenAPI 3.1 document, as JSON and as YAML, without a simulation behind it.
func Document() (asJSON, asYAML []byte, err error) {
	a, err := newAPI(nil, context.Background())
	if err != nil {
		return nil, nil, err
	}
	asYAML, err = a.huma.OpenAPI().YAML()
	return a.document, asYAML, err
}
