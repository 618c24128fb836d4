package compose

import (
	"context"
	"log/slog"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/node"
	"tidemark/domain/work"
	"tidemark/ports/queue"
	"tidemark/ports/sched"
)

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
	back    node.Stores
	clock   *bounds.Clock
	sched   sched.Scheduler
	metrics *metrics

	cancel   context.CancelFunc
	done     []sched.Event
	prepared time.Time
}

func newWorker(n *node.Node, f *foundation, s sched.Scheduler, m *metrics) *worker {
	return &worker{work: n.Work, back: f.storage.back, clock: n.Clock, sched: s, metrics: m}
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
		if tide, err := w.back.Rows.Tidemark(ctx); err == nil && tide.Known() {
			age = max(0, w.clock.Now(ctx).Sub(tide.At).Seconds())
		}
		w.metrics.tideAge.Set(age)
		_ = w.sched.Sleep(ctx, gaugeEvery)
	}
}
