package compose

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"syscall"
	"time"

	"go.uber.org/fx"

	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/service"
	"tidemark/domain/ingest"
	"tidemark/domain/intake"
	"tidemark/domain/node"
	"tidemark/domain/query"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/authn"
	"tidemark/ports/sched"
)

// The use cases are what the API asks for.
var (
	_ service.Ingest = (*ingest.Service)(nil)
	_ service.Query  = (*query.Service)(nil)
	_ service.Tasks  = (*work.Service)(nil)
	_ service.Status = (*status)(nil)
)

// httpPart listens. A node that serves answers the API, one that only works its probes and metrics.
func httpPart(cfg Config, version string, callers authn.Authenticator) fx.Option {
	handler := fx.Provide(newProbes)
	if cfg.Node.Role.Serves() {
		handler = fx.Provide(func(d apiDeps) (http.Handler, error) { return newAPI(cfg, version, callers, d) })
	}
	return fx.Module("http", handler,
		fx.Provide(
			func(f *foundation, n *node.Node, s sched.Scheduler) *status {
				return &status{version: version, region: cfg.Node.Region, journal: f.place.Region,
					shards: cfg.Writing.Shards,
					front:  f.storage.front, tail: n.Tail, work: n.Work, clock: n.Clock, sched: s}
			},
			func(h http.Handler, st *status, sig *signals) *server {
				return &server{cfg: cfg.HTTP, status: st, log: sig.log, failed: make(chan error, 1),
					http: httpapi.NewServer(cfg.HTTP.Listen, sig.served(h), sig.log)}
			}),
		fx.Invoke(func(lc fx.Lifecycle, s *server, log *slog.Logger) {
			if cfg.Node.Role.Serves() && cfg.open() {
				log.Warn("whoever reaches this address can read, write and delete: give the node a --token-file, or "+
					"listen on a loopback address", "address", cfg.HTTP.Listen)
			}
			lc.Append(fx.Hook{OnStart: s.start, OnStop: stopHook("the HTTP server", cfg.HTTP.Drain+serverDeadline,
				s.stop).OnStop})
		}))
}

type apiDeps struct {
	fx.In
	Uses       *node.Node
	Status     *status
	Foundation *foundation
	Sched      sched.Scheduler
	Log        *slog.Logger
	Metrics    *metrics
}

// newBodies is the memory of the bodies of all requests.
func newBodies(cfg HTTP, s sched.Scheduler, m *metrics) *intake.Budget {
	b := intake.New(intake.Config{Bytes: cfg.BodyMemory, Turns: runtime.GOMAXPROCS(0),
		Refused: func(r intake.Reason) { m.bodies.WithLabelValues(r.String()).Inc() }}, s)
	m.gauge("body_bytes", "Memory that bodies of requests hold, or have been promised, before and after decompression.",
		func() float64 { return float64(b.Held()) })
	return b
}

func newAPI(cfg Config, version string, callers authn.Authenticator, d apiDeps) (http.Handler, error) {
	api, err := httpapi.New(httpapi.Config{Version: version, Timeout: cfg.HTTP.Timeout,
		SourceTags: cfg.HTTP.SourceTags, LabelTags: cfg.HTTP.LabelTags,
		TenantRate: cfg.HTTP.TenantRate, TenantBurst: cfg.HTTP.TenantBurst},
		httpapi.Deps{Ingest: d.Uses.Ingest, Query: d.Uses.Query, Tasks: d.Uses.Work, Status: d.Status, Callers: callers,
			CursorKey: d.Foundation.cursorKey,
			Bodies:    newBodies(cfg.HTTP, d.Sched, d.Metrics),
			Oldest:    func(t telemetry.Tenant) int64 { return d.Uses.Horizons.Oldest(context.Background(), t) },
			Clock:     d.Uses.Clock.Now, Now: d.Sched.Now, NewID: newRequestID,
			Log: d.Log, Observe: d.Metrics.observe, Metrics: d.Metrics.handler()})
	if err != nil {
		return nil, err
	}
	return api.Handler(), nil
}

// newProbes answers for a node that only works.
func newProbes(st *status, m *metrics) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health/live", func(w http.ResponseWriter, _ *http.Request) {
		_,
			_ = w.Write([]byte("live\n"))
	})
	mux.HandleFunc("GET /health/ready", func(w http.ResponseWriter, r *http.Request) {
		if err := st.Ready(r.Context()); err != nil {
			http.Error(w, "not ready", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ready\n"))
	})
	mux.Handle("GET /metrics", m.handler())
	return mux
}

// server listens from start to stop.
type server struct {
	cfg    HTTP
	http   *http.Server
	status *status
	log    *slog.Logger
	failed chan error // the server ended by itself

	listener net.Listener
}

// listen takes the address.
func (c HTTP) listen(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", c.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the address %s is taken: stop the program that listens there, or give another "+
			"address with --listen (port 0 takes a free one)", c.Listen)
	}
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", c.Listen, err)
	}
	return l, nil
}

// free says whether the address can be listened on now. It is asked before the storage is opened, so that a node that
// cannot listen makes no folder; until the node listens itself, callers are refused and not left waiting.
func (c HTTP) free(ctx context.Context) error {
	l, err := c.listen(ctx)
	if err != nil {
		return err
	}
	return l.Close()
}

func (s *server) start(ctx context.Context) error {
	l, err := s.cfg.listen(ctx)
	if err != nil {
		return err
	}
	s.listener = l
	go func() {
		if err := s.http.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	s.status.ready.Store(true)
	s.log.Info("listening", "address", l.Addr().String())
	return nil
}

// stop says that the node is not ready, waits for load balancers to see it, and finishes the requests there are.
func (s *server) stop(ctx context.Context) error {
	s.status.ready.Store(false)
	if s.cfg.Drain > 0 {
		drained := time.NewTimer(s.cfg.Drain)
		defer drained.Stop()
		select {
		case <-drained.C:
		case <-ctx.Done():
		}
	}
	if err := s.http.Shutdown(ctx); err != nil {
		_ = s.http.Close()
		return err
	}
	return nil
}
