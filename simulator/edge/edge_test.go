package edge

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patienceOfTests ends a test that hangs; nothing is measured by it.
const patienceOfTests = 60 * time.Second

// fast probes every 100 ms.
func fast() Settings {
	s := DefaultSettings()
	s.Fast, s.Interval, s.Timeout, s.AdditionalLatency = true, 100*time.Millisecond, 100*time.Millisecond, time.Second
	return s
}

// asleep makes no probe within a test: for what is about requests.
func asleep() Settings {
	s := fast()
	s.Interval = 24 * time.Hour
	return s
}

// machine is an origin that can be lost: connections are refused then, and those that are there break.
type machine struct {
	name     string
	addr     string
	mu       sync.Mutex
	listener net.Listener
	server   *http.Server
	handle   http.HandlerFunc // nil: 200 and the machine's name
	broken   atomic.Bool      // it answers 503 to all
}

func newMachine(t *testing.T, name string, handle http.HandlerFunc) *machine {
	t.Helper()
	m := &machine{name: name, handle: handle, addr: "127.0.0.1:0"}
	m.start(t)
	t.Cleanup(m.stop)
	return m
}

func (m *machine) start(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", m.addr)
	if err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.addr = l.Addr().String()
	m.listener, m.server = l, &http.Server{Handler: m}
	go func(s *http.Server) { _ = s.Serve(l) }(m.server)
}

func (m *machine) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	_ = m.listener.Close() // the server may not have begun with it yet, and would leave it open until it does
	_ = m.server.Close()
}

func (m *machine) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case m.broken.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	case m.handle != nil:
		m.handle(w, r)
	default:
		_, _ = io.WriteString(w, m.name)
	}
}

// profile starts an edge with machines as origins, priorities in their order.
func startProfile(t *testing.T, settings Settings, sites int, observe func(Event), machines ...*machine) *Edge {
	t.Helper()
	o := Options{Settings: settings, Seed: 7, Observe: observe}
	reach := map[string]string{}
	for i, m := range machines {
		o.Origins = append(o.Origins, Origin{Name: m.name, Priority: i + 1})
		reach[m.name] = "http://" + m.addr
	}
	for i := range sites {
		o.Sites = append(o.Sites, Site{Name: fmt.Sprintf("site%02d", i), Origins: reach})
	}
	e, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func at(e *Edge, site int) string { return "http://" + e.Sites()[site].Addr + "/some/path?q=a;b" }

// send makes a request with a client of its own.
func send(t *testing.T, method, url string, body io.Reader, headers ...string) (*http.Response, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patienceOfTests)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	// No "Connection: close": net/http's server resets such a connection when it answers before the body is read, and
	// the answer is lost.
	transport := &http.Transport{DisableCompression: true}
	defer transport.CloseIdleConnections()
	answer, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(text)
}

func problemOf(t *testing.T, answer *http.Response, text string) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal([]byte(text), &p); err != nil ||
		answer.Header.Get("Content-Type") != "application/problem+json" {
		t.Fatalf("no problem: %v: %s %q", err, answer.Status, text)
	}
	if p.Status != answer.StatusCode {
		t.Errorf("status %d in a body of %s", p.Status, answer.Status)
	}
	return p
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patienceOfTests); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

func TestChangesHoldForTheNextRequest(t *testing.T) {
	east, west := newMachine(t, "east", nil), newMachine(t, "west", nil)
	e := startProfile(t, asleep(), 2, nil, east, west)
	expect := func(want string) {
		t.Helper()
		for i := range 2 {
			if _, text := send(t, http.MethodGet, at(e, i), nil); text != want {
				t.Errorf("site %d: %q, not %q", i, text, want)
			}
		}
	}
	set := func(o Origin) {
		t.Helper()
		if err := e.Set(o); err != nil {
			t.Fatal(err)
		}
	}
	expect("east")
	set(Origin{Name: "east", Priority: 3})
	expect("west")
	set(Origin{Name: "west", Disabled: true})
	expect("east")
	set(Origin{Name: "east", Disabled: true})
	answer, text := send(t, http.MethodGet, at(e, 1), nil)
	if p := problemOf(t, answer, text); answer.StatusCode != 503 || !strings.Contains(p.Detail, "enable one") ||
		!strings.Contains(p.Detail, "site01") {
		t.Errorf("%s %s", answer.Status, text)
	}
	if err := e.Set(Origin{Name: "north"}); err == nil {
		t.Error("an unknown origin was taken")
	}
	if err := e.Tune(Settings{}); err == nil || e.Settings() != asleep() {
		t.Errorf("empty settings: %v", err)
	}
}

func TestBadOptionsSayWhatToWrite(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	good := map[string]string{"east": "http://127.0.0.1:1"}
	for want, o := range map[string]Options{
		"no site":           {Origins: []Origin{{Name: "east"}}},
		"name at least one": {Sites: []Site{{Name: "a"}}},
		"a name of its own": {Origins: []Origin{{Name: "east"}},
			Sites: []Site{{Name: "a", Origins: good}, {Name: "a", Origins: good}}},
		"write http://host:port": {Origins: []Origin{{Name: "east"}},
			Sites: []Site{{Name: "a", Origins: map[string]string{"east": "127.0.0.1:1"}}}},
		"which is no origin": {Origins: []Origin{{Name: "east"}},
			Sites: []Site{{Name: "a", Origins: map[string]string{"east": "http://h", "west": "http://h"}}}},
		taken.Addr().String(): {Origins: []Origin{{Name: "east"}},
			Sites: []Site{{Name: "b", Origins: good}, {Name: "a", Listen: taken.Addr().String(), Origins: good}}},
		"interval 1s: from 5s to 3": {Settings: func() Settings {
			s := DefaultSettings()
			s.Interval, s.Timeout = 1e9,
				1e9
			return s
		}(), Origins: []Origin{{Name: "east"}}, Sites: []Site{{Name: "a", Origins: good}}},
	} {
		e, err := Start(o)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
		if e != nil {
			_ = e.Close()
		}
	}
}

// Close ends everything, in the middle of it: requests, uploads, hanging probes, dials.
func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	east := newMachine(t, "east", func(w http.ResponseWriter, r *http.Request) {
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	var told atomic.Int64
	var e *Edge
	s := fast()
	s.Timeout, s.Interval = time.Minute, time.Minute
	e = startProfile(t, s, 10, func(Event) { told.Add(1); e.Sites() }, east)
	s.Interval, s.Timeout = 10*time.Millisecond, 10*time.Millisecond
	if err := e.Tune(s); err != nil {
		t.Fatal(err)
	}
	var clients sync.WaitGroup
	for i := range 10 {
		address := at(e, i)
		clients.Go(func() {
			answer, err := http.Get(address)
			if err == nil {
				_, err = io.ReadAll(answer.Body)
				_ = answer.Body.Close()
			}
			if err == nil {
				t.Error("a request ended well")
			}
		})
	}
	eventually(t, "requests on their way", func() bool {
		n := int64(0)
		for _, s := range e.Sites() {
			n += s.Origins[0].Requests
		}
		return n == 10
	})
	for range 2 {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	}
	clients.Wait()
	east.stop()
	http.DefaultClient.CloseIdleConnections()
	n := told.Load()
	eventually(t, "goroutines ended", func() bool { return runtime.NumGoroutine() <= before })
	if told.Load() != n || n < 10 {
		t.Errorf("%d events, %d of them after Close", told.Load(), told.Load()-n)
	}
	if _, err := net.Dial("tcp", e.Sites()[0].Addr); err == nil {
		t.Error("a closed site accepts")
	}
}
