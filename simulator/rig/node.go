package rig

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"
)

// Node is a process of the program that serves.
type Node struct {
	*Process
	URL string
}

// AwaitReady waits until the node says that it is ready. It fails when the node ends before, or the context does.
func (n *Node) AwaitReady(ctx context.Context) error {
	for {
		if state := n.Ended(); state != nil {
			return fmt.Errorf("the node ended: %s\n%s", state, n.Tail())
		}
		if n.ready(ctx) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the node is not ready: %w\n%s", context.Cause(ctx), n.Tail())
		case <-time.After(polls):
		}
	}
}

func (n *Node) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.URL+"/health/ready", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// FreeAddress is a loopback address below the ports that the system gives to outgoing connections, so that a node
// that comes again finds it free.
func FreeAddress() (addr string, err error) {
	for range 100 {
		addr = fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(12000))
		if err = isFree(addr); err == nil {
			return addr, nil
		}
	}
	return "", fmt.Errorf("no free port between 20000 and 32000: %w", err)
}

// isFree gives the error of listening at an address.
func isFree(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	return l.Close()
}
