package bounds_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/bounds"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// skewed is a node whose clock is ahead of everybody's.
type skewed struct {
	sched.Scheduler
	by time.Duration
}

func (s *skewed) Now() time.Time { return s.Scheduler.Now().Add(s.by) }

// house is a node beside a journal that tells whole seconds, as Azure's does, and counts who asks.
type house struct {
	*testing.T
	node   *skewed
	rows   *memory.Rows
	asked  int
	silent bool
	clock  *bounds.Clock
}

// told is the journal as the node sees it.
type told struct {
	journal.Directory
	h *house
}

func (d told) Now(ctx context.Context) (time.Time, error) {
	d.h.asked++
	takes := 130 * time.Millisecond
	if d.h.silent {
		takes = time.Hour
	}
	if err := d.h.node.Sleep(ctx, takes); err != nil {
		return time.Time{}, err
	}
	return d.Directory.Now(ctx)
}

func in(t *testing.T, by time.Duration, body func(ctx context.Context, h *house)) {
	t.Helper()
	s := memory.NewSched(1)
	h := &house{T: t, node: &skewed{s, by}, rows: memory.NewRows(s)}
	h.clock = bounds.NewClock(told{memory.NewJournal(s, memory.WithResolution(time.Second)), h}, h.node)
	err := s.Run(func() {
		ctx := context.Background()
		if err := h.rows.Prepare(ctx); err != nil {
			t.Fatal(err)
		}
		body(ctx, h)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheJournalTellsTheTime to nodes whose own clocks are wrong, to the second that it tells and what a call takes;
// a node that is right keeps its own time, which is finer.
func TestTheJournalTellsTheTime(t *testing.T) {
	for _, by := range []time.Duration{-24 * time.Hour, -10 * time.Minute, -2 * time.Second, 0, 2 * time.Second,
		10 * time.Minute} {
		in(t, by, func(ctx context.Context, h *house) {
			for range 50 {
				got, right := h.clock.Now(ctx), h.node.Scheduler.Now()
				if off := got.Sub(right).Abs(); off > 1200*time.Millisecond || by == 0 && off > 0 {
					t.Fatalf("%v ahead: %v, and it is %v", by, got, right)
				}
				if passed := h.clock.Passed(ctx); passed.After(right.Add(1200*time.Millisecond)) ||
					passed.After(h.node.Now()) {
					t.Fatalf("%v ahead: %v has passed, and it is %v", by, passed, right)
				}
				_ = h.node.Sleep(ctx, 317*time.Millisecond)
			}
			if h.asked > 2 {
				t.Errorf("%v ahead: the journal was asked %d times in 16 s", by, h.asked)
			}
		})
	}
}

// TestAClockThatIsSetIsCorrected when the journal is asked the next time.
func TestAClockThatIsSetIsCorrected(t *testing.T) {
	in(t, 0, func(ctx context.Context, h *house) {
		h.clock.Now(ctx)
		h.node.by = time.Hour
		h.clock.Now(ctx)
		_ = h.node.Sleep(ctx, time.Second) // the answer is there
		if off := h.clock.Now(ctx).Sub(h.node.Scheduler.Now()); off > 1200*time.Millisecond {
			t.Errorf("%v ahead", off)
		}
	})
}

// TestWhoeverAsksFirstWaitsForAll lets many ask at once, and nobody hears of the node's clock.
func TestWhoeverAsksFirstWaitsForAll(t *testing.T) {
	in(t, time.Hour, func(ctx context.Context, h *house) {
		err := sched.Each(ctx, h.node, 20, 20, func(ctx context.Context, _ int) error {
			if off := h.clock.Now(ctx).Sub(h.node.Scheduler.Now()); off > 1200*time.Millisecond {
				t.Errorf("%v ahead", off)
			}
			return nil
		})
		if err != nil || h.asked != 1 {
			t.Errorf("asked %d times, %v", h.asked, err)
		}
	})
}

// TestASilentJournalIsNotWaitedForAllTheTime holds nobody up for longer than a second, and not everybody.
func TestASilentJournalIsNotWaitedForAllTheTime(t *testing.T) {
	in(t, time.Hour, func(ctx context.Context, h *house) {
		h.silent = true
		began := h.node.Scheduler.Now()
		for range 20 {
			if got := h.clock.Now(ctx); got != h.node.Now() {
				t.Fatalf("%v, and the node has %v", got, h.node.Now())
			}
		}
		if took := h.node.Scheduler.Now().Sub(began); took > time.Second || h.asked != 1 {
			t.Errorf("20 questions took %v, %d calls", took, h.asked)
		}
		h.silent = false
		_ = h.node.Sleep(ctx, 5*time.Second)
		if off := h.clock.Now(ctx).Sub(h.node.Scheduler.Now()); off > 1200*time.Millisecond {
			t.Errorf("it answers again, and the clock is %v ahead", off)
		}
	})
}
