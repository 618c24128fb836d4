package azurite

import (
	"net"
	"strconv"
	"testing"
)

// TestPortsArePicked where none are wanted, free ones, below those of outgoing connections.
func TestPortsArePicked(t *testing.T) {
	for range 100 {
		p, err := ports{Queue: 7}.picked(loopback)
		if err != nil || p.Queue != 7 || p.Table < lowestPort || p.Table > highestPort {
			t.Fatalf("%+v, %v", p, err)
		}
		l, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(p.Table)))
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
	}
}
