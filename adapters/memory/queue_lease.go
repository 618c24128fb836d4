package memory

import (
	"bytes"
	"slices"
	"strconv"
	"time"

	"tidemark/domain/fault"
	"tidemark/ports/queue"
)

// showing is up to max messages that are visible now, those that became so first in front. The caller holds mu.
func (q *Queue) showing(max int, now time.Time) []*message {
	var out []*message
	for _, m := range q.messages {
		if !m.visible.After(now) {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b *message) int { return a.visible.Compare(b.visible) })
	return out[:min(max, len(out))]
}

// lease hides a message until a time, under a new receipt. The caller holds mu.
func (q *Queue) lease(m *message, until time.Time) queue.Delivery {
	q.receipts++
	m.visible, m.receipt = until, "r"+strconv.FormatUint(q.receipts, 36)
	return queue.Delivery{Message: m.copy(), Receipt: m.receipt}
}

// held is the index of the message that a delivery still holds. The caller holds mu.
func (q *Queue) held(op string, d queue.Delivery) (int, error) {
	i := slices.IndexFunc(q.messages, func(m *message) bool { return m.ID == d.ID })
	if i < 0 || q.messages[i].receipt == "" || q.messages[i].receipt != d.Receipt {
		return 0, fault.New(fault.NotFound, op, "the message is gone, or somebody else has it")
	}
	return i, nil
}

func (m *message) copy() queue.Message {
	c := m.Message
	c.Body = bytes.Clone(c.Body)
	return c
}

func checkMax(op string, max int) error {
	if max < 1 || max > queue.MaxReceive {
		return fault.New(fault.Invalid, op, "1 to %d messages at a time, not %d", queue.MaxReceive, max)
	}
	return nil
}

func checkVisibility(op string, d, least time.Duration) error {
	if d < least || d > maxVisibility {
		return fault.New(fault.Invalid, op, "a lease lasts %s to %s, not %s", least, maxVisibility, d)
	}
	return nil
}
