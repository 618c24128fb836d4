package edge

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

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
	e := startProfile(t, asleep(), 1, nil, east)
	answer, _ := send(t, http.MethodGet, at(e, 0), nil,
		"X-Forwarded-For", "203.0.113.9, 10.0.0.1", "X-Forwarded-Host", "evil.example", "X-Forwarded-Proto", "gopher",
		"Forwarded", "for=203.0.113.9",
		"X-FD-HealthProbe", "1", "X-FD-Anything", "x", "X-Azure-FDID", "forged", "X-Azure-ClientIP", "forged",
		"X-Azure-Ref", "forged", "Via", "1.0 mine",
		"Connection", "X-Mine", "X-Mine", "hop", "X-Azure-DebugInfo", "1", "Accept-Encoding", "br", "X-Plain", "stays")
	site := strings.TrimPrefix(strings.Split(at(e, 0), "/some")[0], "http://")
	for name, want := range map[string]string{
		"X-Forwarded-For": "203.0.113.9, 10.0.0.1, 127.0.0.1", "X-Forwarded-Host": site, "X-Forwarded-Proto": "http",
		"Forwarded":    "for=203.0.113.9",
		"X-Azure-FDID": e.ID(), "X-Azure-ClientIP": "203.0.113.9", "X-Azure-SocketIP": "127.0.0.1",
		"X-Azure-RequestChain": "hops=1",
		"Via":                  "1.0 mine, 1.1 Azure", "X-Mine": "", "X-FD-HealthProbe": "", "X-FD-Anything": "",
		"Accept-Encoding": "br", "X-Plain": "stays",
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
		"X-Other": "kept", "X-Hop": "", "X-Cache": "CONFIG_NOCACHE", "X-Azure-OriginStatusCode": "418",
		"X-Edge-Site": "site00", "X-Edge-Origin": "east",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("the client saw %s %q, not %q", name, got, want)
		}
	}
	if ref := answer.Header.Get("X-Azure-Ref"); ref == "" || ref == "mine" || ref == "forged" {
		t.Errorf("reference %q", ref)
	}
	again, _ := send(t, http.MethodGet, at(e, 0), nil, "X-Forwarded-For", "no address")
	if seen.Get("X-Azure-ClientIP") != "127.0.0.1" || again.Header.Get("X-Edge-Site") != "" ||
		again.Header.Get("X-Azure-Ref") == answer.Header.Get("X-Azure-Ref") {
		t.Errorf("a second request: %v, %v", seen, again.Header)
	}
	if !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).
		MatchString(e.ID()) {
		t.Errorf("%s is no GUID", e.ID())
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
	e := startProfile(t, s, 1, nil, machines...)
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
	if answer.StatusCode != 503 || len(p.Tried) != 2 || p.ErrorInfo != "OriginConnectionError" ||
		!strings.Contains(p.Detail, `edge site "site00"`) {
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
		{RetryHeader, "GET", "", refused, 200}, {RetryHeader, "POST", "x", refused, 200},
		{RetryHeader, "GET", "", aborted, 200},
		{RetryHeader, "HEAD", "", aborted, 200}, {RetryHeader, "POST", "x", aborted, 502},
		{RetryHeader, "DELETE", "", aborted, 502}, {RetryHeader, "GET", "x", aborted, 502},
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
			e := startProfile(t, s, 1, nil, east, west)
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
	e := startProfile(t, s, 1, nil, &machine{name: "deaf", addr: deaf.Addr().String()}, west)
	for _, size := range []int{0, 64 << 20} {
		answer, text := send(t, http.MethodPost, at(e, 0), bytes.NewReader(make([]byte, size)))
		if p := problemOf(t, answer, text); answer.StatusCode != 504 || p.ErrorInfo != "OriginTimeout" ||
			len(p.Tried) != 1 || !strings.Contains(p.Detail, "whether the request was carried out is unknown") {
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
	e := startProfile(t, asleep(), 1, nil, east)
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

func TestOriginDiesWithinItsAnswer(t *testing.T) {
	east := newMachine(t, "east", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "some")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	west := newMachine(t, "west", nil)
	e := startProfile(t, asleep(), 1, nil, east, west)
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

// repeat reads the same bytes for ever.
type repeat []byte

func (r repeat) Read(b []byte) (int, error) { return copy(b, r), nil }
