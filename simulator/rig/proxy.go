package rig

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Proxy stands between the nodes and a table endpoint. It forwards what it gets as it is (the host is not signed),
// counts it, and asks a gate about each write. What it has taken it can deliver after its sender has died. It is safe
// for concurrent use.
type Proxy struct {
	URL string // the table endpoint as nodes see it

	classify func(*Call) string
	target   *url.URL
	client   *http.Client
	over     chan struct{} // closed at the end: what is held is lost

	mu      sync.Mutex
	counts  map[string]int // by method and table
	kinds   map[string]int
	flying  map[*Call]bool
	gate    func(*Call) Pass
	witness func(*Call, Answer)
}

// NewProxy starts a proxy on a free port of the loopback interface, until stop. Calls are of the kinds that classify
// names; nil: all of one, "".
func NewProxy(target string, classify func(*Call) string) (p *Proxy, stop func() error, err error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	if classify == nil {
		classify = func(*Call) string { return "" }
	}
	p = &Proxy{URL: "http://" + l.Addr().String() + u.Path, classify: classify, target: u, over: make(chan struct{}),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 128, DisableCompression: true}},
		counts: map[string]int{}, kinds: map[string]int{}, flying: map[*Call]bool{}}
	server := &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	return p, func() error {
		close(p.over)
		err := server.Close()
		p.client.CloseIdleConnections()
		return err
	}, nil
}

// SetGate asks g about each write from now on; nil lets everything pass.
func (p *Proxy) SetGate(g func(*Call) Pass) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gate = g
}

// SetWitness shows w each write and its answer from now on; nil shows nothing.
func (p *Proxy) SetWitness(w func(*Call, Answer)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.witness = w
}

// ServeHTTP takes, holds and forwards a call.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // its sender died while sending: nothing of it counts
	}
	c := &Call{Request: r.Clone(context.WithoutCancel(r.Context())), Body: body}
	if c.Table() == "$batch" {
		c.Batch = parseBatch(body, r.Header.Get("Content-Type"), p.target.Path)
	}
	c.Kind = p.classify(c)
	verdict := p.take(c)
	if verdict.Hold != nil {
		select {
		case <-verdict.Hold:
		case <-p.over:
			panic(http.ErrAbortHandler)
		}
	}
	if verdict.Lost != nil && verdict.Lost() {
		p.done(c, Answer{})
		panic(http.ErrAbortHandler)
	}
	a, err := p.Forward(c)
	p.done(c, a)
	if err != nil || verdict.Deaf {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), a.Header)
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

func (p *Proxy) take(c *Call) Pass {
	p.mu.Lock()
	p.counts[c.Method+" "+c.Table()]++
	p.kinds[c.Kind]++
	p.flying[c] = true
	gate := p.gate
	p.mu.Unlock()
	if gate == nil || !c.Write() {
		return Pass{}
	}
	return gate(c)
}

func (p *Proxy) done(c *Call, a Answer) {
	p.mu.Lock()
	delete(p.flying, c)
	witness := p.witness
	p.mu.Unlock()
	if witness != nil && c.Write() && a.Status != 0 {
		witness(c, a)
	}
}

// Forward sends a call to the service, whether its sender still lives or not: again, if it arrived before.
func (p *Proxy) Forward(c *Call) (Answer, error) {
	ctx, cancel := context.WithTimeout(c.Context(), time.Minute)
	defer cancel()
	out := c.Clone(ctx)
	out.RequestURI, out.URL.Scheme, out.URL.Host, out.Host = "", p.target.Scheme, p.target.Host, ""
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(c.Body)), int64(len(c.Body))
	out.Header.Del("Connection")
	resp, err := p.client.Do(out)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return Answer{resp.StatusCode, resp.Header, body}, err
}

// Underway counts the calls of a kind that have not been answered.
func (p *Proxy) Underway(kind string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.flying {
		if c.Kind == kind {
			n++
		}
	}
	return n
}

// Taken is how many calls of a kind there were.
func (p *Proxy) Taken(kind string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kinds[kind]
}

// Tally is how many calls there were, by method and table: "GET State".
func (p *Proxy) Tally() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.counts)
}
