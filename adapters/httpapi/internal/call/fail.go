package call

import (
	"log/slog"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"tidemark/adapters/httpapi/internal/encode"
	"tidemark/adapters/httpapi/internal/problem"
	"tidemark/domain/fault"
)

// Fail answers an error in the form of the request. It writes by itself and not with huma.WriteErr, because many errors
// arise where huma is not: of paths that nothing serves, of headers that are too large, of panics.
func (c *Call) Fail(err error) {
	p := problem.Of(err)
	if p.Status >= 500 {
		c.logFailure(p)
	}
	e := p.In(c.form, c.ID)
	h := c.Response.Header()
	for name, values := range p.Header {
		h[name] = values
	}
	body, err := encode.JSON(e)
	if err != nil { // a bug: everything in it is text and numbers
		panic(err)
	}
	h.Set("Content-Type", e.(huma.ContentTypeFilter).ContentType(""))
	c.Response.WriteHeader(p.Status)
	_, _ = c.Response.Write(body)
}

// logFailure tells of the request that it failed. A failure of ours (500) is always told, and one whose client left, or
// that this node broke off while it stops, is no trouble to anybody.
func (c *Call) logFailure(p *problem.Error) {
	level, attrs := slog.LevelWarn, []slog.Attr{slog.String("request", c.ID), slog.String("method", c.Request.Method),
		slog.String("route", c.Route()), slog.Int("status", p.Status),
		slog.String("tenant", string(c.Principal.Tenant)), slog.String("subject", string(c.Principal.Subject)),
		slog.Any("cause", p.Cause)}
	switch {
	case p.Status == http.StatusInternalServerError:
		level = slog.LevelError
	case fault.GivenUp(c.Request.Context()):
		level = slog.LevelDebug
	default:
		tells, since := c.failures.due(failure{c.Request.Method, c.Route(), p.Status})
		if !tells {
			level = slog.LevelDebug
		} else if since > 0 {
			attrs = append(attrs, slog.Int("alike_since_last_line", since))
		}
	}
	c.Log.LogAttrs(c.Request.Context(), level, "request failed", attrs...)
}
