package network

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"tidemark/simulator/inject"
)

// way is from a place to a part of another.
type way struct {
	network  *Network
	from, to Place
	part     Part
}

// link is a connection from a caller through to the server.
type link struct {
	way
	target   func() string // where the server is
	accepted time.Time
	handlers sync.WaitGroup

	ctx  context.Context // ends when the link does
	stop context.CancelFunc
	gone chan struct{} // closed when the caller sends no more

	mu     sync.Mutex
	client *net.TCPConn
	server *net.TCPConn // nil until the link has gone through
	ended  bool
}

func newLink(ctx context.Context, w way, target func() string, client *net.TCPConn) *link {
	l := &link{way: w, target: target, accepted: time.Now(), client: client, gone: make(chan struct{})}
	l.ctx, l.stop = context.WithCancel(ctx)
	return l
}

// chunk is bytes on their way, or the end of them.
type chunk struct {
	data []byte
	due  time.Time // when they arrive
	end  ending
}

// ending is how a side stopped sending.
type ending uint8

const (
	goesOn ending = iota
	closed
	torn
)

const (
	chunkSize = 64 << 10
	inFlight  = 1024 // chunks of one direction; many small ones that wait are read as few big ones
)

// run carries the link until both directions have ended, or it is torn.
func (l *link) run() {
	defer l.handlers.Wait()
	defer l.close()
	path := l.network.Path(l.from, l.to, l.part)
	if path.Request.How == inject.Busy {
		l.unavailable(path)
		return
	}
	handshake := path.Request.Delay + path.Answer.Delay
	up, down := make(chan chunk, inFlight), make(chan chunk, inFlight)
	l.handlers.Go(func() { l.read(l.client, up, Request, l.accepted.Add(handshake)) })
	if !l.sleep(l.accepted.Add(path.Request.Delay)) || !l.pass(Request, l.gone) || !l.dial() {
		return
	}
	l.handlers.Go(func() { l.read(l.server, down, Answer, time.Time{}) })
	var both sync.WaitGroup
	both.Go(func() { l.deliver(l.server, up, Request) })
	both.Go(func() { l.deliver(l.client, down, Answer) })
	both.Wait()
}

// dial goes through to the server.
func (l *link) dial() bool {
	conn, err := (&net.Dialer{}).DialContext(l.ctx, "tcp", l.target())
	if err != nil {
		l.reset()
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		resetConn(conn.(*net.TCPConn))
		return false
	}
	l.server = conn.(*net.TCPConn)
	return true
}

// read takes what a side sends and says when it arrives at the other: in order, none before the first may leave, plus
// the distance.
func (l *link) read(from *net.TCPConn, to chan<- chunk, d Direction, first time.Time) {
	buffer := make([]byte, chunkSize)
	last := first
	for {
		n, err := from.Read(buffer)
		c := chunk{data: append([]byte(nil), buffer[:n]...), due: l.arrival(d, first)}
		if c.due.Before(last) { // jitter does not reorder
			c.due = last
		}
		last = c.due
		switch {
		case err == io.EOF:
			c.end = closed
		case err != nil:
			c.end = torn
		}
		if c.end != goesOn && d == Request {
			close(l.gone)
		}
		select {
		case to <- c:
		case <-l.ctx.Done():
			return
		}
		if c.end != goesOn {
			return
		}
	}
}

// arrival is when what is sent now arrives, if nothing leaves before the first time.
func (l *link) arrival(d Direction, first time.Time) time.Time {
	from, to := l.from, l.to
	if d == Answer {
		from, to = to, from
	}
	leaves := time.Now()
	if leaves.Before(first) {
		leaves = first
	}
	return leaves.Add(l.network.delay(l.network.Distance(from, to)))
}

// deliver writes what arrives, each at its time, while the way is open.
func (l *link) deliver(to *net.TCPConn, chunks <-chan chunk, d Direction) {
	for {
		select {
		case c := <-chunks:
			if !l.sleep(c.due) || !l.pass(d, nil) {
				return
			}
			if _, err := to.Write(c.data); err != nil || c.end == torn {
				l.reset()
				return
			}
			if c.end == closed {
				_ = to.CloseWrite()
				return
			}
		case <-l.ctx.Done():
			return
		}
	}
}

// pass waits while a direction hangs, and reports whether it is open then. Otherwise the link has ended: by its
// fault, or because gone was closed while it hung.
func (l *link) pass(d Direction, gone <-chan struct{}) bool {
	for {
		s := l.network.now.Load()
		switch l.network.how(s, l.from, l.to, l.part, d) {
		case inject.Open:
			return l.ctx.Err() == nil
		case inject.Busy:
			l.close()
			return false
		case inject.Refuse, inject.Torn:
			l.reset()
			return false
		}
		select {
		case <-s.changed:
		case <-gone:
			l.reset()
			return false
		case <-l.ctx.Done():
			return false
		}
	}
}

// sleep waits until a time, and reports whether the link is still there.
func (l *link) sleep(until time.Time) bool {
	d := time.Until(until)
	if d <= 0 {
		return l.ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// close ends the link in an orderly way, as far as both sides are concerned.
func (l *link) close() { l.finish(func(c *net.TCPConn) { _ = c.Close() }) }

// reset tears the link down.
func (l *link) reset() { l.finish(resetConn) }

func (l *link) finish(how func(*net.TCPConn)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	l.ended = true
	l.stop()
	how(l.client)
	if l.server != nil {
		how(l.server)
	}
}

func resetConn(c *net.TCPConn) {
	_ = c.SetLinger(0) // a close is a reset then
	_ = c.Close()
}

// tooLate is how long an unavailable service listens to what a caller still sends, so that its answer is not lost
// with a reset.
const tooLate = time.Second

// unavailable answers a caller's first request with 503, as a service's front door does, and closes; what does not
// speak HTTP is only closed.
func (l *link) unavailable(path Path) {
	if l.part == Redis || path.Answer.How != inject.Busy && path.Answer.How != inject.Open {
		return
	}
	if !l.sleep(l.accepted.Add(2 * (path.Request.Delay + path.Answer.Delay))) {
		return
	}
	if _, err := l.client.Read(make([]byte, chunkSize)); err != nil {
		return
	}
	_, _ = io.WriteString(l.client, "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: "+
		"close\r\n\r\n")
	_ = l.client.CloseWrite()
	_ = l.client.SetReadDeadline(time.Now().Add(tooLate))
	_, _ = io.Copy(io.Discard, l.client)
}
