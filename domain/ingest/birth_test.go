package ingest_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
)

// distant is a journal that is far away: what it does takes as many calls as in tables, of some time each.
type distant struct {
	*memory.Journal
	h    *house
	call time.Duration
}

func (d distant) calls(ctx context.Context, n int) error {
	for range n {
		if err := d.h.sched.Sleep(ctx, d.call); err != nil {
			return fault.Wrap(fault.Indeterminate, "distant", err)
		}
	}
	return nil
}

func (d distant) Prepare(ctx context.Context, day telemetry.Day) error {
	if err := d.calls(ctx, 4); err != nil {
		return err
	}
	return d.Journal.Prepare(ctx, day)
}

func (d distant) Register(ctx context.Context, s telemetry.Shard, day telemetry.Day) error {
	if err := d.calls(ctx, 3); err != nil {
		return err
	}
	return d.Journal.Register(ctx, s, day)
}

func (d distant) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	if err := d.calls(ctx, 1); err != nil {
		return journal.Stored{}, err
	}
	return d.Journal.Append(ctx, a)
}

func (d distant) Now(ctx context.Context) (time.Time, error) {
	if err := d.calls(ctx, 1); err != nil {
		return time.Time{}, err
	}
	return d.Journal.Now(ctx)
}

// TestStreamsAreBornOnADistantJournal writes where each call takes 300 ms: the first stream is born within its five
// seconds, one of another shard finds the day prepared, and one of a shard that was registered needs its append
// alone.
func TestStreamsAreBornOnADistantJournal(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		far := distant{h.j, h, 300 * time.Millisecond}
		svc := ingest.New(ingest.Config{Idle: 10 * time.Second},
			ingest.One("east", far, far), h.sched,
			h.writer, nil, ingest.Observer{})
		took := func(tenant telemetry.Tenant) time.Duration {
			began := h.sched.Now()
			if _, err := svc.Write(ctx, tenant, batch(1), ingest.Options{}); err != nil {
				t.Fatalf("the first write of %s, after %v: %v", tenant, h.sched.Now().Sub(began), err)
			}
			return h.sched.Now().Sub(began)
		}
		if d := took("a"); d > 5*time.Second {
			t.Errorf("the first stream took %v", d)
		}
		if n := h.calls["journal.append"]; n != 1 {
			t.Errorf("%d appends", n)
		}
		if d := took("b"); d > 4*far.call+100*time.Millisecond {
			t.Errorf("a stream of another shard took %v, four calls are %v", d, 4*far.call)
		}
		_ = h.sched.Sleep(ctx, time.Minute) // the streams are ended
		if d := took("a"); d > far.call+100*time.Millisecond {
			t.Errorf("the next stream of the shard took %v, a call %v", d, far.call)
		}
	})
}

// TestABirthGoesOnWhereItWas has a journal that does not register at first: the day is prepared once, whatever
// becomes of the rest.
func TestABirthGoesOnWhereItWas(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		failures := 3
		h.fault = func(op string) memory.Fault {
			if op == "journal.register" && failures > 0 {
				failures--
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		h.write(ctx, 1)
		if h.calls["journal.prepare"] != 1 || h.calls["journal.register"] != 4 {
			t.Errorf("prepared %d times, registered %d times", h.calls["journal.prepare"], h.calls["journal.register"])
		}
	})
}

// TestAWipedDayIsPreparedAgain takes away what the process knows of: an append that finds nothing there makes it
// anew.
func TestAWipedDayIsPreparedAgain(t *testing.T) {
	in(t, ingest.Config{Idle: time.Second}, func(ctx context.Context, h *house) {
		gone := false
		svc := h.node(ingest.Config{Idle: time.Second}, h.sched,
			func(_ context.Context, _ journal.Append, next func() (journal.Stored, error)) (journal.Stored, error) {
				if gone {
					gone = false
					return journal.Stored{}, fault.New(fault.NotFound, "test", "there is no table")
				}
				return next()
			})
		must(t, svc, ctx, batch(1), ingest.Options{})
		_ = h.sched.Sleep(ctx, 10*time.Second)
		gone = true
		must(t, svc, ctx, batch(2), ingest.Options{})
		if h.calls["journal.prepare"] != 2 || h.calls["journal.register"] != 2 {
			t.Errorf("prepared %d times, registered %d times", h.calls["journal.prepare"], h.calls["journal.register"])
		}
	})
}

// TestNoBlockClosesBeforeTheClockIsKnown has a journal whose clock is ten minutes behind the node's and does not
// answer at first. What is written meanwhile waits, and is stamped by the journal's clock.
func TestNoBlockClosesBeforeTheClockIsKnown(t *testing.T) {
	const behind = 10 * time.Minute
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		h.j.SetSkew(-behind)
		failures := 5
		h.fault = func(op string) memory.Fault {
			if op == "journal.now" && failures > 0 {
				failures--
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		r := h.write(ctx, 1)
		if ahead := r.Stamp.Time().Sub(h.sched.Now().Add(-behind)); ahead > 2*time.Second {
			t.Errorf("the first block is stamped %v ahead of the journal's clock", ahead)
		}
		if failures > 0 {
			t.Errorf("the clock was not asked %d times more", failures)
		}
	})
}

// TestAJournalWithoutAClockTakesNothing never tells the time: a write is refused as not stored, with what the journal
// says, and nothing is.
func TestAJournalWithoutAClockTakesNothing(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		h.fault = func(op string) memory.Fault {
			if op == "journal.now" {
				return memory.FaultFail
			}
			return memory.FaultNone
		}
		for _, o := range []ingest.Options{{}, {After: telemetry.StampAt(h.sched.Now())}} {
			_, err := h.svc.Write(ctx, "t", batch(1), o)
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(fault.Message(err), "nothing was stored") ||
				!strings.Contains(fault.Message(err), "could not be read") {
				t.Errorf("options %+v: %v", o, err)
			}
		}
		if n := h.calls["journal.append"]; n != 0 {
			t.Errorf("%d appends", n)
		}
		if err := h.svc.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
}

// TestStampsSeenBeforeTheClockCountWithIt shows a node stamps of the journal before it knows the clock: what it
// accepts is later than they are, and one that is too far ahead is not followed.
func TestStampsSeenBeforeTheClockCountWithIt(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		const behind = 10 * time.Minute
		h.j.SetSkew(-behind)
		seen := telemetry.StampAt(h.sched.Now().Add(-behind + 30*time.Second))
		h.svc.Observe(seen)
		if r := h.write(ctx, 1); r.Stamp <= seen {
			t.Errorf("stamped %v, and %v was seen before", r.Stamp.Time(), seen.Time())
		}
		other := h.node(ingest.Config{}, h.sched, nil)
		other.Observe(telemetry.StampAt(h.sched.Now()))
		near := telemetry.StampAt(h.sched.Now().Add(-behind + 45*time.Second))
		other.Observe(near)
		r := must(t, other, ctx, batch(2), ingest.Options{})
		if r.Stamp <= near {
			t.Errorf("stamped %v, and %v was seen before, beside one ten minutes ahead", r.Stamp.Time(), near.Time())
		}
		if r.Stamp.Time().After(h.sched.Now().Add(-behind + time.Minute)) {
			t.Errorf("stamped %v, by a stamp ten minutes ahead", r.Stamp.Time())
		}
	})
}
