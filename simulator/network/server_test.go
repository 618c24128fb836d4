package network_test

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"testing"
	"time"

	"tidemark/simulator/network"
)

// echo is a server that answers with what it is told, and remembers it.
type echo struct {
	listener net.Listener
	work     sync.WaitGroup

	mu    sync.Mutex
	conns []net.Conn
	heard []byte
}

func newEcho(t testing.TB) *echo {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{listener: listener}
	e.work.Go(e.serve)
	t.Cleanup(func() {
		_ = listener.Close()
		e.mu.Lock()
		for _, c := range e.conns {
			_ = c.Close()
		}
		e.mu.Unlock()
		e.work.Wait()
	})
	return e
}

func (e *echo) serve() {
	for {
		conn, err := e.listener.Accept()
		if err != nil {
			return
		}
		e.mu.Lock()
		e.conns = append(e.conns, conn)
		e.mu.Unlock()
		e.work.Go(func() {
			defer conn.Close()
			_, _ = io.Copy(conn, io.TeeReader(conn, e))
			_ = conn.(*net.TCPConn).CloseWrite()
		})
	}
}

// Write remembers.
func (e *echo) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.heard = append(e.heard, b...)
	return len(b), nil
}

func (e *echo) said() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return string(e.heard)
}

func (e *echo) connections() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.conns)
}

// proxied is an echo server in east behind a proxy for callers in west.
func proxied(t testing.TB, n *network.Network, p network.Part) (*network.Proxy, *echo) {
	t.Helper()
	e := newEcho(t)
	return proxyTo(t, n, p, e.listener.Addr().String()), e
}

func proxyTo(t testing.TB, n *network.Network, p network.Part, target string) *network.Proxy {
	t.Helper()
	x, err := n.Proxy("127.0.0.1:0", west, east, p, target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = x.Close() })
	return x
}

func connect(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, hangGuard)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(hangGuard))
	return conn.(*net.TCPConn)
}

func tell(t testing.TB, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

func hear(t testing.TB, conn net.Conn, text string) {
	t.Helper()
	got := make([]byte, len(text))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != text {
		t.Fatalf("heard %q, %v, want %q", got, err, text)
	}
}

// hearNothing gives an answer that should not come some time to come.
func hearNothing(t testing.TB, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(30 * time.Millisecond))
	if n, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("heard %d bytes, %v, want nothing", n, err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(hangGuard))
}

func wantReset(t testing.TB, conn net.Conn) {
	t.Helper()
	if n, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read %d bytes, %v, want a reset", n, err)
	}
}

// wantNewReset makes a connection; the reset may come before the connection is there.
func wantNewReset(t testing.TB, addr string) {
	t.Helper()
	conn, err := net.DialTimeout("tcp", addr, hangGuard)
	if errors.Is(err, syscall.ECONNRESET) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(hangGuard))
	wantReset(t, conn)
}

func wantEnd(t testing.TB, conn net.Conn) {
	t.Helper()
	if n, err := conn.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("read %d bytes, %v, want the end", n, err)
	}
}

// eventually waits for what comes in its own time.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for until := time.Now().Add(hangGuard); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("%s: not within %v", what, hangGuard)
		}
	}
}
