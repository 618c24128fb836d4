package topology

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"tidemark/simulator/gateway"
	"tidemark/simulator/georep"
	"tidemark/simulator/network"
)

// vantage is where callers stand: the listeners of the storage services as seen from there.
type vantage struct {
	place        network.Place
	table, queue net.Listener
	servers      []*http.Server
}

// listen opens the listeners of every vantage.
func (s *Simulation) listen() error {
	for i, r := range s.config.Regions {
		v := &vantage{place: network.Place(r.Name)}
		s.places = append(s.places, v)
		if err := v.listen(s.config.Host, fmt.Sprintf("regions[%d].ports.", i), r.Ports); err != nil {
			return err
		}
	}
	v := &vantage{place: network.Outside}
	s.places = append(s.places, v)
	return v.listen(s.config.Host, "outside.", s.config.Outside)
}

func (v *vantage) listen(host, setting string, p Ports) (err error) {
	if v.table, err = listenAt(setting+"table", net.JoinHostPort(host, strconv.Itoa(p.Table))); err != nil {
		return err
	}
	v.queue, err = listenAt(setting+"queue", net.JoinHostPort(host, strconv.Itoa(p.Queue)))
	return err
}

func listenAt(setting, address string) (net.Listener, error) {
	var c net.ListenConfig
	l, err := c.Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, taken(setting, address, err)
	}
	return l, nil
}

// TakenError is a listener that could not be opened.
type TakenError struct {
	Setting, Address string
	Err              error
}

func (e *TakenError) Error() string {
	if errors.Is(e.Err, syscall.EADDRINUSE) {
		return fmt.Sprintf("%s: the address %s is taken: stop the program that listens there, or give another port "+
			"(0 takes a free one)", e.Setting, e.Address)
	}
	return fmt.Sprintf("%s: cannot listen on %s: %v", e.Setting, e.Address, e.Err)
}

func (e *TakenError) Unwrap() error { return e.Err }

func taken(setting, address string, err error) error {
	return &TakenError{Setting: setting, Address: address, Err: err}
}

// serve answers from now on.
func (v *vantage) serve(g *gateway.Gateway) {
	for _, service := range []struct {
		name georep.Service
		l    net.Listener
	}{{georep.Table, v.table}, {georep.Queue, v.queue}} {
		server := &http.Server{Handler: g.Handler(v.place, service.name), ReadHeaderTimeout: time.Minute,
			ConnContext: gateway.ConnContext,
			ErrorLog:    log.New(io.Discard, "", 0)} // connections that faults tear down are no news
		v.servers = append(v.servers, server)
		l := service.l
		if service.name == georep.Queue {
			l = gateway.Listen(l)
		}
		go func() { _ = server.Serve(l) }() // it ends with close
	}
}

// close closes listeners and connections.
func (v *vantage) close() {
	for _, server := range v.servers {
		_ = server.Close()
	}
	for _, l := range []net.Listener{v.table, v.queue} {
		if l != nil {
			_ = l.Close()
		}
	}
}

// url is a listener's address as it is told.
func (c Config) url(l net.Addr) string { return "http://" + c.Address(l.String()) }

// Address is a listener's address as it is told: it replaces the host that is listened on by the one that is told.
func (c Config) Address(listened string) string {
	host, port, err := net.SplitHostPort(listened)
	if err != nil || host != c.Host && !net.ParseIP(host).IsUnspecified() {
		return listened
	}
	return net.JoinHostPort(c.Advertise, port)
}
