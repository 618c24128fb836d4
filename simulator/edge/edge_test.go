package edge

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
	name   string
	addr   string
	mu     sync.Mutex
	server *http.Server
	handle http.HandlerFunc // nil: 200 and the machine's name
	broken atomic.Bool      // it answers 503 to all
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
	m.server = &http.Server{Handler: m}
	go func(s *http.Server) { _ = s.Serve(l) }(m.server)
}

func (m *machine) stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
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
func profile(t *testing.T, settings Settings, sites int, observe func(Event), machines ...*machine) *Edge {
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
	// No "Connection: close": net/http's server resets such a connection when it answers before the body is read, and the answer is lost.
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
	if err := json.Unmarshal([]byte(text), &p); err != nil || answer.Header.Get("Content-Type") != "application/problem+json" {
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

func TestHeadersBothWays(t *testing.T) {
	var seen http.Header
	var host, uri string
	east := newMachine(t, "east", func(w http.ResponseWriter, r *http.Request) {
		seen, host, uri = r.Header.Clone(), r.Host, r.RequestURI
		w.Header().Set("X-Azure-Ref", "mine")
		w.Header().Set("X-Other", "kept")
		w.Header().Set("Connection", "X-Hop")
		w.Header().Set("X-Hop", "gone")
		w.WriteHeader(http.StatusTeapot)
	})
	e := profile(t, asleep(), 1, nil, east)
	answer, _ := send(t, http.MethodGet, at(e, 0), nil,
		"X-Forwarded-For", "203.0.113.9, 10.0.0.1", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "gopher", "Forwarded", "for=203.0.113.9",
		"X-FD-HealthProbe", "1", "X-FD-Anything", "x", "X-Azure-FDID", "forged", "X-Azure-ClientIP", "forged", "X-Azure-Ref", "forged", "Via", "1.0 mine",
		"Connection", "X-Mine", "X-Mine", "hop", "X-Azure-DebugInfo", "1", "Accept-Encoding", "br", "X-Plain", "stays")
	site := strings.TrimPrefix(strings.Split(at(e, 0), "/some")[0], "http://")
	for name, want := range map[string]string{
		"X-Forwarded-For": "203.0.113.9, 10.0.0.1, 127.0.0.1", "X-Forwarded-Host": site, "X-Forwarded-Proto": "http", "Forwarded": "for=203.0.113.9",
		"X-Azure-FDID": e.ID(), "X-Azure-ClientIP": "203.0.113.9", "X-Azure-SocketIP": "127.0.0.1", "X-Azure-RequestChain": "hops=1",
		"Via": "1.0 mine, 1.1 Azure", "X-Mine": "", "X-FD-HealthProbe": "", "X-FD-Anything": "", "Accept-Encoding": "br", "X-Plain": "stays",
		"X-Azure-Ref": answer.Header.Get("X-Azure-Ref"),
	} {
		if got := strings.Join(seen.Values(name), ", "); got != want {
			t.Errorf("the origin saw %s %q, not %q", name, got, want)
		}
	}
	if host != site || uri != "/some/path?q=a;b" {
		t.Errorf("the origin saw %s %s", host, uri)
	}
	for name, want := range map[string]string{
		"X-Other": "kept", "X-Hop": "", "X-Cache": "CONFIG_NOCACHE", "X-Azure-OriginStatusCode": "418", "X-Edge-Site": "site00", "X-Edge-Origin": "east",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("the client saw %s %q, not %q", name, got, want)
		}
	}
	if ref := answer.Header.Get("X-Azure-Ref"); ref == "" || ref == "mine" || ref == "forged" {
		t.Errorf("reference %q", ref)
	}
	again, _ := send(t, http.MethodGet, at(e, 0), nil, "X-Forwarded-For", "no address")
	if seen.Get("X-Azure-ClientIP") != "127.0.0.1" || again.Header.Get("X-Edge-Site") != "" || again.Header.Get("X-Azure-Ref") == answer.Header.Get("X-Azure-Ref") {
		t.Errorf("a second request: %v, %v", seen, again.Header)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(e.ID()) {
		t.Errorf("%s is no GUID", e.ID())
	}
}

func TestProbesAsFrontDoorMakesThem(t *testing.T) {
	type request struct{ method, uri, agent, probe, id, connection string }
	got := make(chan request, 1000)
	east := newMachine(t, "east", func(_ http.ResponseWriter, r *http.Request) {
		got <- request{r.Method, r.RequestURI, r.UserAgent(), r.Header.Get("X-FD-HealthProbe"), r.Header.Get("X-Azure-FDID"), r.RemoteAddr}
	})
	s := fast()
	s.Method, s.Path = http.MethodGet, "/health/ready?deep=1"
	e := profile(t, s, 1, nil, east)
	first, second := <-got, <-got
	if first.connection == second.connection {
		t.Error("two probes over one connection")
	}
	first.connection = ""
	if want := (request{"GET", "/health/ready?deep=1", "Edge Health Probe", "1", e.ID(), ""}); first != want {
		t.Errorf("got %+v", first)
	}
	s.Method = http.MethodHead
	if err := e.Tune(s); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a HEAD", func() bool { return (<-got).method == http.MethodHead })
}

func TestOnlyAWhole200IsHealthy(t *testing.T) {
	for name, handle := range map[string]http.HandlerFunc{
		"204":            func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"404":            http.NotFound,
		"redirect to ok": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ok", http.StatusFound) },
		"too late":       func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"half a body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "half")
		},
		"great header": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X", strings.Repeat("x", 8192)) },
		"reset":        func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fast()
			s.Method, s.Path = http.MethodGet, "/probe"
			east := newMachine(t, "east", func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/probe" {
					handle(w, r)
				}
			})
			west := newMachine(t, "west", nil)
			var mu sync.Mutex
			var events []Event
			e := profile(t, s, 1, func(e Event) { mu.Lock(); events = append(events, e); mu.Unlock() }, east, west)
			eventually(t, "a switch", func() bool { return e.Sites()[0].Switches == 1 })
			_ = e.Close()
			for _, ev := range events {
				if ev.Site != "site00" || ev.Origin == "west" || ev.Kind == ProbeFailed && ev.Detail == "" {
					t.Errorf("event %+v", ev)
				}
			}
			status := e.Sites()[0]
			if o := status.Origins[0]; o.Healthy || o.ProbesFailed < 2 || o.Probes != o.ProbesFailed || len(o.Samples) < 2 || status.LastSwitch.IsZero() {
				t.Errorf("status %+v", status)
			}
		})
	}
}

