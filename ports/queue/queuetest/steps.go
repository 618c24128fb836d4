package queuetest

import (
	"context"
	"time"

	"tidemark/ports/internal/proof"
	"tidemark/ports/queue"
)

// Leases of the cases: long is not meant to end during a case, short is meant to; after over it has.
const (
	long  = time.Hour
	short = 2 * time.Second
	over  = 3 * time.Second
)

// send sends bodies without delay.
func send(ctx context.Context, t T, q queue.Queue, bodies ...string) {
	t.Helper()
	for _, b := range bodies {
		proof.OK(t, q.Send(ctx, []byte(b), 0), "send")
	}
}

// receive leases exactly n messages.
func receive(ctx context.Context, t T, q queue.Queue, n int, visibility time.Duration) []queue.Delivery {
	t.Helper()
	var all []queue.Delivery
	for range n + 1 { // a service may give fewer than asked for, but not none
		got, err := q.Receive(ctx, min(n-len(all)+1, queue.MaxReceive), visibility)
		proof.OK(t, err, "receive")
		all = append(all, got...)
		if len(got) == 0 || len(all) > n {
			break
		}
	}
	if len(all) != n {
		t.Fatalf("received %d messages, want %d: %+v", len(all), n, all)
	}
	return all
}

// one is the only message there is to receive.
func one(ctx context.Context, t T, q queue.Queue, visibility time.Duration) queue.Delivery {
	t.Helper()
	return receive(ctx, t, q, 1, visibility)[0]
}

// none fails the case if a message is visible.
func none(ctx context.Context, t T, q queue.Queue) {
	t.Helper()
	seen, err := q.Peek(ctx, queue.MaxReceive)
	proof.OK(t, err, "peek")
	if len(seen) != 0 {
		t.Fatalf("peek sees %d messages, want none: %+v", len(seen), seen)
	}
	got, err := q.Receive(ctx, queue.MaxReceive, long)
	proof.OK(t, err, "receive")
	if len(got) != 0 {
		t.Fatalf("received %d messages, want none: %+v", len(got), got)
	}
}
