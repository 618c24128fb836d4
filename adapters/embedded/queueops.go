package embedded

import (
	"bytes"
	"context"
	"time"

	bolt "go.etcd.io/bbolt"

	"tidemark/domain/fault"
	"tidemark/ports/queue"
)

// Send implements queue.Queue. A negative delay is fault.Invalid.
func (q line) Send(ctx context.Context, body []byte, delay time.Duration) error {
	const op = "queue.send"
	switch {
	case len(body) > queue.MaxBodyBytes:
		return fault.New(fault.TooLarge, op, "a message has at most %d bytes, this has %d", queue.MaxBodyBytes,
			len(body))
	case delay < 0:
		return fault.New(fault.Invalid, op, "a delay is not negative")
	}
	body = bytes.Clone(body)
	return q.write(ctx, op, len(body), func(t *txn) error {
		l, err := q.makeLane(t)
		if err != nil {
			return err
		}
		id, err := l.messages.NextSequence()
		if err != nil {
			return err
		}
		if err := l.put(t, message{id: id, inserted: t.now, visible: later(t.now, delay), body: body}); err != nil {
			return err
		}
		return l.setLength(l.length() + 1)
	})
}

func checkMax(op string, limit int) error {
	if limit < 1 || limit > queue.MaxReceive {
		return fault.New(fault.Invalid, op, "between 1 and %d messages at once, not %d", queue.MaxReceive, limit)
	}
	return nil
}

func checkVisibility(op string, d time.Duration) error {
	if d < time.Second {
		return fault.New(fault.Invalid, op, "a lease is a second at least, not %s", d)
	}
	return nil
}

// Receive implements queue.Queue.
func (q line) Receive(ctx context.Context, limit int, visibility time.Duration) ([]queue.Delivery, error) {
	const op = "queue.receive"
	if err := checkVisibility(op, visibility); err != nil {
		return nil, err
	}
	// Whoever polls an empty queue costs no transaction.
	if waiting, err := q.peek(ctx, op, limit); err != nil || len(waiting) == 0 {
		return nil, err
	}
	var out []queue.Delivery
	err := q.write(ctx, op, 0, func(t *txn) error {
		out = nil
		l := q.lane(t.Tx)
		found, err := l.due(t.now, limit)
		if err != nil {
			return fault.Wrap(fault.Corrupt, op, err)
		}
		for _, m := range found {
			m.count++
			if err := l.lease(t, &m, visibility); err != nil {
				return err
			}
			out = append(out, m.delivery())
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Extend implements queue.Queue. A lease that ended can be renewed as long as nobody else got the message.
func (q line) Extend(ctx context.Context, d queue.Delivery, visibility time.Duration) (queue.Delivery, error) {
	const op = "queue.extend"
	if err := checkVisibility(op, visibility); err != nil {
		return queue.Delivery{}, err
	}
	var out queue.Delivery
	err := q.write(ctx, op, 0, func(t *txn) error {
		l, m, err := q.held(t.Tx, op, d)
		if err != nil {
			return err
		}
		if err := l.lease(t, &m, visibility); err != nil {
			return err
		}
		out = m.delivery()
		return nil
	})
	if err != nil {
		return queue.Delivery{}, err
	}
	return out, nil
}

// Delete implements queue.Queue.
func (q line) Delete(ctx context.Context, d queue.Delivery) error {
	const op = "queue.delete"
	return q.write(ctx, op, 0, func(t *txn) error {
		l, m, err := q.held(t.Tx, op, d)
		if err != nil {
			return err
		}
		if err := l.remove(t, m); err != nil {
			return err
		}
		return l.setLength(l.length() - 1)
	})
}

// Peek implements queue.Queue.
func (q line) Peek(ctx context.Context, limit int) ([]queue.Message, error) {
	found, err := q.peek(ctx, "queue.peek", limit)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	out := make([]queue.Message, 0, len(found))
	for _, m := range found {
		out = append(out, m.public())
	}
	return out, nil
}

func (q line) peek(ctx context.Context, op string, limit int) (found []message, err error) {
	if err := checkMax(op, limit); err != nil {
		return nil, err
	}
	now, err := q.now(ctx, op, ownWork) // what is due is told, not the time
	if err != nil {
		return nil, err
	}
	err = q.view(ctx, op, func(tx *bolt.Tx) error {
		found, err = q.lane(tx).due(now, limit)
		return err
	})
	return found, err
}

// Length implements queue.Queue.
func (q line) Length(ctx context.Context) (n int, err error) {
	err = q.view(ctx, "queue.length", func(tx *bolt.Tx) error {
		if l := q.lane(tx); l != nil {
			n = int(l.length())
		}
		return nil
	})
	return n, err
}