// Issue 3, line 9: fast settings, in real time, 30 sites. The distribution is printed; on a busy machine only a hang is an error.
func TestThirtySitesSwitchAndComeBack(t *testing.T) {
	const sites = 30
	east, west := newMachine(t, "east", nil), newMachine(t, "west", nil)
	e := profile(t, fast(), sites, nil, east, west)
	all := func(target string, samples int) func() bool {
		return func() bool {
			return !slices.ContainsFunc(e.Sites(), func(s SiteStatus) bool {
				return !slices.Equal(s.Targets, []string{target}) || len(s.Origins[0].Samples) < samples
			})
		}
	}
	report := func(what string, since time.Time, least, most time.Duration) {
		var took []time.Duration
		for _, s := range e.Sites() {
			took = append(took, s.LastSwitch.Sub(since))
		}
		t.Logf("%s, the rules allow %v to %v: %s", what, least, most, distribution(took))
		if last := took[len(took)-1]; last > 10*most+patienceOfTests/6 {
			t.Errorf("%s: the last site after %v", what, last)
		}
	}
	eventually(t, "full windows", all("east", 4))
	lost := time.Now()
	east.stop()
	eventually(t, "all at west", all("west", 4))
	least, most := fast().Detection()
	report("outage to switch", lost, least, most)
	for i := range sites {
		if _, text := send(t, http.MethodPost, at(e, i), strings.NewReader("x")); text != "west" {
			t.Errorf("site %d answers %q", i, text)
		}
	}
	eventually(t, "windows of failures", func() bool {
		return !slices.ContainsFunc(e.Sites(), func(s SiteStatus) bool {
			return slices.ContainsFunc(s.Origins[0].Samples, func(p Sample) bool { return p.OK })
		})
	})
	back := time.Now()
	east.start(t)
	eventually(t, "all back at east", all("east", 4))
	least, most = fast().Restoration()
	report("end to failback", back, least, most)
	if _, text := send(t, http.MethodGet, at(e, 3), nil); text != "east" {
		t.Errorf("answers %q", text)
	}
}

