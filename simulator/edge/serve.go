package edge

import (
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"time"
)

// clientIdle is how long an idle connection of a client lives (Azure Front Door limits: 61 s).
const clientIdle = 61 * time.Second

// open listens at a site, which does not serve yet.
func (p *profile) open(of Site, o Options, random *rand.Rand) (*site, error) {
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
	s := &site{profile: p, name: of.Name, listener: l, view: view, changed: make(chan struct{}),
		reach: map[string]*origin{}}
	for _, member := range view.origins {
		address, _ := url.Parse(of.Origins[member.Name]) // Start has validated it
		s.reach[member.Name] = &origin{address: address, phase: random.Float64()}
	}
	// what goes wrong here is the purpose of a simulator; events and counters tell it
	quiet := log.New(io.Discard, "", 0)
	s.transport = &http.Transport{
		DialContext: p.dial(connectTimeout),
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
	s.work.Go(func() { _ = s.server.Serve(s.listener) })
	for name, o := range s.reach {
		s.work.Go(func() { s.watch(s.life, name, o) })
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
