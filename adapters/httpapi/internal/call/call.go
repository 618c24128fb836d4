// Package call is one request on its way: what it asks and for whom, how much came and went, and how an error is
// answered. An operation finds its call in the context.
package call

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/identity"
	"tidemark/domain/telemetry/readings"
)

// Call is one request on its way. It belongs to one goroutine, and says at the end what was done.
type Call struct {
	ID        string
	Request   *http.Request
	Query     url.Values // decoded; nil without a query
	Response  *Response
	Log       *slog.Logger
	Principal identity.Principal // who calls, of operations that need a caller

	BytesIn     int64                   // of the body, as sent
	Skipped     [readings.SkipKinds]int // fields and tags of line protocol that were left out
	Overwritten int                     // readings that do not stand: a later row of the request gave another value

	form     problem.Form // of errors
	failures *Failures
}

type key struct{}

// New begins the call of a request, which gets its name from the caller. What is answered goes through w, and failures
// are told.
func New(id string, w http.ResponseWriter, r *http.Request, failures *Failures) *Call {
	c := &Call{ID: id, form: problem.FormOf(r.URL.Path), Response: &Response{ResponseWriter: w}, Log: failures.log,
		failures: failures}
	c.Request = r.WithContext(context.WithValue(r.Context(), key{}, c))
	return c
}

// Of is the call that a context belongs to. It panics without one.
func Of(ctx context.Context) *Call { return ctx.Value(key{}).(*Call) }

// Route is the path of the pattern that serves the request, "/v1/sources/{source}"; "unmatched" when there is none.
func (c *Call) Route() string {
	_, path, _ := strings.Cut(c.Request.Pattern, " ")
	if path == "" {
		return "unmatched"
	}
	return path
}
