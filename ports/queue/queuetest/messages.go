package queuetest

import (
	"bytes"
	"fmt"

	"tidemark/domain/fault"
	"tidemark/ports/internal/proof"
	"tidemark/ports/queue"
)

func empty(t T, f Fixture) {
	ctx := proof.Context(t)
	none(ctx, t, f.Queue)
	n, err := f.Queue.Length(ctx)
	proof.OK(t, err, "length")
	if n != 0 {
		t.Errorf("an empty queue has length %d", n)
	}
}

func roundTrip(t T, f Fixture) {
	ctx := proof.Context(t)
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, body := range [][]byte{every, []byte("x"), []byte(`{"task":"<&>\u0000"}`), []byte("  spaces \n"), {0},
		{0xff, 0xfe}} {
		var before int64
		if f.Now != nil {
			before = f.Now().Truncate(f.Resolution).UnixNano()
		}
		proof.OK(t, f.Queue.Send(ctx, body, 0), "send")
		d := one(ctx, t, f.Queue, long)
		if !bytes.Equal(d.Body, body) {
			t.Errorf("received %q, sent %q", d.Body, body)
		}
		if d.ID == "" || d.Receipt == "" || d.DequeueCount != 1 || d.Inserted.IsZero() {
			t.Errorf("received %+v", d)
		}
		if f.Now != nil && (d.Inserted.UnixNano() < before || d.Inserted.After(f.Now())) {
			t.Errorf("inserted at %v, the storage's clock says %v", d.Inserted, f.Now())
		}
	}
}

func repetition(t T, f Fixture) {
	ctx := proof.Context(t)
	send(ctx, t, f.Queue, "same", "same", "same")
	ids := map[string]bool{}
	for _, d := range receive(ctx, t, f.Queue, 3, long) {
		ids[d.ID] = true
	}
	if len(ids) != 3 {
		t.Errorf("three messages have %d identities", len(ids))
	}
}

func aliasing(t T, f Fixture) {
	ctx := proof.Context(t)
	given := []byte("given")
	proof.OK(t, f.Queue.Send(ctx, given, 0), "send")
	given[0] = 'X'
	seen, err := f.Queue.Peek(ctx, 1)
	proof.OK(t, err, "peek")
	if len(seen) != 1 || string(seen[0].Body) != "given" {
		t.Fatalf("peek sees %+v", seen)
	}
	seen[0].Body[0] = 'Y'
	d := one(ctx, t, f.Queue, short)
	if string(d.Body) != "given" {
		t.Fatalf("received %q, sent %q", d.Body, "given")
	}
	d.Body[0] = 'Z'
	f.Pass(over)
	if d := one(ctx, t, f.Queue, long); string(d.Body) != "given" {
		t.Errorf("received %q the second time", d.Body)
	}
}

func bounds(t T, f Fixture) {
	ctx := proof.Context(t)
	body := bytes.Repeat([]byte{0xff}, queue.MaxBodyBytes+1)
	proof.Kind(t, f.Queue.Send(ctx, body, 0), "one byte too many", fault.TooLarge)
	none(ctx, t, f.Queue)
	for _, max := range []int{0, -1, queue.MaxReceive + 1} {
		_, err := f.Queue.Receive(ctx, max, long)
		proof.Kind(t, err, fmt.Sprintf("receive %d", max), fault.Invalid)
		_, err = f.Queue.Peek(ctx, max)
		proof.Kind(t, err, fmt.Sprintf("peek %d", max), fault.Invalid)
	}
	proof.OK(t, f.Queue.Send(ctx, body[1:], 0), "as many bytes as allowed")
	if d := one(ctx, t, f.Queue, long); !bytes.Equal(d.Body, body[1:]) {
		t.Errorf("the longest body came back with %d bytes, or others", len(d.Body))
	}
}

func maximum(t T, f Fixture) {
	ctx := proof.Context(t)
	const total = queue.MaxReceive + 8
	for i := range total {
		send(ctx, t, f.Queue, fmt.Sprint(i))
	}
	seen, err := f.Queue.Peek(ctx, queue.MaxReceive)
	proof.OK(t, err, "peek")
	if len(seen) == 0 || len(seen) > queue.MaxReceive {
		t.Errorf("peek sees %d", len(seen))
	}
	got := map[string]bool{}
	for max := 1; len(got) < total; max = min(2*max, queue.MaxReceive) {
		batch, err := f.Queue.Receive(ctx, max, long)
		proof.OK(t, err, "receive")
		if len(batch) == 0 || len(batch) > max {
			t.Fatalf("asked for %d, received %d, %d of %d came before", max, len(batch), len(got), total)
		}
		for _, d := range batch {
			if got[string(d.Body)] {
				t.Fatalf("message %q came twice during its lease", d.Body)
			}
			got[string(d.Body)] = true
		}
	}
	none(ctx, t, f.Queue)
}

func canceled(t T, f Fixture) {
	ctx := proof.Context(t)
	ended := proof.Ended()
	q := f.Queue
	send(ctx, t, q, "a")
	d := one(ctx, t, q, long)
	proof.Kind(t, q.Send(ended, []byte("b"), 0), "send", fault.Canceled)
	_, err := q.Peek(ended, 1)
	proof.Kind(t, err, "peek", fault.Canceled)
	_, err = q.Length(ended)
	proof.Kind(t, err, "length", fault.Canceled)
	_, err = q.Receive(ended, 1, short)
	proof.Kind(t, err, "receive", fault.Canceled)
	_, err = q.Extend(ended, d, short)
	proof.Kind(t, err, "extend", fault.Canceled)
	proof.Kind(t, q.Delete(ended, d), "delete", fault.Canceled)
}
