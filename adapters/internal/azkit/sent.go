package azkit

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// notSentError is a request that certainly never left: no connection was had for it.
type notSentError struct{ cause error }

func (e *notSentError) Error() string { return "not sent: " + e.cause.Error() }
func (e *notSentError) Unwrap() error { return e.cause }

// sentTransport marks the errors of requests that never got a connection. A refused or timed out dial, a failed TLS
// handshake and an unknown host are such; everything after the first connection is not, whatever the error says.
type sentTransport struct{ next http.RoundTripper }

func (t sentTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	var connected atomic.Bool
	trace := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { connected.Store(true) }}
	resp, err := t.next.RoundTrip(req.WithContext(httptrace.WithClientTrace(req.Context(), trace)))
	if err != nil && !connected.Load() {
		return resp, &notSentError{err}
	}
	return resp, err
}

// CloseIdleConnections lets http.Client close the pool.
func (t sentTransport) CloseIdleConnections() {
	if c, ok := t.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// neverSent reports whether an error proves that nothing was sent.
func neverSent(err error) bool {
	var not *notSentError
	if errors.As(err, &not) {
		return true
	}
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}
