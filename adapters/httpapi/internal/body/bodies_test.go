package body_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/internal/apitest"
	"tidemark/domain/intake"
	"tidemark/domain/telemetry"
)

// firstLine is the time of the first reading of linesOf.
const firstLine = 1_700_000_000_000_000_000

// checkLines holds a batch against what linesOf says.
func checkLines(t *testing.T, b *telemetry.Batch) {
	t.Helper()
	for i := range b.Times {
		source := string(b.Series[b.Of[i]].Source)
		if b.Values[i] != float64(i) || b.Times[i] != firstLine+int64(i) || source != fmt.Sprintf("s%d", i%1000) {
			t.Fatalf("reading %d is %v at %d, of %s", i, b.Values[i], b.Times[i], source)
		}
	}
}

// linesOf is line protocol of exactly n bytes, and how many readings that is.
func linesOf(n int) (text []byte, readings int) {
	for len(text) < n-100 {
		text = fmt.Appendf(text, "m,source=s%d temp=%d %d\n", readings%1000, readings, firstLine+int64(readings))
		readings++
	}
	if n-len(text) > 1 {
		text = append(text, "#"+strings.Repeat("x", n-len(text)-2)+"\n"...)
	}
	return text, readings
}

// TestBodiesOfEverySizeArriveWhole writes bodies about as large as their buffers become, in every coding, with a
// length and without. Every reading comes out as it went in, after the memory of the body was given back.
func TestBodiesOfEverySizeArriveWhole(t *testing.T) {
	var sizes []int
	for _, s := range append(intake.Sizes[:], 2<<20, 5<<20) {
		sizes = append(sizes, int(s)-1, int(s), int(s)+1)
	}
	r := apitest.New(t, httpapi.Config{})
	for _, n := range sizes {
		text, readings := linesOf(n)
		for _, coding := range []string{"identity", "gzip", "zstd"} {
			in := text
			if coding != "identity" {
				in = apitest.Compress(t, coding, text)
			}
			for _, known := range []bool{true, false} {
				r.Ingest.Writes = nil
				q := httptest.NewRequest("POST", "/api/v2/write", bytes.NewReader(in))
				q.Header.Set("Content-Encoding", coding)
				if !known {
					q.ContentLength = -1
				}
				w := httptest.NewRecorder()
				r.Handler.ServeHTTP(w, q)
				if w.Code != 204 || r.Ingest.Readings() != readings {
					t.Fatalf("%d bytes, %s, length known %v: %d %s, %d readings of %d",
						n, coding, known, w.Code, w.Body, r.Ingest.Readings(), readings)
				}
				checkLines(t, &r.Ingest.Writes[0])
			}
		}
	}
	if n := r.Bodies.Held(); n != 0 {
		t.Errorf("%d bytes are held in the end", n)
	}
}

// occupy takes all of a pool, and gives what gives it back.
func occupy(t *testing.T, p *intake.Pool) (release func()) {
	t.Helper()
	var holds []*intake.Hold
	for p.Held() < p.Bytes() {
		h, n := new(intake.Hold), min(p.Bytes()-p.Held(), intake.Small)
		p.Begin(h, n, nobody{})
		if err := h.Grow(context.Background(), n); err != nil {
			t.Fatal(err)
		}
		if err := h.Work(n); err != nil {
			t.Fatal(err)
		}
		holds = append(holds, h)
	}
	return func() {
		for _, h := range holds {
			h.Close()
		}
	}
}

type nobody struct{}

func (nobody) Cut() {}

// TestWithoutMemoryIsToldWhenToComeAgain has no memory for large bodies: they are 429 with Retry-After, in the form
// of each operation, and small ones are stored.
func TestWithoutMemoryIsToldWhenToComeAgain(t *testing.T) {
	budget := intake.New(intake.Config{Patience: 20 * time.Millisecond}, goruntime.New())
	r := apitest.New(t, httpapi.Config{}, func(d *httpapi.Deps) { d.Bodies = budget })
	for _, pool := range []*intake.Pool{budget.Arriving, budget.Unpacked} {
		release := occupy(t, pool)
		large, _ := linesOf(2 << 20)
		header := []string{"Content-Type", "text/plain"}
		if pool == budget.Unpacked {
			large, header = apitest.Compress(t, "gzip", large), append(header, "Content-Encoding", "gzip")
		}
		for _, target := range []string{"/write", "/api/v2/write"} {
			w := r.Do("POST", target, large, header...)
			apitest.WantStatus(t, w, 429)
			const advice = "send it again later, or less at a time"
			if w.Header().Get("Retry-After") != "5" || !strings.Contains(w.Body.String(), advice) {
				t.Errorf("%s: %v %s", target, w.Header(), w.Body)
			}
		}
		apitest.WantStatus(t, r.Do("POST", "/api/v2/write", []byte("m value=1 0\n")), 204)
		small := apitest.Compress(t, "gzip", []byte("m value=1 0\n"))
		apitest.WantStatus(t, r.Do("POST", "/api/v2/write", small, "Content-Encoding", "gzip"), 204)
		release()
		apitest.WantStatus(t, r.Do("POST", "/api/v2/write", large, header...), 204)
	}
	if n := budget.Held(); n != 0 {
		t.Errorf("%d bytes are held", n)
	}
}

