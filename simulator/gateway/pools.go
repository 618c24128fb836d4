package gateway

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"tidemark/simulator/account"
)

// idleTimeout is less than the 5 s after which Node closes an idle connection: who uses it then may not learn whether
// it was heard.
const idleTimeout = 3 * time.Second

// pools are connections to the stores: one pool for callers, one for replication and copies, so that neither waits
// for the other.
type pools struct{ front, back *http.Transport }

func newPools() *pools { return &pools{front: newPool(), back: newPool()} }

func newPool() *http.Transport {
	dialer := &net.Dialer{
		Timeout: 5 * time.Second,
		// A container that was cut off its network tells nobody: this is what ends a call to it.
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: 2 * time.Second, Count: 5},
	}
	return &http.Transport{
		DialContext: func(ctx context.Context, netw, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, netw, addr)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", account.ErrNotSent, err)
			}
			return c, nil
		},
		MaxIdleConns:        1024,
		MaxIdleConnsPerHost: 256,
		IdleConnTimeout:     idleTimeout,
		DisableCompression:  true,
		WriteBufferSize:     64 << 10,
		ReadBufferSize:      64 << 10,
	}
}

func (p *pools) close() {
	p.front.CloseIdleConnections()
	p.back.CloseIdleConnections()
}
