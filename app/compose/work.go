package compose

import (
	"context"
	"log/slog"
	"time"

	"go.uber.org/fx"

	"tidemark/domain/bounds"
	"tidemark/domain/compaction"
	"tidemark/domain/sweep"
	"tidemark/domain/tail"
	"tidemark/domain/work"
	"tidemark/ports/queue"
	"tidemark/ports/sched"
)

// workPart gives the background. A node that only serves sends hints and shows tasks; one that works runs the worker
// and the sweeper too.
func workPart(cfg Config) fx.Option {
	parts := []fx.Option{fx.Provide(
		func(f *foundation, t *tail.Tail, s sched.Scheduler) *compaction.Service {
			back := f.storage.back
			return compaction.New(compaction.Config{Margin: cfg.Work.Margin, Parallel: cfg.Work.Parallel,
				Retention: cfg.Work.retention,
				Bound:     cfg.Writing.Bound, ChunkReadings: cfg.Work.ChunkReadings},
				compaction.Stores{Journal: back.Journal, Directory: back.Directory, Tail: t,
					AccountOf: accountOf(back)}, s)
		},
		func(f *foundation, c *compaction.Service, s sched.Scheduler, log *slog.Logger, m *metrics) *work.Service {
			ids := func() string { return newULID(s.Now()) }
			return work.New(work.Config{Workers: cfg.Work.Workers, Poll: cfg.Work.Poll, SweepEvery: cfg.Work.Sweep,
				PurgeEvery: cfg.Work.Purge},
				f.storage.back.Queue, f.storage.back.Poison, work.Uses{Compaction: c, Sweep: sweep.New(f.storage.back.Journal, f.storage.back.Directory, cfg.Work.DeadAfter), Directory: f.storage.back.Directory}, f.storage.back.Rows, s, ids, workLog(log, m))
		})}
	if cfg.Node.Role.Works() {
		parts = append(parts, fx.Provide(newWorker), fx.Invoke(func(lc fx.Lifecycle, w *worker) {
			lc.Append(fx.Hook{OnStart: w.start, OnStop: stopHook("the worker", workerDeadline, w.stop).OnStop})
		}))
	}
	return fx.Module("work", parts...)
}

// workLog counts and logs what goes wrong in the background.
func workLog(log *slog.Logger, m *metrics) work.Log {
	return func(what string, msg work.Message, err error) {
		kind := msg.Kind
		if kind == "" {
			kind = "none"
		}
		if err == nil { // trouble that is over
			log.Info(what, "work", kind)
			return
		}
		m.trouble.WithLabelValues(kind).Inc()
		log.Warn(what, "work", kind, "tenant", msg.Tenant, "shard", msg.Shard, "err", err)
	}
}

// worker runs the background of a node under a context of its own.
type worker struct {
	work    *work.Service
	back    Stores
	clock   *bounds.Clock
	sched   sched.Scheduler
	metrics *metrics

	cancel   context.CancelFunc
	done     []sched.Event
	prepared time.Time
}

func newWorker(w *work.Service, f *foundation, c *bounds.Clock, s sched.Scheduler, m *metrics) *worker {
	return &worker{work: w, back: f.storage.back, clock: c, sched: s, metrics: m}
}

func (w *worker) start(context.Context) error {
	ctx, cancel := w.sched.WithCancel(context.Background())
	w.cancel = cancel
	w.run("worker", func() { w.work.Run(ctx) })
	w.run("sweeper", func() { w.work.Sweep(ctx, w.prepare) })
	w.run("gauges", func() { w.gauge(ctx) })
	return nil
}

// prepareEvery is how often the tables of the weeks ahead are looked after; a sweep is far more frequent.
const prepareEvery = time.Hour

// prepare makes the tables ahead. The sweeper alone calls it.
func (w *worker) prepare(ctx context.Context) error {
	now := w.sched.Now()
	if !w.prepared.IsZero() && now.Sub(w.prepared) < prepareEvery {
		return nil
	}
	if err := prepareAhead(ctx, w.back, now); err != nil {
		return err
	}
	w.prepared = now
	return nil
}

func (w *worker) run(name string, f func()) {
	over := w.sched.NewEvent()
	w.done = append(w.done, over)
	w.sched.Go(name, func() {
		defer over.Set()
		f()
	})
}

// stop cancels and waits: what was under way comes back by itself, to this worker or another.
func (w *worker) stop(ctx context.Context) error {
	w.cancel()
	for _, over := range w.done {
		if err := over.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// gaugeEvery is how often the worker looks at what costs a call to look at.
const gaugeEvery = 15 * time.Second

func (w *worker) gauge(ctx context.Context) {
	queues := map[string]queue.Queue{"work": w.back.Queue, "poison": w.back.Poison}
	for ctx.Err() == nil {
		for name, q := range queues {
			if n, err := q.Length(ctx); err == nil {
				w.metrics.queued.WithLabelValues(name).Set(float64(n))
			}
		}
		age := -1.0
		if tide, err := w.back.Tide.Tidemark(ctx); err == nil && tide.Known() {
			age = max(0, w.clock.Now(ctx).Sub(tide.At).Seconds())
		}
		w.metrics.tideAge.Set(age)
		_ = w.sched.Sleep(ctx, gaugeEvery)
	}
}
