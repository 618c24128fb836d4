package metered

import (
	"context"
	"time"

	"tidemark/ports/queue"
)

// Queue counts what is sent to a queue and received from it.
func Queue(q queue.Queue, m Meter) queue.Queue { return countedQueue{q, &m} }

type countedQueue struct {
	queue.Queue
	m *Meter
}

func (q countedQueue) Send(ctx context.Context, body []byte, delay time.Duration) error {
	done := q.m.start("queue.send")
	err := q.Queue.Send(ctx, body, delay)
	done(err)
	return err
}

func (q countedQueue) Receive(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
	done := q.m.start("queue.receive")
	got, err := q.Queue.Receive(ctx, max, visibility)
	done(err)
	return got, err
}
