package queuetest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/ports/internal/proof"
	"tidemark/ports/queue"
)

// broken is a queue with one bug. Nil hooks leave the memory twin as it is.
type broken struct {
	*memory.Queue
	mu      sync.Mutex
	send    func(ctx context.Context, body []byte, delay time.Duration) error
	receive func(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error)
	extend  func(ctx context.Context, d queue.Delivery, visibility time.Duration) (queue.Delivery, error)
	delete  func(ctx context.Context, d queue.Delivery) error
	peek    func(ctx context.Context, max int) ([]queue.Message, error)
	length  func(ctx context.Context) (int, error)
}

func (b *broken) Send(ctx context.Context, body []byte, delay time.Duration) error {
	if b.send != nil {
		return b.send(ctx, body, delay)
	}
	return b.Queue.Send(ctx, body, delay)
}

func (b *broken) Receive(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
	if b.receive != nil {
		return b.receive(ctx, max, visibility)
	}
	return b.Queue.Receive(ctx, max, visibility)
}

func (b *broken) Extend(ctx context.Context, d queue.Delivery, visibility time.Duration) (queue.Delivery, error) {
	if b.extend != nil {
		return b.extend(ctx, d, visibility)
	}
	return b.Queue.Extend(ctx, d, visibility)
}

func (b *broken) Delete(ctx context.Context, d queue.Delivery) error {
	if b.delete != nil {
		return b.delete(ctx, d)
	}
	return b.Queue.Delete(ctx, d)
}

func (b *broken) Peek(ctx context.Context, max int) ([]queue.Message, error) {
	if b.peek != nil {
		return b.peek(ctx, max)
	}
	return b.Queue.Peek(ctx, max)
}

func (b *broken) Length(ctx context.Context) (int, error) {
	if b.length != nil {
		return b.length(ctx)
	}
	return b.Queue.Length(ctx)
}

// receipts rewrites what is shown of a receipt, and reads the twin's own receipt back where one is used.
func (b *broken) receipts(seen func(d queue.Delivery) string) {
	newest := map[string]string{} // by what is shown
	show := func(d queue.Delivery) queue.Delivery {
		b.mu.Lock()
		defer b.mu.Unlock()
		shown := seen(d)
		newest[shown] = d.Receipt
		d.Receipt = shown
		return d
	}
	real := func(d queue.Delivery) queue.Delivery {
		b.mu.Lock()
		defer b.mu.Unlock()
		d.Receipt = newest[d.Receipt]
		return d
	}
	b.receive = func(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
		ds, err := b.Queue.Receive(ctx, max, visibility)
		for i := range ds {
			ds[i] = show(ds[i])
		}
		return ds, err
	}
	b.extend = func(ctx context.Context, d queue.Delivery, visibility time.Duration) (queue.Delivery, error) {
		d, err := b.Queue.Extend(ctx, real(d), visibility)
		return show(d), err
	}
	b.delete = func(ctx context.Context, d queue.Delivery) error { return b.Queue.Delete(ctx, real(d)) }
}