func TestAllUnhealthyMeansAllAreTried(t *testing.T) {
	machines := []*machine{newMachine(t, "east", nil), newMachine(t, "west", nil)}
	s := fast()
	s.Path = "/health"
	for _, m := range machines {
		m.handle = func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/health" {
				w.WriteHeader(http.StatusServiceUnavailable)
				return
			}
			_, _ = io.WriteString(w, m.name)
		}
	}
	e := profile(t, s, 1, nil, machines...)
	eventually(t, "none healthy", func() bool { o := e.Sites()[0].Origins; return !o[0].Healthy && !o[1].Healthy })
	got := map[string]int{}
	for range 10 {
		_, text := send(t, http.MethodGet, at(e, 0), nil)
		got[text]++
	}
	if diff := cmp.Diff(map[string]int{"east": 5, "west": 5}, got); diff != "" {
		t.Error(diff)
	}
	machines[0].stop()
	if _, text := send(t, http.MethodPost, at(e, 0), strings.NewReader("x")); text != "west" {
		t.Errorf("with east gone %q answers", text)
	}
	machines[1].stop()
	answer, text := send(t, http.MethodGet, at(e, 0), nil, "X-Azure-DebugInfo", "1")
	p := problemOf(t, answer, text)
	if answer.StatusCode != 503 || len(p.Tried) != 2 || p.ErrorInfo != "OriginConnectionError" || !strings.Contains(p.Detail, `edge site "site00"`) {
		t.Errorf("%s %s", answer.Status, text)
	}
	if answer.Header.Get("X-Azure-ExternalError") == "" || p.Ref != answer.Header.Get("X-Azure-Ref") {
		t.Errorf("headers %v", answer.Header)
	}
}

// A request that nobody received may go elsewhere; one that somebody may have received only if it changes nothing.
func TestRetries(t *testing.T) {
	refused, aborted := 1, 2
	for _, c := range []struct {
		rule   Retry
		method string
		body   string
		how    int
		want   int
	}{
		{RetryHeader, "GET", "", refused, 200}, {RetryHeader, "POST", "x", refused, 200}, {RetryHeader, "GET", "", aborted, 200},
		{RetryHeader, "HEAD", "", aborted, 200}, {RetryHeader, "POST", "x", aborted, 502}, {RetryHeader, "DELETE", "", aborted, 502}, {RetryHeader, "GET", "x", aborted, 502},
		{RetryConnect, "POST", "x", refused, 200}, {RetryConnect, "GET", "", aborted, 502},
		{RetryNever, "GET", "", refused, 503}, {RetryNever, "GET", "", aborted, 502},
	} {
		t.Run(fmt.Sprint(c), func(t *testing.T) {
			var reached atomic.Int64
			east := newMachine(t, "east", func(http.ResponseWriter, *http.Request) {
				reached.Add(1)
				panic(http.ErrAbortHandler)
			})
			var body atomic.Value
			west := newMachine(t, "west", func(_ http.ResponseWriter, r *http.Request) {
				b, _ := io.ReadAll(r.Body)
				body.Store(string(b))
			})
			if c.how == refused {
				east.stop()
			}
			s := asleep()
			s.Retry = c.rule
			e := profile(t, s, 1, nil, east, west)
			var in io.Reader
			if c.body != "" {
				in = strings.NewReader(c.body)
			}
			answer, text := send(t, c.method, at(e, 0), in)
			if answer.StatusCode != c.want {
				t.Errorf("%s %s", answer.Status, text)
			}
			if c.want == 200 && body.Load() != c.body {
				t.Errorf("west got %q", body.Load())
			}
			if c.how == aborted && reached.Load() != 1 {
				t.Errorf("east got the request %d times", reached.Load())
			}
			origins := e.Sites()[0].Origins
			if origins[0].Errors != 1 || (origins[1].Retries == 1) != (c.want == 200) || !origins[0].Healthy {
				t.Errorf("counted %+v", origins)
			}
		})
	}
}

