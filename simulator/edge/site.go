package edge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// clientIdle is how long an idle connection of a client lives (Azure Front Door limits: 61 s).
const clientIdle = 61 * time.Second

// site is one place of the edge at work.
type site struct {
	edge      *Edge
	name      string
	listener  net.Listener
	server    *http.Server
	proxy     *httputil.ReverseProxy
	transport *http.Transport // of requests; each probe has its own connection
	references

	mu         sync.Mutex
	closed     bool
	view       *View
	started    time.Time // of the grid of probes
	changed    chan struct{}
	reach      map[string]*origin
	requests   int64
	lastSwitch time.Time
	switches   int64
}

// origin is what a site has of one beside its view.
type origin struct {
	address *url.URL
	phase   float64 // of its probes, as part of an interval
	asked   int64   // site.requests at the last probe
	counts  OriginCounts
}

func (e *Edge) open(of Site, o Options, random *rand.Rand) (*site, error) {
	view, err := NewView(o.Settings, o.Origins)
	if err != nil {
		return nil, err
	}
	listen := of.Listen
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("edge: site %q cannot listen on %s: %w; end what has the port, or choose another",
			of.Name, listen, err)
	}
	s := &site{edge: e, name: of.Name, listener: l, view: view, changed: make(chan struct{}),
		reach: map[string]*origin{}}
	for _, member := range view.origins {
		address, _ := url.Parse(of.Origins[member.Name]) // Start has validated it
		s.reach[member.Name] = &origin{address: address, phase: random.Float64()}
	}
	// what goes wrong here is the purpose of a simulator; events and counters tell it
	quiet := log.New(io.Discard, "", 0)
	s.transport = &http.Transport{
		DialContext: e.dial(connectTimeout),
		// TCP session timeout to the back end (Azure Front Door limits)
		MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second,
		ExpectContinueTimeout: time.Second, DisableCompression: true,
	}
	s.proxy = &httputil.ReverseProxy{
		Rewrite: s.rewrite, Transport: s, FlushInterval: -1, ErrorLog: quiet, ModifyResponse: s.respond,
		ErrorHandler: s.fail,
	}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: clientIdle, ErrorLog: quiet}
	return s, nil
}

// run begins to serve and to probe.
func (s *site) run() {
	s.started = time.Now()
	s.references.began = s.started
	s.edge.work.Go(func() { _ = s.server.Serve(s.listener) })
	for name, o := range s.reach {
		s.edge.work.Go(func() { s.watch(s.edge.life, name, o) })
	}
}

// close lets no new request in and breaks those that are on their way; their handlers end by it; those of connections
// that are not HTTP any more end with the edge's life.
func (s *site) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	_ = s.server.Close()
	_ = s.listener.Close() // of a site that never ran; else it is closed already
}

// enter counts a request and its handler; false: the site is closed.
func (s *site) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.requests++
	s.edge.work.Add(1)
	return true
}

// dial connects within a limit, and not beyond Close: a transport's dialling may outlive the request that asked for
// it.
func (e *Edge) dial(limit time.Duration) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		defer context.AfterFunc(e.life, cancel)()
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
}

func (s *site) set(o Origin) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	events, err := s.view.Set(o, time.Now())
	s.tell(events)
	return err
}

func (s *site) tune(settings Settings) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	events, err := s.view.Tune(settings, now)
	if err != nil {
		return err
	}
	s.tell(events)
	s.started = now
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

func (s *site) settings() Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view.settings
}

// tell is called with the lock held, so that events leave in the order in which they happened.
func (s *site) tell(events []Event) {
	for _, e := range events {
		e.Site = s.name
		if e.Kind == Switched {
			s.switches++
			s.lastSwitch = e.At
		}
		s.edge.events.add(e)
	}
}

// pick chooses an origin for a request that was tried at others.
func (s *site) pick(tried []string) (name string, address *url.URL, settings Settings, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name, ok := s.view.Pick(tried...)
	if !ok {
		return "", nil, s.view.settings, errNoOrigin
	}
	o := s.reach[name]
	o.counts.Requests++
	if len(tried) > 0 {
		o.counts.Retries++
	}
	return name, o.address, s.view.settings, nil
}

// failed counts a request that an origin did not answer.
func (s *site) failed(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reach[name].counts.Errors++
}

var errNoOrigin = errors.New("no origin is enabled: enable one")
