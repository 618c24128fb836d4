package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// node is one process of the program.
type node struct {
	t       testing.TB
	cmd     *exec.Cmd
	url     string
	log     string        // the file of its standard error
	patient bool          // ask again after a 503
	over    chan struct{} // closed when the process has ended
}

var nodes atomic.Int64

// start starts a node on a free port and waits until it is ready.
func (s *site) start(settings ...string) *node {
	s.t.Helper()
	return s.startAt(freeAddr(s.t), settings...)
}

// startAt starts a node at an address of its own.
func (s *site) startAt(addr string, settings ...string) *node {
	s.t.Helper()
	n := s.launch(addr, settings...)
	eventually(s.t, time.Minute, "the node is ready: "+n.log, func() bool {
		select {
		case <-n.over:
			s.t.Fatalf("the node ended: %s\n%s", n.cmd.ProcessState, n.tail())
		default:
		}
		resp, err := http.Get(n.url + "/health/ready")
		if err != nil {
			return false
		}
		_ = resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
	return n
}

// launch starts a node and waits for nothing.
func (s *site) launch(addr string, settings ...string) *node {
	s.t.Helper()
	n := &node{t: s.t, url: "http://" + addr, over: make(chan struct{}),
		log: filepath.Join(scratch, fmt.Sprintf("node-%03d.log", nodes.Add(1)))}
	file, err := os.Create(n.log)
	if err != nil {
		s.t.Fatal(err)
	}
	n.cmd = exec.Command(program(s.t), "serve", "--listen", addr)
	n.cmd.Env = s.env(settings...)
	n.cmd.Stderr = file
	if err := n.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		_ = n.cmd.Wait()
		_ = file.Close()
		close(n.over)
	}()
	s.t.Cleanup(n.kill)
	return n
}

// kill ends the node as a power cut would.
func (n *node) kill() {
	_ = n.cmd.Process.Kill()
	<-n.over
}

// stop ends the node as an operator would; it has to answer what it accepted, end its streams and go.
func (n *node) stop() {
	n.t.Helper()
	_ = n.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-n.over:
		if !n.cmd.ProcessState.Success() {
			n.t.Errorf("the node stopped badly: %s\n%s", n.cmd.ProcessState, n.tail())
		}
	case <-time.After(time.Minute):
		n.t.Errorf("the node did not stop within a minute\n%s", n.tail())
		n.kill()
	}
}

// tail is the end of what the node said.
func (n *node) tail() []byte {
	text, _ := os.ReadFile(n.log)
	if lines := bytes.Split(text, []byte("\n")); len(lines) > 30 {
		text = bytes.Join(lines[len(lines)-30:], []byte("\n"))
	}
	return text
}

// freeAddr is a loopback address below the ports that the system gives to outgoing connections, so that a node that
// comes again finds it free.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))
		l, err := net.Listen("tcp", addr)
		if err == nil {
			_ = l.Close()
			return addr
		}
	}
	t.Fatal("no free port between 20000 and 32000")
	return ""
}