func TestTimeouts(t *testing.T) {
	s := asleep()
	s.OriginTimeout, s.StreamIdle = 200*time.Millisecond, 200*time.Millisecond
	// It accepts and reads nothing: what a hanging path is like, also for a body that fills all buffers.
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	west := newMachine(t, "west", nil)
	e := profile(t, s, 1, nil, &machine{name: "deaf", addr: deaf.Addr().String()}, west)
	for _, size := range []int{0, 64 << 20} {
		answer, text := send(t, http.MethodPost, at(e, 0), bytes.NewReader(make([]byte, size)))
		if p := problemOf(t, answer, text); answer.StatusCode != 504 || p.ErrorInfo != "OriginTimeout" || len(p.Tried) != 1 {
			t.Errorf("%d bytes: %s %s", size, answer.Status, text)
		}
	}
	// A client that is slow to send is no origin that is slow to answer.
	if err := e.Set(Origin{Name: "deaf", Disabled: true}); err != nil {
		t.Fatal(err)
	}
	in, out := io.Pipe()
	go func() {
		for range 4 {
			_, _ = io.WriteString(out, "x")
			time.Sleep(150 * time.Millisecond)
		}
		_ = out.Close()
	}()
	if answer, text := send(t, http.MethodPost, at(e, 0), in); text != "west" {
		t.Errorf("a slow client got %s %s", answer.Status, text)
	}
	// An answer that stops for too long is broken off.
	west.handle = func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "begun")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}
	answer, err := http.Get(at(e, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); string(text) != "begun" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %q, %v", text, err)
	}
}

