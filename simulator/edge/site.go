package edge

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"
)

// profile is what the sites of an edge share.
type profile struct {
	id     string
	events *events

	life context.Context // until Close
	stop context.CancelFunc
	work sync.WaitGroup // listeners, probes and handlers
}

// site is one place of the edge at work.
type site struct {
	*profile
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

// enter counts a request and its handler; false: the site is closed.
func (s *site) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.requests++
	s.work.Add(1)
	return true
}

// dial connects within a limit, and not beyond Close: a transport's dialling may outlive the request that asked for
// it.
func (p *profile) dial(limit time.Duration) func(ctx context.Context, network, addr string) (net.Conn, error) {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		defer context.AfterFunc(p.life, cancel)()
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
		s.events.add(e)
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

// OriginCounts counts at one site for one origin.
type OriginCounts struct {
	Probes       int64
	ProbesFailed int64
	Requests     int64 // that were tried there, Retries among them
	Retries      int64 // that another origin had failed before
	Errors       int64 // no connection, no whole answer, or too late
}

var errNoOrigin = errors.New("no origin is enabled: enable one")