// bugs is every broken twin and the cases that have to notice it, among others perhaps.
var bugs = map[string]struct {
	plant  func(b *broken)
	caught []string
}{
	"DequeueCount is forgotten": {func(b *broken) {
		b.receive = func(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
			ds, err := b.Queue.Receive(ctx, max, visibility)
			for i := range ds {
				ds[i].DequeueCount = 1
			}
			return ds, err
		}
	}, []string{"a lease ends", "model"}},
	"a receipt is good after somebody else has the message": {func(b *broken) {
		b.receipts(func(d queue.Delivery) string { return d.ID })
	}, []string{"a lease ends", "extend renews the lease and the receipt", "model"}},
	"a receipt is good for ever, and new": {func(b *broken) {
		newest := map[string]queue.Delivery{}
		b.receive = func(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
			ds, err := b.Queue.Receive(ctx, max, visibility)
			b.mu.Lock()
			defer b.mu.Unlock()
			for _, d := range ds {
				newest[d.ID] = d
			}
			return ds, err
		}
		b.delete = func(ctx context.Context, d queue.Delivery) error {
			b.mu.Lock()
			d = newest[d.ID]
			b.mu.Unlock()
			return b.Queue.Delete(ctx, d)
		}
	}, []string{"a lease ends", "model"}},
	"a lease hides nothing": {func(b *broken) {
		b.receive = func(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
			ds, err := b.Queue.Receive(ctx, max, visibility)
			for i := range ds {
				ds[i], _ = b.Queue.Extend(ctx, ds[i], 0)
			}
			return ds, err
		}
	}, []string{"a lease hides", "model"}}, // many receivers notice it where two come at once: by luck
	"a lease lasts for ever": {func(b *broken) {
		b.receive = func(ctx context.Context, max int, _ time.Duration) ([]queue.Delivery, error) {
			return b.Queue.Receive(ctx, max, 24*time.Hour)
		}
	}, []string{"a lease ends", "model"}},
	"extend does not extend": {func(b *broken) {
		b.extend = func(_ context.Context, d queue.Delivery, _ time.Duration) (queue.Delivery, error) { return d, nil }
	}, []string{"extend renews the lease and the receipt", "extend counts from now", "a receipt is good once",
		"model"}},
	"extend counts as a delivery": {func(b *broken) {
		b.extend = func(ctx context.Context, d queue.Delivery, visibility time.Duration) (queue.Delivery, error) {
			d, err := b.Queue.Extend(ctx, d, visibility)
			d.DequeueCount++
			return d, err
		}
	}, []string{"extend renews the lease and the receipt"}},
	"delete ignores that the message is gone": {func(b *broken) {
		b.delete = func(ctx context.Context, d queue.Delivery) error {
			if err := b.Queue.Delete(ctx, d); !fault.Is(err, fault.NotFound) {
				return err
			}
			return nil
		}
	}, []string{"delete", "a receipt is good once", "model"}},
	"delete only hides": {func(b *broken) {
		b.delete = func(ctx context.Context, d queue.Delivery) error {
			_, err := b.Queue.Extend(ctx, d, time.Second)
			return err
		}
	}, []string{"delete", "model"}},
	"peek leases": {func(b *broken) {
		b.peek = func(ctx context.Context, max int) ([]queue.Message, error) {
			ds, err := b.Queue.Receive(ctx, max, long)
			out := make([]queue.Message, len(ds))
			for i := range ds {
				out[i] = ds[i].Message
			}
			return out, err
		}
	}, []string{"peek leases nothing", "model"}},
	"the delay is ignored": {func(b *broken) {
		b.send = func(ctx context.Context, body []byte, _ time.Duration) error { return b.Queue.Send(ctx, body, 0) }
	}, []string{"a delayed message", "model"}},
	"equal bodies are one message": {func(b *broken) {
		seen := map[string]bool{}
		b.send = func(ctx context.Context, body []byte, delay time.Duration) error {
			b.mu.Lock()
			again := seen[string(body)]
			seen[string(body)] = true
			b.mu.Unlock()
			if again {
				return nil
			}
			return b.Queue.Send(ctx, body, delay)
		}
	}, []string{"the same body twice is two messages"}},
	"bodies are text": {func(b *broken) {
		b.send = func(ctx context.Context, body []byte, delay time.Duration) error {
			return b.Queue.Send(ctx, []byte(string([]rune(string(body)))), delay)
		}
	}, []string{"a message comes back as it was sent"}},
	"a body is somebody else's too": {func(b *broken) {
		kept := map[string][]byte{}
		b.receive = func(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
			ds, err := b.Queue.Receive(ctx, max, visibility)
			b.mu.Lock()
			defer b.mu.Unlock()
			for i, d := range ds {
				if kept[d.ID] == nil {
					kept[d.ID] = d.Body
				}
				ds[i].Body = kept[d.ID]
			}
			return ds, err
		}
	}, []string{"bodies are nobody's but the receiver's"}},
	"bounds are not checked": {func(b *broken) {
		b.receive = func(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
			return b.Queue.Receive(ctx, min(queue.MaxReceive, max), visibility)
		}
	}, []string{"bounds"}},
	"one message too many": {func(b *broken) {
		b.receive = func(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
			if max < 1 || max >= queue.MaxReceive {
				return b.Queue.Receive(ctx, max, visibility)
			}
			return b.Queue.Receive(ctx, max+1, visibility)
		}
	}, []string{"as many as asked for", "a lease hides", "model"}},
	"length leaves out the hidden": {func(b *broken) {
		b.length = func(ctx context.Context) (int, error) {
			seen, err := b.Queue.Peek(ctx, queue.MaxReceive)
			return len(seen), err
		}
	}, []string{"length counts the hidden too"}},
	"a lost answer is tried again by itself": {func(b *broken) {
		b.send = func(ctx context.Context, body []byte, delay time.Duration) error {
			err := b.Queue.Send(ctx, body, delay)
			if fault.Is(err, fault.Indeterminate) {
				return b.Queue.Send(ctx, body, delay)
			}
			return err
		}
	}, []string{"faults of send"}},
	"a failed receive is an empty queue": {func(b *broken) {
		b.receive = func(ctx context.Context, max int, visibility time.Duration) ([]queue.Delivery, error) {
			ds, err := b.Queue.Receive(ctx, max, visibility)
			if fault.Is(err, fault.Unavailable) {
				return nil, nil
			}
			return ds, err
		}
	}, []string{"faults of receive"}},
}

func twin(plant func(*broken)) func(T) Fixture {
	return func(T) Fixture {
		s := goruntime.New()
		b := &broken{Queue: memory.NewQueue(s)}
		var mu sync.Mutex
		armed := memory.FaultNone
		b.SetFault(func(string) memory.Fault {
			mu.Lock()
			defer mu.Unlock()
			f := armed
			armed = memory.FaultNone
			return f
		})
		plant(b)
		var skew time.Duration
		return Fixture{
			Queue: b, Second: b,
			Pass: func(d time.Duration) { skew += d; b.SetSkew(skew) },
			Now:  func() time.Time { return s.Now().Add(skew) },
			Arm: func(f Fault) {
				mu.Lock()
				defer mu.Unlock()
				armed = map[Fault]memory.Fault{Failed: memory.FaultFail, Applied: memory.FaultApplied,
					Lost: memory.FaultLost}[f]
			},
		}
	}
}

func TestTheProofCatchesBrokenTwins(t *testing.T) {
	proof.Quiet(t)
	for _, name := range slices.Sorted(maps.Keys(bugs)) {
		t.Run(name, func(t *testing.T) {
			h := Harness{Faults: true, Second: true, New: twin(bugs[name].plant)}
			for _, by := range bugs[name].caught {
				if !proof.Caught(t, cases(h), by, h.traits(), h.New) {
					t.Errorf("not noticed by %q", by)
				}
			}
		})
	}
}

func TestTheProofIsQuietOnASoundTwin(t *testing.T) {
	h := Harness{Faults: true, Second: true, New: twin(func(*broken) {})}
	if alarms := proof.Alarms(cases(h), h.traits(), h.New); len(alarms) != 0 {
		t.Errorf("false alarms: %q", alarms)
	}
}