func TestStreamsBothWays(t *testing.T) {
	const size = 64 << 20
	piece := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	east := newMachine(t, "east", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/events" {
			for i := range 3 {
				_, _ = fmt.Fprintf(w, "data: %d\n\n", i)
				_ = http.NewResponseController(w).Flush()
				<-time.After(time.Millisecond)
			}
			<-r.Context().Done()
			return
		}
		h := sha256.New()
		n, _ := io.Copy(h, r.Body)
		w.Header().Set("X-Got", fmt.Sprintf("%d %x", n, h.Sum(nil)))
		for range size / len(piece) {
			_, _ = w.Write(piece)
		}
	})
	e := profile(t, asleep(), 1, nil, east)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := http.NewRequest(http.MethodPost, at(e, 0), io.LimitReader(repeat(piece), size))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	n, err := io.Copy(h, answer.Body)
	_ = answer.Body.Close()
	if got, want := fmt.Sprintf("%d %x", n, h.Sum(nil)), answer.Header.Get("X-Got"); got != want || err != nil {
		t.Errorf("down came %s, up went %s: %v", got, want, err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > size/2 {
		t.Errorf("%d bytes were allocated for %d up and down: a body was held", took, size)
	}
	events, err := http.Get("http://" + e.Sites()[0].Addr + "/events")
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(events.Body)
	for i := 0; i < 3 && lines.Scan(); { // the stream never ends: these can only come if each is flushed
		if lines.Text() == fmt.Sprintf("data: %d", i) {
			i++
		}
	}
	_ = events.Body.Close()
}

// repeat reads the same bytes for ever.
type repeat []byte

func (r repeat) Read(b []byte) (int, error) { return copy(b, r), nil }

func TestOriginDiesWithinItsAnswer(t *testing.T) {
	east := newMachine(t, "east", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "some")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	west := newMachine(t, "west", nil)
	e := profile(t, asleep(), 1, nil, east, west)
	answer, err := http.Get(at(e, 0))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, err := io.ReadAll(answer.Body); string(text) != "some" || err == nil {
		t.Errorf("got %q, %v: the client must see that the answer broke", text, err)
	}
	if o := e.Sites()[0].Origins; o[0].Errors != 1 || o[1].Requests != 0 {
		t.Errorf("counted %+v", o)
	}
}

func TestChangesHoldForTheNextRequest(t *testing.T) {
	east, west := newMachine(t, "east", nil), newMachine(t, "west", nil)
	e := profile(t, asleep(), 2, nil, east, west)
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
	if p := problemOf(t, answer, text); answer.StatusCode != 503 || !strings.Contains(p.Detail, "enable one") || !strings.Contains(p.Detail, "site01") {
		t.Errorf("%s %s", answer.Status, text)
	}
	if err := e.Set(Origin{Name: "north"}); err == nil {
		t.Error("an unknown origin was taken")
	}
	if err := e.Tune(Settings{}); err == nil || e.Settings() != asleep() {
		t.Errorf("empty settings: %v", err)
	}
}

func TestIdleSitesProbeLess(t *testing.T) {
	east := newMachine(t, "east", nil)
	s := fast()
	s.Interval, s.Timeout, s.IdleEvery = 20*time.Millisecond, 20*time.Millisecond, 1000
	e := profile(t, s, 1, nil, east)
	eventually(t, "the first probe", func() bool { return e.Sites()[0].Origins[0].Probes == 1 })
	time.Sleep(10 * s.Interval)
	if n := e.Sites()[0].Origins[0].Probes; n != 1 {
		t.Errorf("an idle site made %d probes", n)
	}
	eventually(t, "more probes with traffic", func() bool {
		send(t, http.MethodGet, at(e, 0), nil)
		return e.Sites()[0].Origins[0].Probes > 3
	})
}

func TestBadOptionsSayWhatToWrite(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	good := map[string]string{"east": "http://127.0.0.1:1"}
	for want, o := range map[string]Options{
		"no site":                   {Origins: []Origin{{Name: "east"}}},
		"name at least one":         {Sites: []Site{{Name: "a"}}},
		"a name of its own":         {Origins: []Origin{{Name: "east"}}, Sites: []Site{{Name: "a", Origins: good}, {Name: "a", Origins: good}}},
		"write http://host:port":    {Origins: []Origin{{Name: "east"}}, Sites: []Site{{Name: "a", Origins: map[string]string{"east": "127.0.0.1:1"}}}},
		"which is no origin":        {Origins: []Origin{{Name: "east"}}, Sites: []Site{{Name: "a", Origins: map[string]string{"east": "http://h", "west": "http://h"}}}},
		taken.Addr().String():       {Origins: []Origin{{Name: "east"}}, Sites: []Site{{Name: "b", Origins: good}, {Name: "a", Listen: taken.Addr().String(), Origins: good}}},
		"interval 1s: from 5s to 3": {Settings: func() Settings { s := DefaultSettings(); s.Interval, s.Timeout = 1e9, 1e9; return s }(), Origins: []Origin{{Name: "east"}}, Sites: []Site{{Name: "a", Origins: good}}},
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
	e = profile(t, s, 10, func(Event) { told.Add(1); e.Sites() }, east)
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
