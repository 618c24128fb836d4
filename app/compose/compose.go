package compose

import (
	"context"
	"errors"
	"io"

	"go.uber.org/fx"

	"tidemark/adapters/goruntime"
	"tidemark/ports/authn"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// parts lists the system. Parts stop in the opposite order: what is listed last stops first.
func parts(cfg Config, version string, callers authn.Authenticator, f *foundation, sig *signals,
	s sched.Scheduler) fx.Option {
	return fx.Options(
		logging(),
		fx.StopTimeout(stopDeadline(cfg.HTTP.Drain)),
		fx.Provide(func() sched.Scheduler { return s }),
		signalsPart(sig),
		foundationPart(f),
		cachePart(cfg.Cache),
		usesPart(cfg, version),
		httpPart(cfg, version, callers),
	)
}

// foundationPart closes the storage after everybody who uses it.
func foundationPart(f *foundation) fx.Option {
	return fx.Module("storage",
		fx.Supply(f),
		fx.Invoke(func(lc fx.Lifecycle) {
			lc.Append(stopHook("the storage", storeDeadline, func(context.Context) error { return f.storage.close() }))
		}))
}

// Node is one process of the service: the API, the worker, or both.
type Node struct {
	app        *fx.App
	server     *server
	foundation *foundation
	signals    *signals
	started    bool
}

// New opens the storage, initialises it if it is nobody else's, and puts a node together. A storage that several
// processes share has to have been initialised before. An address that cannot be listened on is told before anything
// is opened. Logs are written to logs. The caller stops the node, also if it never started it.
func New(ctx context.Context, cfg Config, version string, logs io.Writer) (*Node, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	callers, err := cfg.Tenants.callers()
	if err != nil {
		return nil, err
	}
	if err := cfg.HTTP.free(ctx); err != nil {
		return nil, err
	}
	sig, err := newSignals(ctx, cfg, version, logs)
	if err != nil {
		return nil, err
	}
	s := goruntime.New()
	f, err := lay(ctx, cfg, s, sig)
	if err != nil {
		return nil, err
	}
	if text := cfg.Storage.Warning(); text != "" {
		sig.log.Warn(text)
	}
	n := &Node{foundation: f, signals: sig}
	n.app = fx.New(parts(cfg, version, callers, f, sig, s), fx.Populate(&n.server))
	if err := n.app.Err(); err != nil {
		return nil, errors.Join(err, f.storage.close())
	}
	return n, nil
}

// Start starts every part. After an error the parts that had started are stopped again.
func (n *Node) Start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, n.app.StartTimeout())
	defer cancel()
	n.started = true
	return n.app.Start(ctx)
}

// Stop stops every part within its deadline, whatever became of the context with which the node was made.
func (n *Node) Stop() error {
	if !n.started {
		return n.foundation.storage.close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), n.app.StopTimeout())
	defer cancel()
	return n.app.Stop(ctx)
}

// URL is where the node listens, with the port that it was given. The node has to have started.
func (n *Node) URL() string { return "http://" + n.server.listener.Addr().String() }

// Place is the region and the generation of the node's journal.
func (n *Node) Place() journal.Place { return n.foundation.place }

// Failed gives the error if the node stops serving by itself.
func (n *Node) Failed() <-chan error { return n.server.failed }
