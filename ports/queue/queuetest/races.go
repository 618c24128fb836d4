package queuetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"tidemark/domain/fault"
	"tidemark/ports/internal/proof"
	"tidemark/ports/queue"
)

// crowd lets senders and receivers work side by side: every message is delivered, and during its lease only once.
func crowd(t T, f Fixture, slow bool) {
	ctx := proof.Context(t)
	const actors = 16
	each := 25
	if slow {
		each = 4
	}
	var mu sync.Mutex
	got := map[string]int{}
	var count atomic.Int64
	proof.Each(t, 2*actors, func(i int) error {
		if i < actors {
			for n := range each {
				if err := f.Queue.Send(ctx, fmt.Appendf(nil, "%d/%d", i, n), 0); err != nil {
					return err
				}
			}
			return nil
		}
		for count.Load() < int64(actors*each) {
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("%d of %d messages came: %w", count.Load(), actors*each, err)
			}
			ds, err := f.Queue.Receive(ctx, 5, long)
			if err != nil {
				return err
			}
			mu.Lock()
			for _, d := range ds {
				got[string(d.Body)]++
				if d.DequeueCount != 1 {
					err = fmt.Errorf("message %q was delivered %d times by its own account", d.Body, d.DequeueCount)
				}
			}
			mu.Unlock()
			count.Add(int64(len(ds)))
			if err := finish(ctx, f.Queue, ds, err); err != nil {
				return err
			}
		}
		return nil
	})
	for body, n := range got {
		if n != 1 {
			t.Errorf("message %q was delivered %d times", body, n)
		}
	}
	if len(got) != actors*each {
		t.Errorf("%d of %d messages were delivered", len(got), actors*each)
	}
}

// finish deletes deliveries, unless something went wrong before.
func finish(ctx context.Context, q queue.Queue, ds []queue.Delivery, err error) error {
	for _, d := range ds {
		if err == nil {
			err = q.Delete(ctx, d)
		}
	}
	return err
}

// receiptRace uses one receipt from many sides at once.
func receiptRace(t T, f Fixture) {
	ctx := proof.Context(t)
	for round := range 4 {
		send(ctx, t, f.Queue, "a")
		d := one(ctx, t, f.Queue, long)
		var extended, deleted atomic.Int32
		proof.Each(t, 8, func(i int) error {
			var err error
			won := &deleted
			if i%2 == 0 {
				won = &extended
				_, err = f.Queue.Extend(ctx, d, long)
			} else {
				err = f.Queue.Delete(ctx, d)
			}
			if err == nil {
				won.Add(1)
				return nil
			}
			if fault.Is(err, fault.NotFound) {
				return nil
			}
			return err
		})
		if e, n := extended.Load(), deleted.Load(); e+n != 1 {
			t.Errorf("round %d: one receipt was good for %d extensions and %d deletions", round, e, n)
		}
	}
}

func secondHandle(t T, f Fixture) {
	ctx := proof.Context(t)
	if f.Second == nil {
		t.Fatalf("the harness declares a second handle and gives none")
	}
	send(ctx, t, f.Queue, "a")
	d := one(ctx, t, f.Second, long)
	none(ctx, t, f.Queue)
	extended, err := f.Queue.Extend(ctx, d, long)
	proof.OK(t, err, "extend by the other handle")
	proof.Kind(t, f.Second.Delete(ctx, d), "delete with the old receipt", fault.NotFound)
	proof.OK(t, f.Second.Delete(ctx, extended), "delete")
	none(ctx, t, f.Queue)
}
