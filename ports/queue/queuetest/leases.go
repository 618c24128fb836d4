package queuetest

import (
	"tidemark/domain/fault"
	"tidemark/ports/internal/proof"
	"tidemark/ports/queue"
)

func leaseHides(t T, f Fixture) {
	ctx := proof.Context(t)
	send(ctx, t, f.Queue, "a", "b")
	first, err := f.Queue.Receive(ctx, 1, long)
	proof.OK(t, err, "receive")
	if len(first) != 1 {
		t.Fatalf("received %d messages, asked for one", len(first))
	}
	if second := one(ctx, t, f.Queue, long); second.ID == first[0].ID {
		t.Errorf("a leased message was given again")
	}
	none(ctx, t, f.Queue)
}

func leaseEnds(t T, f Fixture) {
	ctx := proof.Context(t)
	send(ctx, t, f.Queue, "a")
	first := one(ctx, t, f.Queue, short)
	f.Pass(over)
	seen, err := f.Queue.Peek(ctx, 1)
	proof.OK(t, err, "peek")
	if len(seen) != 1 || seen[0].ID != first.ID || seen[0].DequeueCount != 1 {
		t.Errorf("after its lease peek sees %+v, want message %q, delivered once", seen, first.ID)
	}
	second := one(ctx, t, f.Queue, long)
	if second.ID != first.ID || string(second.Body) != "a" || second.DequeueCount != 2 ||
		!second.Inserted.Equal(first.Inserted) {
		t.Errorf("second delivery %+v of the first %+v", second, first)
	}
	if second.Receipt == first.Receipt {
		t.Errorf("two deliveries have one receipt")
	}
	gone(t, f, first) // somebody else has it
	none(ctx, t, f.Queue)
	proof.OK(t, f.Queue.Delete(ctx, second), "delete by who has it")
}

// gone fails the case unless a delivery's receipt is good for nothing any more.
func gone(t T, f Fixture, d queue.Delivery) {
	t.Helper()
	ctx := proof.Context(t)
	_, err := f.Queue.Extend(ctx, d, long)
	proof.Kind(t, err, "extend with a receipt that is no longer good", fault.NotFound)
	proof.Kind(t, f.Queue.Delete(ctx, d), "delete with a receipt that is no longer good", fault.NotFound)
}

func delayed(t T, f Fixture) {
	ctx := proof.Context(t)
	proof.OK(t, f.Queue.Send(ctx, []byte("later"), short), "send")
	none(ctx, t, f.Queue)
	f.Pass(over)
	if d := one(ctx, t, f.Queue, long); string(d.Body) != "later" || d.DequeueCount != 1 {
		t.Errorf("received %+v", d)
	}
}

func extend(t T, f Fixture) {
	ctx := proof.Context(t)
	send(ctx, t, f.Queue, "a")
	first := one(ctx, t, f.Queue, short)
	second, err := f.Queue.Extend(ctx, first, long)
	proof.OK(t, err, "extend")
	if second.ID != first.ID || string(second.Body) != "a" || second.DequeueCount != 1 ||
		!second.Inserted.Equal(first.Inserted) {
		t.Errorf("extended %+v, got %+v", first, second)
	}
	if second.Receipt == first.Receipt {
		t.Errorf("an extended delivery has its old receipt")
	}
	gone(t, f, first)
	f.Pass(over) // the first lease would have ended
	none(ctx, t, f.Queue)
	third, err := f.Queue.Extend(ctx, second, long)
	proof.OK(t, err, "extend again")
	gone(t, f, second)
	proof.OK(t, f.Queue.Delete(ctx, third), "delete with the newest receipt")
	gone(t, f, third)
}

func extendShortens(t T, f Fixture) {
	ctx := proof.Context(t)
	send(ctx, t, f.Queue, "a")
	d := one(ctx, t, f.Queue, long)
	_, err := f.Queue.Extend(ctx, d, short)
	proof.OK(t, err, "extend")
	none(ctx, t, f.Queue)
	f.Pass(over)
	if again := one(ctx, t, f.Queue, long); again.DequeueCount != 2 {
		t.Errorf("delivered %d times by its own account, want 2", again.DequeueCount)
	}
}

func deletes(t T, f Fixture) {
	ctx := proof.Context(t)
	send(ctx, t, f.Queue, "a", "b")
	both := receive(ctx, t, f.Queue, 2, short)
	proof.OK(t, f.Queue.Delete(ctx, both[0]), "delete")
	gone(t, f, both[0])
	f.Pass(over)
	if left := one(ctx, t, f.Queue, long); left.ID != both[1].ID {
		t.Errorf("message %q is left, want %q", left.ID, both[1].ID)
	}
}

func peek(t T, f Fixture) {
	ctx := proof.Context(t)
	send(ctx, t, f.Queue, "a")
	for range 3 {
		seen, err := f.Queue.Peek(ctx, queue.MaxReceive)
		proof.OK(t, err, "peek")
		if len(seen) != 1 || string(seen[0].Body) != "a" || seen[0].DequeueCount != 0 || seen[0].ID == "" ||
			seen[0].Inserted.IsZero() {
			t.Fatalf("peek sees %+v, want one message that was never delivered", seen)
		}
	}
	if d := one(ctx, t, f.Queue, long); d.DequeueCount != 1 {
		t.Errorf("peeking counted as %d deliveries", d.DequeueCount-1)
	}
}

func length(t T, f Fixture) {
	ctx := proof.Context(t)
	send(ctx, t, f.Queue, "1", "2", "3", "4", "5", "6")
	_, err := f.Queue.Receive(ctx, 3, long)
	proof.OK(t, err, "receive")
	proof.OK(t, f.Queue.Send(ctx, []byte("7"), long), "send a delayed one")
	proof.OK(t, f.Queue.Send(ctx, []byte("8"), long), "send a delayed one")
	n, err := f.Queue.Length(ctx)
	proof.OK(t, err, "length")
	if n < 6 || n > 10 { // about 8: without those that are hidden it would be 3
		t.Errorf("length is %d, want about 8", n)
	}
}
