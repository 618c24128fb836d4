package compose

import (
	"log/slog"
	"time"

	"go.uber.org/fx"

	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/ingest"
	"tidemark/domain/node"
	"tidemark/domain/query"
	"tidemark/domain/region"
	"tidemark/domain/tail"
	"tidemark/domain/telemetry"
	"tidemark/domain/work"
	"tidemark/ports/cache"
	"tidemark/ports/sched"
)

// usesPart gives the use cases. A node that only serves sends hints and shows tasks; one that works runs the worker and
// the sweeper too. The writer stops first, by answering what it accepted and ending its streams.
func usesPart(cfg Config) fx.Option {
	parts := []fx.Option{
		fx.Provide(func(f *foundation, c cache.Cache, s sched.Scheduler, m *metrics, l *slog.Logger) *node.Node {
			return node.New(cfg.uses(), node.Ports{Region: region.Name(f.place.Region), Requests: f.storage.front,
				Background: f.storage.back, Cache: c, Sched: s, Names: func() string { return newULID(s.Now()) }},
				node.Observers{Ingest: m.ingest(l), Work: workLog(l, m)})
		}),
		fx.Invoke(func(m *metrics, n *node.Node) { m.tail(n.Tail) }),
	}
	if cfg.Node.Role.Works() {
		parts = append(parts, fx.Provide(newWorker), fx.Invoke(func(lc fx.Lifecycle, w *worker) {
			lc.Append(fx.Hook{OnStart: w.start, OnStop: stopHook("the worker", workerDeadline, w.stop).OnStop})
		}))
	}
	parts = append(parts, fx.Invoke(func(lc fx.Lifecycle, n *node.Node) {
		lc.Append(stopHook("the writer", writerDeadline, n.Ingest.Close))
	}))
	return fx.Module("uses", parts...)
}

// uses is the configuration of the use cases.
func (c Config) uses() node.Config {
	return node.Config{Shards: c.Writing.Shards, Bound: c.Writing.Bound, Retention: c.Work.retention,
		DeadAfter: c.Work.DeadAfter, Worker: !c.Node.Role.Serves(),
		Ingest: ingest.Config{Flights: c.Writing.Flights, Linger: c.Writing.Linger, MaxInFlight: c.Writing.MaxInFlight,
			AppendTimeout: c.Storage.TryTimeout, Idle: c.Writing.Idle},
		Tail:       tail.Config{Parallel: c.Reading.Parallel, Keep: c.Reading.TailKeep},
		Query:      query.Config{Parallel: c.Reading.Parallel, CacheFor: c.Reading.CacheFor, Region: c.Node.Region},
		Compaction: compaction.Config{Parallel: c.Work.Parallel, ChunkReadings: c.Work.ChunkReadings},
		Settling:   bounds.Settling{Margin: c.Work.Margin},
		Work: work.Config{Workers: c.Work.Workers, Poll: c.Work.Poll, SweepEvery: c.Work.Sweep,
			PurgeEvery: c.Work.Purge}}
}

// tail shows what is held of the journal.
func (m *metrics) tail(t *tail.Tail) {
	m.gauge("journal_blocks", "Blocks of the journal that are not settled yet, as far as this node follows it.",
		func() float64 { return float64(t.Held().Blocks) })
	m.gauge("journal_bytes", "Bytes of these blocks.", func() float64 { return float64(t.Held().Bytes) })
	m.gauge("journal_readings", "Readings in these blocks.", func() float64 { return float64(t.Held().Readings) })
}

// retention is how long a tenant's readings are kept, 0 for ever.
func (w Work) retention(t telemetry.Tenant) time.Duration {
	if age, ok := w.TenantRetention[string(t)]; ok {
		return time.Duration(age)
	}
	return time.Duration(w.Retention)
}
