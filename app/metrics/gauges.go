package metrics

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/intake"
	"tidemark/domain/node"
	"tidemark/domain/tail"
	"tidemark/ports/queue"
	"tidemark/ports/sched"
)

// Bodies shows what bodies of requests hold.
func (m *Metrics) Bodies(b *intake.Budget) {
	m.gauge("body_bytes", "Memory that bodies of requests hold, or have been promised, before and after decompression.",
		func() float64 { return float64(b.Held()) })
}

// Tail shows what is held of the journal.
func (m *Metrics) Tail(t *tail.Tail) {
	m.gauge("journal_blocks", "Blocks of the journal that are not settled yet, as far as this node follows it.",
		func() float64 { return float64(t.Held().Blocks) })
	m.gauge("journal_bytes", "Bytes of these blocks.", func() float64 { return float64(t.Held().Bytes) })
	m.gauge("journal_readings", "Readings in these blocks.", func() float64 { return float64(t.Held().Readings) })
}

// Journals shows what a node with two journals knows of them. now is the node's clock.
func (m *Metrics) Journals(n *node.Node, now func() time.Time) { m.journals.of.Store(&pairOf{n, now}) }

// lookEvery is how often Watch looks.
const lookEvery = 15 * time.Second

// Watch looks, until the context ends, at what costs a call to look at: the queues and the tidemark. One that does not
// answer keeps the length that it had.
func (m *Metrics) Watch(ctx context.Context, st node.Stores, clock *bounds.Clock, s sched.Scheduler) {
	queues := map[string]queue.Queue{"work": st.Queue, "poison": st.Poison}
	for ctx.Err() == nil {
		for name, q := range queues {
			if n, err := q.Length(ctx); err == nil {
				m.queued.WithLabelValues(name).Set(float64(n))
			}
		}
		age := -1.0
		if tide, err := st.Rows.Tidemark(ctx); err == nil && tide.Known() {
			age = max(0, clock.Now(ctx).Sub(tide.At).Seconds())
		}
		m.tideAge.Set(age)
		_ = s.Sleep(ctx, lookEvery)
	}
}
