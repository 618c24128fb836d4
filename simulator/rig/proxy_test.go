package rig

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// store is a service that notes what reaches it.
type store struct {
	mu   sync.Mutex
	seen []string
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = append(s.seen, r.Method+" "+r.URL.Path+" "+string(body))
	w.Header().Set("X-Of", "store")
	if strings.Contains(string(body), "bad") {
		w.WriteHeader(http.StatusConflict)
	}
}

func (s *store) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.seen, "; ")
}

// newProxy is a proxy in front of a store; the kind of a call is its body.
func newProxy(t *testing.T) (*Proxy, *store) {
	t.Helper()
	s := &store{}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	p, stop, err := NewProxy(server.URL+"/account", func(c *Call) string { return string(c.Body) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stop() })
	return p, s
}

func ask(p *Proxy, method, path, body string) (status int, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, p.URL+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

func TestProxyForwardsAndCounts(t *testing.T) {
	p, s := newProxy(t)
	var told []string
	p.SetWitness(func(c *Call, a Answer) {
		told = append(told, c.Kind)
		if a.Refused() != (c.Kind == "bad") || a.Header.Get("X-Of") != "store" {
			t.Errorf("%s was answered %+v", c.Kind, a)
		}
	})
	for _, x := range []struct {
		method, body string
		status       int
	}{{"POST", "one", 200}, {"POST", "bad", 409}, {"GET", "", 200}} {
		if status, err := ask(p, x.method, "/Things(PartitionKey='a')", x.body); err != nil || status != x.status {
			t.Errorf("%s %s: %d, %v", x.method, x.body, status, err)
		}
	}
	want := "POST /account/Things(PartitionKey='a') one; POST /account/Things(PartitionKey='a') bad; " +
		"GET /account/Things(PartitionKey='a') "
	if got := s.all(); got != want {
		t.Errorf("the store has seen %s", got)
	}
	if c := p.Tally(); c["POST Things"] != 2 || c["GET Things"] != 1 || p.Taken("one") != 1 {
		t.Errorf("counted: %v, %d", c, p.Taken("one"))
	}
	if strings.Join(told, " ") != "one bad" { // of writes
		t.Errorf("the witness saw %q", told)
	}
}

// A snare holds the first write that it wants and its repetitions, lets others pass, and delivers what it holds after
// its sender is gone, or loses it.
func TestSnare(t *testing.T) {
	for name, lose := range map[string]bool{"delivered": false, "lost": true} {
		t.Run(name, func(t *testing.T) {
			p, s := newProxy(t)
			snare := p.Snare(func(c *Call) bool { return strings.HasPrefix(c.Kind, "x") },
				func(a, b *Call) bool { return a.Kind == b.Kind })
			gone := make(chan error, 2)
			for range 2 {
				go func() { _, err := ask(p, "POST", "/T", "x1"); gone <- err }()
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			if c, err := snare.Wait(ctx); err != nil || c.Kind != "x1" {
				t.Fatalf("caught %v, %v", c, err)
			}
			for p.Underway("x1") < 2 { // no proof: it only waits until both calls are there
				if ctx.Err() != nil {
					t.Fatal("only one of the calls has reached the proxy")
				}
				time.Sleep(polls)
			}
			if status, err := ask(p, "POST", "/T", "x2"); err != nil || status != 200 {
				t.Errorf("another write: %d, %v", status, err)
			}
			snare.Release(lose)
			for range 2 {
				if err := <-gone; (err != nil) != lose {
					t.Errorf("%s: its sender has %v", name, err)
				}
			}
			want := map[bool]string{false: "POST /account/T x2; POST /account/T x1; POST /account/T x1",
				true: "POST /account/T x2"}[lose]
			if got := s.all(); got != want || p.Underway("x1") != 0 {
				t.Errorf("the store has seen %s; %d are under way", got, p.Underway("x1"))
			}
		})
	}
}

func TestDeaf(t *testing.T) {
	p, s := newProxy(t)
	p.SetGate(func(*Call) Pass { return Pass{Deaf: true} })
	if status, err := ask(p, "POST", "/T", "x"); err == nil {
		t.Errorf("a lost answer is %d", status)
	}
	if got := s.all(); got != "POST /account/T x" {
		t.Errorf("the store has seen %s", got)
	}
}

func TestBatch(t *testing.T) {
	body := strings.ReplaceAll(`--b
Content-Type: multipart/mixed; boundary=c

--c
Content-Type: application/http

POST http://h:1/account/J202611 HTTP/1.1
Content-Type: application/json

{"PartitionKey":"p","RowKey":"r","void":true}
--c
Content-Type: application/http

DELETE http://h:1/account/J202611(PartitionKey='p',RowKey='k%2Cw') HTTP/1.1
If-Match: *


--c--
--b--
`, "\n", "\r\n")
	got := parseBatch([]byte(body), "multipart/mixed; boundary=b", "/account")
	if len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	if a := got[0]; a.Method != "POST" || a.Table != "J202611" || a.PartitionKey != "p" || a.RowKey != "r" ||
		!strings.Contains(string(a.Row), "void") {
		t.Errorf("%+v", a)
	}
	if a := got[1]; a.Method != "DELETE" || a.Table != "J202611" || a.PartitionKey != "p" || a.RowKey != "k,w" ||
		len(a.Row) > 0 {
		t.Errorf("%+v", a)
	}
	if got := parseBatch([]byte("{}"), "application/json", "/account"); len(got) > 0 {
		t.Errorf("no batch has %+v", got)
	}
}
