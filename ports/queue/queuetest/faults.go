package queuetest

import (
	"fmt"

	"tidemark/domain/fault"
	"tidemark/ports/internal/proof"
)

func sendFaults(t T, f Fixture) {
	ctx := proof.Context(t)
	for _, struck := range proof.AllFaults {
		f.Arm(struck)
		proof.Kind(t, f.Queue.Send(ctx, []byte("a"), 0), fmt.Sprintf("send, %v", struck), struck.Kind())
		if struck == Applied {
			one(ctx, t, f.Queue, long)
		} else {
			none(ctx, t, f.Queue)
		}
		send(ctx, t, f.Queue, "again") // the fault is over
		one(ctx, t, f.Queue, long)
	}
}

func receiveFaults(t T, f Fixture) {
	ctx := proof.Context(t)
	for _, struck := range proof.AllFaults {
		send(ctx, t, f.Queue, "a")
		f.Arm(struck)
		ds, err := f.Queue.Receive(ctx, 1, short)
		// A lease whose answer is lost ends by itself: whether it happened is nothing the caller has to know.
		proof.Kind(t, err, fmt.Sprintf("receive, %v", struck), fault.Unavailable, fault.Indeterminate)
		if len(ds) != 0 {
			t.Errorf("receive, %v: %d messages beside the error", struck, len(ds))
		}
		count := 1
		if struck == Applied {
			count = 2
			none(ctx, t, f.Queue)
			f.Pass(over)
		}
		d := one(ctx, t, f.Queue, long)
		if d.DequeueCount != count {
			t.Errorf("receive, %v: then delivered as number %d, want %d", struck, d.DequeueCount, count)
		}
	}
}

func extendFaults(t T, f Fixture) {
	ctx := proof.Context(t)
	for _, struck := range proof.AllFaults {
		send(ctx, t, f.Queue, "a")
		d := one(ctx, t, f.Queue, long)
		f.Arm(struck)
		_, err := f.Queue.Extend(ctx, d, short)
		proof.Kind(t, err, fmt.Sprintf("extend, %v", struck), struck.Kind())
		if struck != Applied {
			_, err := f.Queue.Extend(ctx, d, long)
			proof.OK(t, err, "extend again")
			continue
		}
		gone(t, f, d)
		f.Pass(over)
		one(ctx, t, f.Queue, long)
	}
}

func deleteFaults(t T, f Fixture) {
	ctx := proof.Context(t)
	for _, struck := range proof.AllFaults {
		send(ctx, t, f.Queue, "a")
		d := one(ctx, t, f.Queue, long)
		f.Arm(struck)
		proof.Kind(t, f.Queue.Delete(ctx, d), fmt.Sprintf("delete, %v", struck), struck.Kind())
		if struck != Applied {
			proof.OK(t, f.Queue.Delete(ctx, d), "delete again")
		}
		gone(t, f, d)
	}
}

func readFaults(t T, f Fixture) {
	ctx := proof.Context(t)
	send(ctx, t, f.Queue, "a")
	for _, struck := range proof.AllFaults {
		f.Arm(struck)
		_, err := f.Queue.Peek(ctx, 1)
		proof.Kind(t, err, fmt.Sprintf("peek, %v", struck), fault.Unavailable, fault.Indeterminate)
		f.Arm(struck)
		_, err = f.Queue.Length(ctx)
		proof.Kind(t, err, fmt.Sprintf("length, %v", struck), fault.Unavailable, fault.Indeterminate)
		if seen, err := f.Queue.Peek(ctx, 1); err != nil || len(seen) != 1 {
			t.Errorf("peek after the fault: %+v, %v", seen, err)
		}
	}
}