// listening is the API behind a real listener.
type listening struct {
	*apitest.Rig
	addr string
}

func serve(t *testing.T, cfg intake.Config, change ...func(*httpapi.Deps)) *listening {
	t.Helper()
	budget := intake.New(cfg, goruntime.New())
	change = append(change, func(d *httpapi.Deps) { d.Bodies = budget })
	r := apitest.New(t, httpapi.Config{}, change...)
	r.Bodies = budget
	s := httptest.NewUnstartedServer(nil)
	s.Config = httpapi.NewServer("", r.Handler, nil)
	s.Start()
	t.Cleanup(s.Close)
	return &listening{r, s.Listener.Addr().String()}
}

// line is a connection on which a test speaks HTTP by itself.
type line struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func (s *listening) dial(text string) *line {
	s.T.Helper()
	c, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.T.Fatal(err)
	}
	t := s.T.(*testing.T)
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(30 * time.Second))
	l := &line{c, t, bufio.NewReader(c)}
	l.say(text)
	return l
}

func (l *line) say(text string) {
	l.t.Helper()
	if _, err := io.WriteString(l, text); err != nil {
		l.t.Fatal(err)
	}
}

// answer reads an answer, which may be a 100.
func (l *line) answer() (int, http.Header, string) {
	l.t.Helper()
	a, err := http.ReadResponse(l.r, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	body, err := io.ReadAll(a.Body)
	if err != nil {
		l.t.Fatal(err)
	}
	return a.StatusCode, a.Header, string(body)
}

const mib = 1 << 20

// eventually waits for what another goroutine does, and fails where that hangs.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for guard := time.Now().Add(time.Minute); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(guard) {
			t.Fatalf("after a minute it is not so that %s", what)
		}
	}
}

func head(rest string) string { return "POST /v1/readings HTTP/1.1\r\nHost: x\r\n" + rest + "\r\n\r\n" }

