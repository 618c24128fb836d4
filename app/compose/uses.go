package compose

import (
	"context"
	"log/slog"
	"time"

	"go.uber.org/fx"

	"tidemark/adapters/goruntime"
	"tidemark/app/metrics"
	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/node"
	"tidemark/domain/readpath"
	"tidemark/domain/region"
	"tidemark/domain/status"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/cache"
	"tidemark/ports/sched"
)

// usesPart gives the use cases. A node that only serves sends hints and shows tasks; one that works runs the worker and
// the sweeper too. The writer stops first, by answering what it accepted and ending its streams.
func usesPart(cfg Config, version string) fx.Option {
	parts := []fx.Option{
		fx.Provide(func(f *foundation, c cache.Cache, s sched.Scheduler, m *metrics.Metrics,
			log *slog.Logger) *node.Node {
			p := node.Ports{Region: region.Name(f.place.Region), Requests: f.storage.front, Background: f.storage.back,
				Cache: c, Sched: s, Names: func() string { return goruntime.NewULID(s.Now()) }}
			if len(f.place.Retired) > 0 {
				p.Generation = f.place.Generation
			}
			uses := cfg.uses(version)
			if cfg.Storage.Azure() && !cfg.Storage.Paired() {
				uses.Reading.Alone = nobodyJoined(f.storage.front.Journal)
			}
			return node.New(uses, p, node.Observers{Ingest: m.Ingest(log), Work: m.Work(log),
				Reached: metrics.Reached(log)})
		}),
		fx.Invoke(func(m *metrics.Metrics, n *node.Node, s sched.Scheduler) {
			m.Tail(n.Tail)
			if n.Reach != nil {
				m.Journals(n, s.Now)
			}
		}),
	}
	if cfg.Node.Role.Works() {
		parts = append(parts, fx.Provide(newWorker), fx.Invoke(func(lc fx.Lifecycle, w *worker) {
			lc.Append(fx.Hook{OnStart: w.start, OnStop: stopHook("the worker", workerDeadline, w.stop).OnStop})
		}))
	}
	parts = append(parts, fx.Invoke(func(lc fx.Lifecycle, n *node.Node, s sched.Scheduler) {
		w := &watch{node: n, sched: s}
		lc.Append(fx.Hook{OnStart: w.start, OnStop: stopHook("the watch", watchDeadline, w.stop).OnStop})
		lc.Append(stopHook("the writer", writerDeadline, n.Ingest.Close))
	}))
	return fx.Module("uses", parts...)
}

// uses is the configuration of the use cases.
func (c Config) uses(version string) node.Config {
	return node.Config{Shards: c.Writing.Shards, Bound: c.Writing.Bound, Retention: c.Work.retention().For,
		DeadAfter: c.Work.DeadAfter, Worker: !c.Node.Role.Serves(), Journal: c.Writing.Journal,
		Ingest: ingest.Config{Flights: c.Writing.Flights, Linger: c.Writing.Linger, MaxInFlight: c.Writing.MaxInFlight,
			AppendTimeout: c.Storage.TryTimeout, BothWait: c.Storage.TryTimeout, Idle: c.Writing.Idle},
		Tail:       tail.Config{Parallel: c.Reading.Parallel, Keep: c.Reading.TailKeep},
		Reading:    readpath.Config{Parallel: c.Reading.Parallel, CacheFor: c.Reading.CacheFor, Region: c.Node.Region},
		Compaction: compaction.Config{Parallel: c.Work.Parallel, ChunkReadings: c.Work.ChunkReadings},
		Settling:   bounds.Settling{Margin: c.Work.Margin},
		Work: work.Config{Workers: c.Work.Workers, Poll: c.Work.Poll, SweepEvery: c.Work.Sweep,
			PurgeEvery: c.Work.Purge},
		Status: status.Config{Version: version, Region: region.Name(c.Node.Region)}}
}

// retention is how long readings are kept.
func (w Work) retention() bounds.Retention {
	r := bounds.Retention{General: time.Duration(w.Retention), Of: map[telemetry.Tenant]time.Duration{}}
	for tenant, age := range w.TenantRetention {
		r.Of[telemetry.Tenant(tenant)] = time.Duration(age)
	}
	return r
}

// watch keeps up what a node knows of its storage.
type watch struct {
	node   *node.Node
	sched  sched.Scheduler
	cancel context.CancelFunc
	over   sched.Event
}

// start begins with what the journals say of themselves, so that the node does not begin with refusals.
func (w *watch) start(ctx context.Context) error {
	if !w.node.Watches() {
		return nil
	}
	if w.node.Pairing != nil {
		first, done := w.sched.WithTimeout(ctx, bounds.AnswersWithin)
		_ = w.node.Pairing.Read(first)
		done()
	}
	ctx, w.cancel = w.sched.WithCancel(context.Background())
	w.over = w.sched.NewEvent()
	w.sched.Go("watch", func() {
		defer w.over.Set()
		w.node.Watch(ctx)
	})
	return nil
}

func (w *watch) stop(ctx context.Context) error {
	if w.over == nil {
		return nil
	}
	w.cancel()
	return w.over.Wait(ctx)
}
