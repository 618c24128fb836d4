package azurite

import (
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are picked below those that systems give to outgoing connections: one of these would take a port as soon as the
// server that had it is stopped, and the server would not find it again.
const (
	lowestPort  = 20000
	highestPort = 31999
)

// picks is how often ports are picked until some are free that stay so until the server listens.
const picks = 10

// picked fills in free ports where none are wanted.
func (p ports) picked(host string) (ports, error) {
	for _, port := range []*int{&p.Table, &p.Queue} {
		if *port != 0 {
			continue
		}
		free, err := freePort(host)
		if err != nil {
			return p, err
		}
		*port = free
	}
	return p, nil
}

// freePort is a port that nobody listens on.
func freePort(host string) (port int, err error) {
	for range 100 {
		port = lowestPort + rand.IntN(highestPort-lowestPort+1)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("no free port between %d and %d: %w", lowestPort, highestPort, err)
}