// TestASlowBodyGivesWay lets a body stop that holds what another one needs: it is 408 with Retry-After and the
// reason, and the other one is stored.
func TestASlowBodyGivesWay(t *testing.T) {
	s := serve(t, intake.Config{Bytes: intake.LeastBytes, Grace: 50 * time.Millisecond})
	slow := s.dial(head(fmt.Sprintf("Content-Type: text/csv\r\nContent-Length: %d", 4*mib)))
	slow.say(strings.Repeat(" ", 3*mib+mib/2))
	eventually(t, "the slow body holds what came of it", func() bool { return s.Bodies.Arriving.Held() >= 3*mib })
	text, readings := linesOf(4 * mib)
	answer, err := http.Post("http://"+s.addr+"/api/v2/write", "text/plain", bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != 204 || s.Ingest.Readings() != readings {
		t.Errorf("the other body: %s, %d readings of %d", answer.Status, s.Ingest.Readings(), readings)
	}
	code, header, body := slow.answer()
	if code != 408 || header.Get("Retry-After") != "5" || header.Get("Content-Type") != "application/problem+json" ||
		!strings.Contains(body, "send it faster, or less at a time") {
		t.Errorf("the slow body: %d %v %s", code, header, body)
	}
	eventually(t, "nothing is held", func() bool { return s.Bodies.Held() == 0 })
}

// TestWhoIsNotKnownHoldsNothing sends the begins of bodies without a token: they are 401 before a byte of them is
// read.
func TestWhoIsNotKnownHoldsNothing(t *testing.T) {
	s := serve(t, intake.Config{}, func(d *httpapi.Deps) { d.Callers = apitest.Callers{} })
	for _, rest := range []string{"Content-Length: 33000000", "Transfer-Encoding: chunked\r\nExpect: 100-continue",
		"Content-Length: 33000000\r\nExpect: 100-continue"} {
		for range 20 {
			l := s.dial(head("Content-Type: text/csv\r\n" + rest))
			if code, _, _ := l.answer(); code != 401 {
				t.Errorf("%s: %d", rest, code)
			}
		}
	}
	for _, o := range s.Seen {
		if o.BytesIn != 0 {
			t.Errorf("%d bytes were read", o.BytesIn)
		}
	}
	if n := s.Bodies.Held(); n != 0 {
		t.Errorf("%d bytes are held", n)
	}
}

// TestExpectContinue asks before it sends: it is told to go on, and nothing is asked for that there is no memory for.
func TestExpectContinue(t *testing.T) {
	s := serve(t, intake.Config{Patience: 20 * time.Millisecond})
	const body = "time,source,m\n0,roof,1\n"
	ask := head(fmt.Sprintf("Content-Type: text/csv\r\nExpect: 100-continue\r\nContent-Length: %d", len(body)))
	release := occupy(t, s.Bodies.Brief)
	if code, header, _ := s.dial(ask).answer(); code != 429 || header.Get("Retry-After") == "" {
		t.Errorf("without memory: %d %v", code, header)
	}
	release()
	l := s.dial(ask)
	if code, _, _ := l.answer(); code != 100 {
		t.Fatalf("with memory: %d", code)
	}
	l.say(body)
	if code, _, text := l.answer(); code != 200 {
		t.Errorf("the body: %d %s", code, text)
	}
}

// TestPipelinedBodies sends two requests at once on one connection, and cuts nothing off of the second that was meant
// for the first.
func TestPipelinedBodies(t *testing.T) {
	s := serve(t, intake.Config{})
	const body = "time,source,m\n0,roof,1\n"
	one := head(fmt.Sprintf("Content-Type: text/csv\r\nContent-Length: %d", len(body))) + body
	l := s.dial(one + one + one)
	for range 3 {
		if code, _, text := l.answer(); code != 200 {
			t.Errorf("%d %s", code, text)
		}
	}
	if len(s.Ingest.Writes) != 3 || s.Bodies.Held() != 0 {
		t.Errorf("%d writes, %d bytes are held", len(s.Ingest.Writes), s.Bodies.Held())
	}
}

// TestAClientThatGoesGivesBack breaks off in the middle of bodies of every kind. Until then each holds what its 700
// bytes take, whatever its header announces.
func TestAClientThatGoesGivesBack(t *testing.T) {
	s := serve(t, intake.Config{})
	for _, rest := range []string{"Content-Length: 1000", "Content-Length: 33000000", "Transfer-Encoding: chunked"} {
		l := s.dial(head("Content-Type: text/csv\r\n" + rest))
		if strings.HasPrefix(rest, "T") {
			l.say("fffff\r\n")
		}
		l.say(strings.Repeat(" ", 700))
		eventually(t, "what came is held", func() bool { return s.Bodies.Held() != 0 })
		if n := s.Bodies.Held(); n != intake.Sizes[0] {
			t.Errorf("%s: %d bytes are held", rest, n)
		}
		_ = l.Close()
		eventually(t, "nothing is held", func() bool { return s.Bodies.Held() == 0 })
	}
}

// broken is a body whose reader panics after some bytes.
type broken struct{ left int }

func (b *broken) Read(p []byte) (int, error) {
	if b.left == 0 {
		panic("the reader is broken")
	}
	n := min(len(p), b.left)
	b.left -= n
	return n, nil
}

// TestAPanicGivesBack lets the reading of bodies panic, small ones and large ones: each is 500, nothing of it stays
// held, and the next bodies are taken in.
func TestAPanicGivesBack(t *testing.T) {
	r := apitest.New(t, httpapi.Config{})
	for range 20 {
		for _, n := range []int{0, 100, 200 << 10, 20 << 20} {
			q := httptest.NewRequest("POST", "/api/v2/write", &broken{n})
			q.ContentLength = 32 << 20
			w := httptest.NewRecorder()
			r.Handler.ServeHTTP(w, q)
			apitest.WantStatus(t, w, 500)
			if held := r.Bodies.Held(); held != 0 {
				t.Fatalf("after %d bytes and a panic %d bytes are held", n, held)
			}
		}
	}
	large, _ := linesOf(8 << 20)
	apitest.WantStatus(t, r.Do("POST", "/api/v2/write", large), 204)
}
