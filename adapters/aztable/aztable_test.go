package aztable_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync"
	"syscall"
	"testing"
	"time"

	"tidemark/adapters/aztable"
	"tidemark/ports/chunks/chunkstest"
	"tidemark/simulator/azurite"
	"tidemark/simulator/azurite/azuritetest"
)

// faults is a transport that hurts one request: the armed fault strikes after skip more.
type faults struct {
	next http.RoundTripper

	mu   sync.Mutex
	kind chunkstest.Fault
	skip int
}

func (f *faults) arm(kind chunkstest.Fault, skip int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kind, f.skip = kind, skip
}

func (f *faults) strike() chunkstest.Fault {
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

func (f *faults) RoundTrip(req *http.Request) (*http.Response, error) {
	switch f.strike() {
	case chunkstest.Failed:
		return nil, fmt.Errorf("injected: %w", syscall.ECONNREFUSED)
	case chunkstest.Applied:
		resp, err := f.next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		return nil, fmt.Errorf("injected after the answer: %w", syscall.ECONNRESET)
	case chunkstest.Lost:
		if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
			trace.GotConn(httptrace.GotConnInfo{}) // as far as anybody can tell it was sent
		}
		return nil, fmt.Errorf("injected on the way: %w", syscall.ECONNRESET)
	}
	return f.next.RoundTrip(req)
}

// open makes a client of its own for an account, its transport faulty on demand.
func open(t testing.TB, s *azurite.Server, a azurite.Account) (*aztable.Client, *faults) {
	t.Helper()
	f := &faults{}
	c, err := aztable.Open(aztable.Config{
		URL: s.TableURL(a.Name), Account: a.Name, Key: a.Key,
		TryTimeout: 20 * time.Second, // the machine is shared and Azurite is slow
		Wrap: func(next http.RoundTripper) http.RoundTripper {
			f.next = next
			return f
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, f
}

func TestRows(t *testing.T) {
	chunkstest.Run(t, chunkstest.Harness{
		Faults: true, Second: true, Slow: true,
		New: func(chunkstest.T) chunkstest.Fixture {
			s, a := azuritetest.Account(t)
			one, f := open(t, s, a)
			two, _ := open(t, s, a)
			return chunkstest.Fixture{
				Store: one.Rows(), Second: two.Rows(), Resolution: time.Second,
				Arm: func(kind chunkstest.Fault) { f.arm(kind, 0) },
			}
		},
	})
}
