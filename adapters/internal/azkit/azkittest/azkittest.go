// Package azkittest hurts the transport of an Azure client in tests: a request that fails, one that fails but was
// carried out, and one that was lost on the way.
package azkittest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"syscall"

	"tidemark/ports/queue/queuetest"
)

// Fault is the fault of the ports' proofs.
type Fault = queuetest.Fault

// Transport hurts one request at a time. Wrap gives it what it hurts; the zero value is ready. It is safe for
// concurrent use.
type Transport struct {
	next http.RoundTripper

	mu   sync.Mutex
	kind Fault
	skip int
}

// Wrap is for the Wrap option of a client.
func (f *Transport) Wrap(next http.RoundTripper) http.RoundTripper {
	f.next = next
	return f
}

// Arm lets the request after the next skip ones suffer a fault. Arming again replaces what was armed.
func (f *Transport) Arm(kind Fault, skip int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kind, f.skip = kind, skip
}

func (f *Transport) strike() Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.kind == 0 || f.skip > 0 {
		f.skip--
		return 0
	}
	kind := f.kind
	f.kind = 0
	return kind
}

// RoundTrip implements http.RoundTripper.
func (f *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	switch f.strike() {
	case queuetest.Failed:
		return nil, fmt.Errorf("injected: %w", syscall.ECONNREFUSED)
	case queuetest.Applied:
		resp, err := f.next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return nil, fmt.Errorf("injected after the answer: %w", syscall.ECONNRESET)
	case queuetest.Lost:
		if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
			trace.GotConn(httptrace.GotConnInfo{}) // as far as anybody can tell it was sent
		}
		return nil, fmt.Errorf("injected on the way: %w", syscall.ECONNRESET)
	}
	return f.next.RoundTrip(req)
}
