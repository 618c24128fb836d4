package memory

import (
	"bytes"
	"context"
	"slices"
	"strconv"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/queue"
	"tidemark/ports/sched"
)

// The bounds of a lease, as Queue Storage has them.
const (
	minVisibility = time.Second
	maxVisibility = 7 * 24 * time.Hour
)

// Queue is the memory twin of one queue. Messages that became visible first are given first, although the port
// promises no order. It is safe for concurrent use.
type Queue struct {
	storage
	messages []*message // in the order they were sent
	ids      uint64
	receipts uint64
}

var _ queue.Queue = (*Queue)(nil)

type message struct {
	queue.Message
	visible time.Time
	receipt string // of the last lease; "" before the first
}

// NewQueue makes an empty queue.
func NewQueue(s sched.Scheduler) *Queue { return &Queue{storage: storage{sched: s}} }

// Send implements queue.Queue.
func (q *Queue) Send(ctx context.Context, body []byte, delay time.Duration) error {
	const op = "queue.send"
	if len(body) > queue.MaxBodyBytes {
		return fault.New(fault.TooLarge, op, "a message has at most %d bytes, this has %d", queue.MaxBodyBytes,
			len(body))
	}
	if delay < 0 || delay > maxVisibility {
		return fault.New(fault.Invalid, op, "a message is delayed by 0 to %s", maxVisibility)
	}
	return q.write(ctx, op, func() error {
		q.ids++
		now := q.now()
		q.messages = append(q.messages, &message{
			Message: queue.Message{ID: "m" + strconv.FormatUint(q.ids, 36), Body: bytes.Clone(body), Inserted: now},
			visible: now.Add(delay),
		})
		return nil
	})
}

// Receive implements queue.Queue. A lost answer leaves the messages leased to nobody until the lease ends.
func (q *Queue) Receive(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
	const op = "queue.receive"
	if err := checkMax(op, max); err != nil {
		return nil, err
	}
	if err := checkVisibility(op, visibility, minVisibility); err != nil {
		return nil, err
	}
	var out []queue.Delivery
	err := q.write(ctx, op, func() error {
		now := q.now()
		for _, m := range q.showing(max, now) {
			m.DequeueCount++
			out = append(out, q.lease(m, now.Add(visibility)))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Extend implements queue.Queue. A visibility of zero gives the message back at once.
func (q *Queue) Extend(ctx context.Context, d queue.Delivery, visibility time.Duration) (queue.Delivery, error) {
	const op = "queue.extend"
	if err := checkVisibility(op, visibility, 0); err != nil {
		return queue.Delivery{}, err
	}
	var out queue.Delivery
	err := q.write(ctx, op, func() error {
		i, err := q.held(op, d)
		if err != nil {
			return err
		}
		out = q.lease(q.messages[i], q.now().Add(visibility))
		return nil
	})
	if err != nil {
		return queue.Delivery{}, err
	}
	return out, nil
}

// Delete implements queue.Queue. As on the service, the receipt of a lease that ended still deletes if nobody took
// the message since.
func (q *Queue) Delete(ctx context.Context, d queue.Delivery) error {
	const op = "queue.delete"
	return q.write(ctx, op, func() error {
		i, err := q.held(op, d)
		if err != nil {
			return err
		}
		q.messages = slices.Delete(q.messages, i, i+1)
		return nil
	})
}

// Peek implements queue.Queue.
func (q *Queue) Peek(ctx context.Context, max int) ([]queue.Message, error) {
	const op = "queue.peek"
	if err := checkMax(op, max); err != nil {
		return nil, err
	}
	var out []queue.Message
	err := q.read(ctx, op, func() error {
		for _, m := range q.showing(max, q.now()) {
			out = append(out, m.copy())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Length implements queue.Queue; here it is exact.
func (q *Queue) Length(ctx context.Context) (int, error) {
	var n int
	if err := q.read(ctx, "queue.length", func() error { n = len(q.messages); return nil }); err != nil {
		return 0, err
	}
	return n, nil
}
