package gateway

import (
	"context"
	"net"

	"tidemark/simulator/wire/spelling"
)

// Listen wraps a listener of the Queue service, so that names of metadata stay spelled as callers spell them. The
// server that serves it needs ConnContext. Without the two names are kept in small letters.
func Listen(l net.Listener) net.Listener { return spelling.Listen(l) }

// ConnContext is the http.Server's for a listener of Listen.
func ConnContext(ctx context.Context, c net.Conn) context.Context { return spelling.Context(ctx, c) }
