package edge

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// connectTimeout bounds the making of a connection. The service's is not documented; what cannot be reached is then
// retried elsewhere.
const connectTimeout = 5 * time.Second

// The causes with which we give up an origin.
var (
	errOriginTimeout = errors.New("the origin took too long to take the request or to begin its answer")
	errStreamIdle    = errors.New("the origin paused for too long within its answer")
)

// failure is that no origin answered a request. info is the word of Front Door's access log.
type failure struct {
	origin string // the last that was tried; "" if there was none
	status int
	info   string
	cause  error
}

func (f *failure) Error() string { return f.info + ": " + f.cause.Error() }

func (f *failure) Unwrap() error { return f.cause }

// RoundTrip sends a request to the origin that the site chooses, and, as the settings allow, to others after it.
func (s *site) RoundTrip(r *http.Request) (*http.Response, error) {
	x := exchangeOf(r.Context())
	var last *failure
	for {
		name, address, settings, err := s.pick(x.tried)
		if err != nil && last != nil {
			return nil, last
		}
		if err != nil {
			return nil, &failure{status: http.StatusServiceUnavailable, info: "OriginConnectionError", cause: err}
		}
		x.tried = append(x.tried, name)
		answer, sent, err := s.try(r, name, address, settings)
		if err == nil {
			return answer, nil
		}
		if r.Context().Err() != nil {
			return nil, err // the client has gone: nobody's fault
		}
		s.failed(name)
		last = failed(name, sent, err)
		if !again(settings.Retry, r, sent, err) {
			return nil, last
		}
	}
}

// failed says how the client learns of it: 503 when nothing was sent, so nothing was done; 502 and 504 when nobody
// knows.
func failed(origin string, sent bool, err error) *failure {
	switch {
	case errors.Is(err, errOriginTimeout):
		return &failure{origin, http.StatusGatewayTimeout, "OriginTimeout", err}
	case sent:
		return &failure{origin, http.StatusBadGateway, "OriginConnectionAborted", err}
	}
	return &failure{origin, http.StatusServiceUnavailable, "OriginConnectionError", err}
}

// again is Settings.Retry.
func again(rule Retry, r *http.Request, sent bool, err error) bool {
	switch {
	case rule == RetryNever || errors.Is(err, errOriginTimeout):
		return false
	case !sent:
		return true
	}
	safe := r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions ||
		r.Method == http.MethodTrace
	return rule == RetryHeader && safe && r.Body == nil
}

// try asks one origin. sent is false when there was no connection, so that the origin cannot have seen anything of
// the request.
func (s *site) try(r *http.Request, name string, address *url.URL,
	settings Settings) (answer *http.Response, sent bool, err error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	var connected atomic.Bool
	out := r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// also when an idle connection was dead, and the transport knows that nothing came of it
		GetConn: func(string) { connected.Store(false) },
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}))
	to := *r.URL
	to.Scheme, to.Host = address.Scheme, address.Host
	out.URL = &to
	p := patient(settings.OriginTimeout, func() { cancel(errOriginTimeout) })
	if r.Body != nil {
		out.Body = &upload{Reader: r.Body, origin: p}
	}
	answer, err = s.transport.RoundTrip(out)
	p.end()
	if err != nil {
		if cause := context.Cause(ctx); errors.Is(cause, errOriginTimeout) {
			err = cause
		}
		cancel(nil)
		return nil, connected.Load(), err
	}
	if answer.StatusCode == http.StatusSwitchingProtocols {
		return answer, true, nil // the proxy needs the connection itself, and ends it with the request
	}
	idle := patient(settings.StreamIdle, func() { cancel(errStreamIdle) })
	idle.pause()
	answer.Body = &download{ReadCloser: answer.Body, origin: idle, closed: func() { cancel(nil) }, broken: func(error) {
		if r.Context().Err() == nil {
			s.failed(name)
		}
	}}
	return answer, true, nil
}
