package httpapi

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/domain/fault"
	"tidemark/domain/intake"
	"tidemark/domain/telemetry"
	"tidemark/domain/telemetry/readings"
)

// call is one request on its way.
type call struct {
	id      string
	form    form
	r       *http.Request
	query   url.Values // decoded; nil without a query
	w       *response
	tenant  telemetry.Tenant
	bodies  *intake.Budget
	in      int64 // bytes of the body read, as sent
	skipped [readings.SkipKinds]int

	overwritten int
}

type callKey struct{}

func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// response notes what is answered.
type response struct {
	http.ResponseWriter
	status int
	out    int64
}

func (w *response) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.out += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Handler serves every operation. It names the request, recovers panics, bounds the header and reports to Observe;
// the caller may wrap it with tracing.
func (a *API) Handler() http.Handler { return http.HandlerFunc(a.serve) }

func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	began := a.deps.Now()
	c := &call{id: a.deps.NewID(), form: formOf(r.URL.Path), bodies: a.deps.Bodies, w: &response{ResponseWriter: w}}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	c.r = r
	h := w.Header()
	h.Set("X-Request-Id", c.id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	defer func() {
		if v := recover(); v != nil {
			a.recovered(c, v)
		}
		a.deps.Observe(Observation{Method: r.Method, Route: routeOf(r), Status: c.w.status,
			Duration: a.deps.Now().Sub(began),
			BytesIn:  c.in, BytesOut: c.w.out, Skipped: c.skipped, Overwritten: c.overwritten})
		a.deps.Log.LogAttrs(r.Context(), slog.LevelDebug, "request", slog.String("request", c.id),
			slog.String("method", r.Method),
			slog.String("route", routeOf(r)), slog.Int("status", c.w.status), slog.String("tenant", string(c.tenant)))
	}()
	if n := headerBytes(r); n > MaxHeaderBytes {
		a.fail(c, newProblem(http.StatusRequestHeaderFieldsTooLarge, "too-large", "Over a limit",
			fmt.Sprintf("the header has %d bytes; send at most %d", n, MaxHeaderBytes)))
		return
	}
	if err := c.readQuery(); err != nil {
		a.fail(c, err)
		return
	}
	if isUntidy(r.URL.EscapedPath()) {
		a.fail(c, newProblem(http.StatusNotFound, "not-found", kinds[fault.NotFound].title,
			"nothing is served at this path: write it without // and without the segments . and .. (GET /docs lists "+
				"what there is)"))
		return
	}
	a.mux.ServeHTTP(c.w, r)
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

func routeOf(r *http.Request) string {
	_, path, _ := strings.Cut(r.Pattern, " ")
	if path == "" {
		return "unmatched"
	}
	return path
}

// recovered answers a panic. When a part of the answer is gone already, the connection is broken off, lest the client
// takes it for the whole.
func (a *API) recovered(c *call, v any) {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	a.deps.Log.LogAttrs(c.r.Context(), slog.LevelError, "panic", slog.String("request", c.id),
		slog.String("route", routeOf(c.r)),
		slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
	if c.w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	a.fail(c, fault.New(fault.Internal, "httpapi", "panic"))
}

// fail answers an error in the form of the request.
func (a *API) fail(c *call, err error) {
	p := problemOf(err)
	if p.Status >= 500 {
		level := slog.LevelWarn
		switch {
		case p.Status == http.StatusInternalServerError:
			level = slog.LevelError
		case fault.GivenUp(c.r.Context()): // the client left, or this node stops: nobody reads the answer
			level = slog.LevelDebug
		}
		a.deps.Log.LogAttrs(c.r.Context(), level, "request failed", slog.String("request", c.id),
			slog.String("method", c.r.Method),
			slog.String("route", routeOf(c.r)), slog.Int("status", p.Status), slog.String("tenant", string(c.tenant)),
			slog.Any("cause", p.cause))
	}
	e := c.inForm(p)
	h := c.w.Header()
	for name, values := range p.header {
		h[name] = values
	}
	body, err := jsonReply(e)
	if err != nil { // a bug: everything in it is text and numbers
		panic(err)
	}
	h.Set("Content-Type", e.(huma.ContentTypeFilter).ContentType(""))
	c.w.WriteHeader(p.Status)
	_, _ = c.w.Write(body.body)
}

// authenticate finds the tenant of operations that need one, and holds it to its rate.
func (a *API) authenticate(ctx huma.Context, next func(huma.Context)) {
	if len(ctx.Operation().Security) == 0 {
		next(ctx)
		return
	}
	c := callOf(ctx.Context())
	t, err := a.deps.Tenant(c.r)
	if err == nil {
		c.tenant = t
		err = a.limiter.admit(t, a.deps.Now())
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	next(ctx)
}

// timeout is the context of a use case.
func (a *API) timeout(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, a.cfg.Timeout)
}
