package compose

import (
	"context"
	"time"

	"tidemark/app/metrics"
	"tidemark/domain/bounds"
	"tidemark/domain/node"
	"tidemark/ports/sched"
)

// worker runs the background of a node under a context of its own.
type worker struct {
	uses    *node.Node
	storage *storage
	back    node.Stores
	sched   sched.Scheduler
	metrics *metrics.Metrics

	cancel context.CancelFunc
	done   []sched.Event
}

func newWorker(n *node.Node, f *foundation, s sched.Scheduler, m *metrics.Metrics) *worker {
	return &worker{uses: n, storage: f.storage, back: f.storage.back, sched: s, metrics: m}
}

func (w *worker) start(context.Context) error {
	ctx, cancel := w.sched.WithCancel(context.Background())
	w.cancel = cancel
	ahead := bounds.NewAhead(w.back.Directory, w.back.Rows, w.sched.Now)
	w.run("worker", func() {
		w.queues(ctx)
		w.uses.Work.Run(ctx)
	})
	w.run("sweeper", func() { w.uses.Work.Sweep(ctx, ahead.Prepare) })
	w.run("gauges", func() { w.metrics.Watch(ctx, w.back, w.uses.Clock, w.sched) })
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

// queues makes the queues of this region, if they are not there: of two regions init was run in one. A queue that does
// not answer is not waited for by anything else.
func (w *worker) queues(ctx context.Context) {
	for w.storage.prepare(ctx) != nil {
		if w.sched.Sleep(ctx, 5*time.Second) != nil {
			return
		}
	}
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
