package edge

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestUpgrade passes what both sides say once they have left HTTP, and ends with Close, though neither side ends.
func TestUpgrade(t *testing.T) {
	east := newMachine(t, "east", func(w http.ResponseWriter, r *http.Request) {
		c, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		_, _ = io.Copy(c, buffered)
	})
	e := startProfile(t, asleep(), 1, nil, east)
	c, err := net.Dial("tcp", e.Sites()[0].Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(patienceOfTests))
	_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nHost: edge\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	reader := bufio.NewReader(c)
	answer, err := http.ReadResponse(reader, nil)
	if err != nil || answer.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v %v", answer, err)
	}
	_, _ = io.WriteString(c, "hello\n")
	if line, err := reader.ReadString('\n'); line != "hello\n" {
		t.Fatalf("the origin's echo is %q: %v", line, err)
	}
	closed := make(chan error, 1)
	go func() { closed <- e.Close() }()
	select {
	case err := <-closed:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		c.Close()
		t.Fatal("Close waits for a connection that was upgraded")
	}
	if _, err := reader.ReadByte(); err == nil {
		t.Error("the connection is still there")
	}
}
