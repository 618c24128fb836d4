package httpapi

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"tidemark/domain/fault"
)

// Readiness says whether the node takes requests. The zero value does not, yet.
type Readiness struct{ takes atomic.Bool }

// Set says that the node takes requests from now on, or that it does not.
func (r *Readiness) Set(takes bool) { r.takes.Store(takes) }

// Ready is nil while the node takes requests.
func (r *Readiness) Ready(context.Context) error {
	if r.takes.Load() {
		return nil
	}
	return &fault.Error{Kind: fault.Unavailable, Op: "ready", Message: "the node is starting or stopping: ask another",
		RetryAfter: time.Second}
}

// Probes answers for a node that serves no API: whether it lives, whether it is ready, and metrics.
func Probes(r *Readiness, metrics http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/live", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("live\n"))
	})
	mux.HandleFunc("GET /health/ready", func(w http.ResponseWriter, q *http.Request) {
		if err := r.Ready(q.Context()); err != nil {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ready\n"))
	})
	mux.Handle("GET /metrics", metrics)
	return mux
}
