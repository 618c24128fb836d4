package topology

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
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

// listen opens the listeners of every vantage. After an error it gives those that it has opened.
func listen(c Config) (all []*vantage, err error) {
	for i, r := range c.Regions {
		v := &vantage{place: network.Place(r.Name)}
		all = append(all, v)
		if err := v.listen(c.Host, fmt.Sprintf("regions[%d].ports.", i), r.Ports); err != nil {
			return all, err
		}
	}
	v := &vantage{place: network.Outside}
	return append(all, v), v.listen(c.Host, "outside.", c.Outside)
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
