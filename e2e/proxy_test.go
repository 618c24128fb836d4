package e2e

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// proxy stands between the nodes and the table endpoint of Azurite. It forwards what it gets as it is (the host is
// not signed), counts, and asks a gate about each write. What it has taken it can deliver after its sender has died.
type proxy struct {
	url    string // the table endpoint as nodes see it
	target *url.URL
	client *http.Client
	over   chan struct{} // closed when the test is over: what is held is lost

	mu      sync.Mutex
	counts  map[string]int
	kinds   map[kind]int
	flying  map[*call]bool
	gate    func(*call) pass
	witness func(*call, answer)
}

// call is one request as the proxy took it.
type call struct {
	*http.Request
	body  []byte
	kind  kind
	batch []action // of a batch
}

// answer is what Azurite said to a call.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// refused reports whether the service refused the call, or an action of its batch.
func (a answer) refused() bool {
	return a.status >= 400 || bytes.Contains(a.body, []byte("HTTP/1.1 4")) ||
		bytes.Contains(a.body, []byte("HTTP/1.1 5"))
}

// pass is what a gate says of a call: it is held until the channel is closed (nil: not held), then dropped without an
// answer if lost says so, and otherwise forwarded; deaf: its answer is lost.
type pass struct {
	hold <-chan struct{}
	lost func() bool
	deaf bool
}

func newProxy(t testing.TB, target string) *proxy {
	t.Helper()
	u, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{target: u, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128,
		DisableCompression: true}},
		over: make(chan struct{}), counts: map[string]int{}, kinds: map[kind]int{}, flying: map[*call]bool{}}
	server := httptest.NewServer(p)
	t.Cleanup(func() {
		close(p.over)
		server.CloseClientConnections()
		server.Close()
		p.client.CloseIdleConnections()
	})
	p.url = server.URL + u.Path
	return p
}

// setGate asks g about each write from now on; nil lets everything pass.
func (p *proxy) setGate(g func(*call) pass) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gate = g
}

// setWitness shows w each write and its answer from now on.
func (p *proxy) setWitness(w func(*call, answer)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.witness = w
}

// ServeHTTP takes, holds and forwards a call.
func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // its sender died while sending: nothing of it counts
	}
	c := &call{Request: r.Clone(context.WithoutCancel(r.Context())), body: body}
	c.classify(p.target.Path)
	verdict := p.begin(c)
	if verdict.hold != nil {
		select {
		case <-verdict.hold:
		case <-p.over:
			panic(http.ErrAbortHandler)
		}
	}
	if verdict.lost != nil && verdict.lost() {
		p.end(c, answer{})
		panic(http.ErrAbortHandler)
	}
	a, err := p.forward(c)
	p.end(c, a)
	if err != nil || verdict.deaf {
		panic(http.ErrAbortHandler)
	}
	for k, v := range a.header {
		w.Header()[k] = v
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

func (p *proxy) begin(c *call) pass {
	p.mu.Lock()
	p.counts[c.name()]++
	p.kinds[c.kind]++
	p.flying[c] = true
	gate := p.gate
	p.mu.Unlock()
	if gate == nil || c.Method == http.MethodGet {
		return pass{}
	}
	return gate(c)
}

func (p *proxy) end(c *call, a answer) {
	p.mu.Lock()
	delete(p.flying, c)
	witness := p.witness
	p.mu.Unlock()
	if witness != nil && c.Method != http.MethodGet && a.status != 0 {
		witness(c, a)
	}
}

// forward sends a call to Azurite, whether its sender still lives or not.
func (p *proxy) forward(c *call) (answer, error) {
	ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
	defer cancel()
	out := c.Clone(ctx)
	out.RequestURI, out.URL.Scheme, out.URL.Host, out.Host = "", p.target.Scheme, p.target.Host, ""
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(c.body)), int64(len(c.body))
	out.Header.Del("Connection")
	resp, err := p.client.Do(out)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, body}, err
}

// underway counts the calls of a kind that have not been answered.
func (p *proxy) underway(k kind) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for c := range p.flying {
		if c.kind == k {
			n++
		}
	}
	return n
}

// tally is how many calls there were of each name, and all of them.
func (p *proxy) tally() (counts map[string]int, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	counts = make(map[string]int, len(p.counts))
	for k, n := range p.counts {
		counts[k] = n
		all += n
	}
	return counts, all
}

// name is the method and the table.
func (c *call) name() string {
	path := c.URL.Path
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		path = path[i+1:]
	}
	table, _, _ := strings.Cut(path, "(")
	return c.Method + " " + table
}

// writes is how many writes of a kind there were.
func (s *site) writes(k kind) int {
	s.tables.mu.Lock()
	defer s.tables.mu.Unlock()
	return s.tables.kinds[k]
}
