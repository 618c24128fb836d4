package httpapi

import (
	"log/slog"
	"net/http"
	"time"
)

// MaxHeaderBytes bounds the request line and the header of a request.
const MaxHeaderBytes = 32 << 10

// Timeouts of NewServer.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = time.Minute
	writeTimeout      = 2 * time.Minute
	idleTimeout       = 2 * time.Minute
)

// NewServer is a server for a handler, with every bound set. Listening, TLS and shutting down belong to the caller.
func NewServer(addr string, h http.Handler, log *slog.Logger) *http.Server {
	s := &http.Server{Addr: addr, Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: MaxHeaderBytes}
	if log != nil {
		s.ErrorLog = slog.NewLogLogger(log.Handler(), slog.LevelWarn)
	}
	return s
}
