package edge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/netip"
	"strconv"
	"strings"
)

// ServeHTTP takes a client's request. It ends with Close at the latest, also when the connection is not the server's
// any more (101).
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.enter() {
		panic(http.ErrAbortHandler)
	}
	defer s.work.Done()
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	x := &exchange{ref: s.next(s.name), tried: []string{}, debug: r.Header.Get("X-Azure-DebugInfo") == "1"}
	s.proxy.ServeHTTP(w, r.WithContext(context.WithValue(ctx, exchangeKey{}, x)))
}

// rewrite makes the request that an origin sees (Protocol support for HTTP headers). The proxy has taken the
// hop-by-hop headers. The host stays the client's: that is the service when an origin has no host header of its own.
func (s *site) rewrite(p *httputil.ProxyRequest) {
	p.Out.URL.RawQuery = p.In.URL.RawQuery // the proxy would drop what it cannot parse; an origin may
	h := p.Out.Header
	for name := range h {
		if strings.HasPrefix(name, "X-Fd-") {
			delete(h, name)
		}
	}
	for _, name := range []string{"X-Forwarded-For", "Forwarded"} {
		if v := p.In.Header[name]; v != nil {
			h[name] = v
		}
	}
	socket, _, err := net.SplitHostPort(p.In.RemoteAddr)
	if err != nil {
		socket = p.In.RemoteAddr
	}
	client := socket
	first, _, _ := strings.Cut(p.In.Header.Get("X-Forwarded-For"), ",")
	if ip, err := netip.ParseAddr(strings.TrimSpace(first)); err == nil {
		client = ip.String()
	}
	p.SetXForwarded() // appends the socket's address to X-Forwarded-For, replaces -Host and -Proto
	h.Add("Via", fmt.Sprintf("%d.%d Azure", p.In.ProtoMajor, p.In.ProtoMinor))
	h.Set("X-Azure-ClientIP", client)
	h.Set("X-Azure-SocketIP", socket)
	h.Set("X-Azure-Ref", exchangeOf(p.In.Context()).ref)
	h.Set("X-Azure-RequestChain", "hops=1")
	h.Set("X-Azure-FDID", s.id)
}

// respond makes the answer that a client sees. X-Edge-Site and X-Edge-Origin are ours; nothing is cached.
func (s *site) respond(r *http.Response) error {
	x := exchangeOf(r.Request.Context())
	s.mark(r.Header, x)
	if x.debug {
		r.Header.Set("X-Azure-OriginStatusCode", strconv.Itoa(r.StatusCode))
	}
	return nil
}

func (s *site) mark(h http.Header, x *exchange) {
	h.Set("X-Azure-Ref", x.ref)
	h.Set("X-Cache", "CONFIG_NOCACHE")
	if x.debug {
		h.Set("X-Edge-Site", s.name)
		h["X-Edge-Origin"] = x.tried
	}
}

// problem is an answer of the edge itself.
type problem struct {
	Title     string   `json:"title"`
	Status    int      `json:"status"`
	Detail    string   `json:"detail"`
	ErrorInfo string   `json:"errorInfo"`
	Site      string   `json:"site"`
	Tried     []string `json:"tried"` // origins, in order
	Ref       string   `json:"ref"`
}

// fail tells a client that no origin answered.
func (s *site) fail(w http.ResponseWriter, r *http.Request, err error) {
	x := exchangeOf(r.Context())
	f := &failure{status: http.StatusBadGateway, info: "OriginInvalidResponse", cause: err}
	errors.As(err, &f)
	p := problem{Title: http.StatusText(f.status), Status: f.status, ErrorInfo: f.info, Site: s.name, Tried: x.tried,
		Ref: x.ref}
	p.Detail = fmt.Sprintf("edge site %q got no answer from origin %q: %v", s.name, f.origin, f.cause)
	switch {
	case f.origin == "":
		p.Detail = fmt.Sprintf("edge site %q: %v", s.name, f.cause)
	case f.status != http.StatusServiceUnavailable:
		p.Detail += "; whether the request was carried out is unknown"
	}
	s.mark(w.Header(), x)
	if x.debug {
		w.Header().Set("X-Azure-ExternalError", p.Detail)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(p)
}
