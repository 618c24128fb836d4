package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"tidemark/adapters/httpapi/internal/call"
	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/fault"
)

// Handler serves every operation. It names the request, recovers panics, bounds the header and reports to Observe;
// the caller may wrap it with tracing.
func (a *API) Handler() http.Handler { return http.HandlerFunc(a.serve) }

func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	began := a.deps.Now()
	c := call.New(a.deps.NewID(), w, r, a.failures)
	h := w.Header()
	h.Set("X-Request-Id", c.ID)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	defer func() {
		if v := recover(); v != nil {
			a.recovered(c, v)
		}
		a.observed(c, began)
	}()
	if err := check(c); err != nil {
		c.Fail(err)
		return
	}
	a.table.ServeHTTP(c.Response, c.Request)
}

// observed reports a finished request.
func (a *API) observed(c *call.Call, began time.Time) {
	a.deps.Observe(Observation{Method: c.Request.Method, Route: c.Route(), Status: c.Response.Status,
		Duration: a.deps.Now().Sub(began), BytesIn: c.BytesIn, BytesOut: c.Response.BytesOut, Skipped: c.Skipped,
		Overwritten: c.Overwritten})
	a.deps.Log.LogAttrs(c.Request.Context(), slog.LevelDebug, "request", slog.String("request", c.ID),
		slog.String("method", c.Request.Method), slog.String("route", c.Route()), slog.Int("status", c.Response.Status),
		slog.String("tenant", string(c.Principal.Tenant)), slog.String("subject", string(c.Principal.Subject)))
}

// check refuses what no operation takes: a header too large, a query that does not decode, a path that is not tidy.
func check(c *call.Call) error {
	if n := headerBytes(c.Request); n > MaxHeaderBytes {
		return problem.New(http.StatusRequestHeaderFieldsTooLarge, "too-large", "Over a limit",
			fmt.Sprintf("the header has %d bytes; send at most %d", n, MaxHeaderBytes))
	}
	if err := c.ReadQuery(); err != nil {
		return err
	}
	if isUntidy(c.Request.URL.EscapedPath()) {
		return problem.New(http.StatusNotFound, "not-found", problem.Title(fault.NotFound),
			"nothing is served at this path: write it without // and without the segments . and .. (GET /docs lists "+
				"what there is)")
	}
	return nil
}

// isUntidy reports whether a path has empty segments or dots: the mux would redirect it, with a page of HTML, which
// clients of an API do not follow.
func isUntidy(path string) bool {
	if strings.Contains(path, "//") {
		return true
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// headerBytes is the size of the request line and the header as they came, within a few bytes.
func headerBytes(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Host)
	for name, values := range r.Header {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}

// recovered answers a panic. When a part of the answer is gone already, the connection is broken off, lest the client
// takes it for the whole.
func (a *API) recovered(c *call.Call, v any) {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	a.deps.Log.LogAttrs(c.Request.Context(), slog.LevelError, "panic", slog.String("request", c.ID),
		slog.String("route", c.Route()),
		slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
	if c.Response.Status != 0 {
		panic(http.ErrAbortHandler)
	}
	c.Fail(fault.New(fault.Internal, "httpapi", "panic"))
}
