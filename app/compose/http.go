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

	"tidemark/adapters/goruntime"
	"tidemark/adapters/httpapi"
	"tidemark/adapters/httpapi/service"
	"tidemark/app/metrics"
	"tidemark/domain/ingest"
	"tidemark/domain/intake"
	"tidemark/domain/node"
	"tidemark/domain/query"
	"tidemark/domain/status"
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
	_ service.Status = nodeStatus{}
)

// httpPart listens. A node that serves answers the API, one that only works its probes and metrics.
func httpPart(cfg Config, version string, callers authn.Authenticator) fx.Option {
	handler := fx.Provide(func(r *httpapi.Readiness, m *metrics.Metrics) http.Handler {
		return httpapi.Probes(r, m.Handler())
	})
	if cfg.Node.Role.Serves() {
		handler = fx.Provide(func(d apiDeps) (http.Handler, error) { return newAPI(cfg, version, callers, d) })
	}
	return fx.Module("http", handler,
		fx.Supply(new(httpapi.Readiness)),
		fx.Provide(func(h http.Handler, r *httpapi.Readiness, sig *signals) *server {
			return &server{cfg: cfg.HTTP, ready: r, log: sig.log, failed: make(chan error, 1),
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

// nodeStatus is the status of the storage, which the use cases know, and that of the listener.
type nodeStatus struct {
	*status.Service
	*httpapi.Readiness
}

type apiDeps struct {
	fx.In
	Uses       *node.Node
	Ready      *httpapi.Readiness
	Foundation *foundation
	Sched      sched.Scheduler
	Log        *slog.Logger
	Metrics    *metrics.Metrics
}

// newBodies is the memory of the bodies of all requests.
func newBodies(cfg HTTP, s sched.Scheduler, m *metrics.Metrics) *intake.Budget {
	b := intake.New(intake.Config{Bytes: cfg.BodyMemory, Turns: runtime.GOMAXPROCS(0), Refused: m.Refused}, s)
	m.Bodies(b)
	return b
}

func newAPI(cfg Config, version string, callers authn.Authenticator, d apiDeps) (http.Handler, error) {
	api, err := httpapi.New(httpapi.Config{Version: version, Timeout: cfg.HTTP.Timeout,
		SourceTags: cfg.HTTP.SourceTags, LabelTags: cfg.HTTP.LabelTags,
		TenantRate: cfg.HTTP.TenantRate, TenantBurst: cfg.HTTP.TenantBurst},
		httpapi.Deps{Ingest: d.Uses.Ingest, Query: d.Uses.Query, Tasks: d.Uses.Work,
			Status: nodeStatus{d.Uses.Status, d.Ready}, Callers: callers,
			CursorKey: d.Foundation.cursorKey,
			Bodies:    newBodies(cfg.HTTP, d.Sched, d.Metrics),
			Oldest:    func(t telemetry.Tenant) int64 { return d.Uses.Horizons.Oldest(context.Background(), t) },
			Clock:     d.Uses.Clock.Now, Now: d.Sched.Now, NewID: goruntime.NewRequestID,
			Log: d.Log, Observe: d.Metrics.Finished, Metrics: d.Metrics.Handler()})
	if err != nil {
		return nil, err
	}
	return api.Handler(), nil
}

// server listens from start to stop.
type server struct {
	cfg    HTTP
	http   *http.Server
	ready  *httpapi.Readiness
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
	s.ready.Set(true)
	s.log.Info("listening", "address", l.Addr().String())
	return nil
}

// stop says that the node is not ready, waits for load balancers to see it, and finishes the requests there are.
func (s *server) stop(ctx context.Context) error {
	s.ready.Set(false)
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
