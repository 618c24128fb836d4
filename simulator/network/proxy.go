package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"tidemark/simulator/inject"
)

// Proxy is a TCP listener in front of a server, with the path between two places in it. It is safe for concurrent
// use.
//
// A connection takes the path's distance: its first bytes leave one round trip after it was made, as if its handshake
// had gone all the way (its caller believes at once that it is connected), and every byte takes one way, in order and
// without a limit of throughput. When Begin or End returns, its listener and its connections are what the outages
// say:
//   - Refuse of the request: the listener is closed, connections are reset. The port is kept meanwhile on Linux, but
//     for the moment between the two; elsewhere, or if somebody took it, the proxy tries until it has it back.
//   - Torn: connections are reset, new ones too.
//   - Silent: connections stay and are made, nothing is forwarded and nothing lost: after healing it goes on. A
//     connection that its caller gave up before it went through never reaches the server; bytes on their way on one
//     that had gone through do, late.
//   - Busy: connections are closed, new ones too, those to Table, Queue and Compute after a 503 to the first
//     request.
//
// A fault of the answer alone lets requests through and hurts a connection when the server answers on it (Silent: holds
// the answer). A half-close passes on as such, a torn connection as a reset. While the server takes no connections,
// new ones are reset.
type Proxy struct {
	way
	addr string

	ctx  context.Context // ends at Close
	stop context.CancelFunc
	work sync.WaitGroup // accepting, reopening, links

	mu       sync.Mutex // after Network.mu
	target   string
	refused  bool         // the listener is to be closed
	listener net.Listener // nil while it is closed
	reserve  io.Closer    // keeps the port while the listener is closed; may be nil
	reopens  bool         // something tries to get the listener back
	links    map[*link]struct{}
}

// Proxy listens at an address, whose port may be 0, for callers at a place, in front of a part of another place that
// listens at target. Unknown places and parts, a target that is no host:port and an address that cannot be had are
// errors.
func (n *Network) Proxy(addr string, from, to Place, p Part, target string) (*Proxy, error) {
	if err := n.checkProxy(from, to, p, target); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("network: proxy from %s to %s of %s: %w; give another address, or port 0 for any "+
			"free one", from, p, to, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	x := &Proxy{way: way{n, from, to, p}, addr: listener.Addr().String(), ctx: ctx, stop: stop, target: target,
		listener: listener, links: map[*link]struct{}{}}
	x.work.Go(func() { x.accept(listener) })
	n.mu.Lock()
	defer n.mu.Unlock()
	n.followers[x] = struct{}{}
	x.apply(n.now.Load())
	return x, nil
}

func (n *Network) checkProxy(from, to Place, p Part, target string) error {
	if err := n.checkPlace("proxy from", from); err != nil {
		return err
	}
	if err := n.checkPlace("proxy to", to); err != nil {
		return err
	}
	if !slices.Contains(parts, p) {
		return fmt.Errorf("network: proxy to part %q: no such part; known are %s", p, list(parts))
	}
	return checkTarget(target)
}

func checkTarget(target string) error {
	if _, _, err := net.SplitHostPort(target); err != nil {
		return fmt.Errorf("network: proxy in front of %q: give the server's address as host:port: %w", target, err)
	}
	return nil
}

// Addr is the address it listens at, host:port, the same until Close.
func (p *Proxy) Addr() string { return p.addr }

// SetTarget says where the server is now. Connections that go to the old one stay.
func (p *Proxy) SetTarget(target string) error {
	if err := checkTarget(target); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
	return nil
}

func (p *Proxy) where() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.target
}

// Close closes the listener, resets the connections and waits until nothing is left. To close it again is harmless.
func (p *Proxy) Close() error {
	p.network.mu.Lock()
	delete(p.network.followers, p)
	p.network.mu.Unlock()
	p.mu.Lock()
	p.refused = true
	p.shut()
	if p.reserve != nil {
		_ = p.reserve.Close()
		p.reserve = nil
	}
	p.resetLinks() // before they end by themselves, which is no reset
	p.stop()
	p.mu.Unlock()
	p.work.Wait()
	return nil
}

// apply makes the listener and the links what a state of the network says. The network's mutex is held, so that
// states come in order.
func (p *Proxy) apply(s *state) {
	how := p.network.how(s, p.from, p.to, p.part, Request)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = how == inject.Refuse
	if p.refused {
		p.shut()
		p.keepPort()
	} else if p.open() != nil && !p.reopens {
		p.reopens = true
		p.work.Go(p.reopen)
	}
	switch how {
	case inject.Refuse, inject.Torn:
		p.resetLinks()
	case inject.Busy:
		for l := range p.links {
			l.close()
		}
	}
}

func (p *Proxy) resetLinks() {
	for l := range p.links {
		l.reset()
	}
}

// shut closes the listener; the kernel resets what was not accepted yet.
func (p *Proxy) shut() {
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
}

// keepPort keeps others from taking the port of the closed listener, where that can be done.
func (p *Proxy) keepPort() {
	if p.reserve == nil {
		p.reserve, _ = reserve(p.addr)
	}
}

// open opens the listener again, if it is closed.
func (p *Proxy) open() error {
	if p.listener != nil {
		return nil
	}
	listener, err := net.Listen("tcp", p.addr)
	if err != nil {
		return err
	}
	p.listener = listener
	p.work.Go(func() { p.accept(listener) })
	if p.reserve != nil {
		_ = p.reserve.Close()
		p.reserve = nil
	}
	return nil
}

// reopenPause is how long it waits between two tries to get its port back.
const reopenPause = 20 * time.Millisecond

// reopen tries to get the listener back from whoever took its port, until it has it, or an outage or the end closes
// it again.
func (p *Proxy) reopen() {
	for try := true; try; {
		select {
		case <-time.After(reopenPause):
		case <-p.ctx.Done():
		}
		p.mu.Lock()
		try = !p.refused && p.open() != nil
		p.reopens = try
		p.mu.Unlock()
	}
}

// accept takes connections until the listener is closed.
func (p *Proxy) accept(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of files, say
			time.Sleep(reopenPause)
			continue
		}
		p.take(listener, conn.(*net.TCPConn))
	}
}

// take makes a link of an accepted connection, unless the listener has been closed meanwhile.
func (p *Proxy) take(listener net.Listener, conn *net.TCPConn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != listener {
		resetConn(conn)
		return
	}
	l := newLink(p.ctx, p.way, p.where, conn)
	p.links[l] = struct{}{}
	p.work.Go(func() {
		l.run()
		p.mu.Lock()
		delete(p.links, l)
		p.mu.Unlock()
	})
}
