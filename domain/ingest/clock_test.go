package ingest_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tidemark/domain/fault"
	"tidemark/domain/ingest"
	"tidemark/domain/telemetry"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
)

// appender is a journal whose appends a test does in its own way.
type appender struct {
	journal.Journal
	do func(ctx context.Context, a journal.Append, next func() (journal.Stored, error)) (journal.Stored, error)
}

func (j appender) Append(ctx context.Context, a journal.Append) (journal.Stored, error) {
	next := func() (journal.Stored, error) { return j.Journal.Append(ctx, a) }
	if j.do == nil {
		return next()
	}
	return j.do(ctx, a, next)
}

// node is another service on the house's journal.
func (h *house) node(cfg ingest.Config, s sched.Scheduler,
	do func(ctx context.Context, a journal.Append, next func() (journal.Stored, error)) (journal.Stored,
		error)) *ingest.Service {
	return ingest.New(cfg, ingest.One("east", appender{h.j, do}, h.j), s, h.writer, nil,
		ingest.Observer{})
}

func (h *house) writer() telemetry.Writer {
	h.writers++
	return telemetry.Writer(fmt.Sprintf("%026d", h.writers))
}

func must(t *testing.T, svc *ingest.Service, ctx context.Context, b *telemetry.Batch, o ingest.Options) ingest.Receipt {
	t.Helper()
	r, err := svc.Write(ctx, "t", b, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestAnAppendThatIsRepeatedLeavesTheClock loses the answer to an append and keeps the journal away from the node for
// a while: the repetition says when the block was stored, which is not the time of day.
func TestAnAppendThatIsRepeatedLeavesTheClock(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		var away time.Time
		lose := false
		a := h.node(ingest.Config{}, h.sched, func(_ context.Context, _ journal.Append,
			next func() (journal.Stored, error)) (journal.Stored, error) {
			switch {
			case lose:
				lose, away = false, h.sched.Now().Add(6*time.Second)
				_, _ = next()
				return journal.Stored{}, fault.New(fault.Indeterminate, "test", "the answer was lost")
			case h.sched.Now().Before(away):
				return journal.Stored{}, fault.New(fault.Unavailable, "test", "away")
			}
			return next()
		})
		must(t, a, ctx, batch(0), ingest.Options{})
		lose = true
		done := h.sched.NewEvent()
		h.sched.Go("repeated", func() {
			must(t, a, ctx, batch(1), ingest.Options{})
			done.Set()
		})
		_ = h.sched.Sleep(ctx, 5*time.Second)
		other := h.write(ctx, 2)
		_ = done.Wait(ctx)
		if last := must(t, a, ctx, batch(3), ingest.Options{}); last.Stamp <= other.Stamp {
			t.Errorf("stamped %v, and another node has acknowledged %v seconds ago", last.Stamp.Time(),
				other.Stamp.Time())
		}
	})
}

// TestAnAnswerThatIsLateLeavesTheClock keeps an answer back for a while, as a network or a process that was frozen
// does.
func TestAnAnswerThatIsLateLeavesTheClock(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		late := false
		a := h.node(ingest.Config{AppendTimeout: time.Minute}, h.sched,
			func(ctx context.Context, _ journal.Append, next func() (journal.Stored, error)) (journal.Stored, error) {
				stored, err := next()
				if late {
					_ = h.sched.Sleep(ctx, 8*time.Second)
				}
				return stored, err
			})
		must(t, a, ctx, batch(0), ingest.Options{})
		late = true
		must(t, a, ctx, batch(1), ingest.Options{})
		late = false
		if r := must(t, a, ctx, batch(2), ingest.Options{}); h.sched.Now().Sub(r.Stamp.Time()) > time.Second {
			t.Errorf("stamped %v at %v", r.Stamp.Time(), h.sched.Now())
		}
	})
}

// skewed is a scheduler whose clock a test sets.
type skewed struct {
	sched.Scheduler
	now func(time.Time) time.Time
}

func (s skewed) Now() time.Time { return s.now(s.Scheduler.Now()) }

// TestAClockThatIsWrongIsCorrected has nodes whose clocks go wrong while they run, either way.
func TestAClockThatIsWrongIsCorrected(t *testing.T) {
	for _, wrong := range []time.Duration{-time.Hour, -10 * time.Second, 10 * time.Second, time.Hour} {
		in(t, ingest.Config{}, func(ctx context.Context, h *house) {
			skew := time.Duration(0)
			a := h.node(ingest.Config{}, skewed{h.sched, func(now time.Time) time.Time { return now.Add(skew) }}, nil)
			must(t, a, ctx, batch(0), ingest.Options{})
			skew = wrong
			_, _ = a.Write(ctx, "t", batch(1), ingest.Options{}) // its stamp is wrong already
			_ = h.sched.Sleep(ctx, time.Hour)
			if r := must(t, a, ctx, batch(2), ingest.Options{}); r.Stamp.Time().Sub(h.sched.Now()).
				Abs() > 2*time.Second {
				t.Errorf("%v wrong: stamped %v at %v", wrong, r.Stamp.Time(), h.sched.Now())
			}
		})
	}
}

// TestAClockThatIsSetStampsNothingAhead sets a node's clock ten minutes ahead after it was corrected, as is done to a
// machine that started with a wrong one: what another node corrects afterwards is later than what this one wrote, and
// no write of it is told that it may be lost.
func TestAClockThatIsSetStampsNothingAhead(t *testing.T) {
	for _, set := range []time.Duration{-10 * time.Minute, 10 * time.Minute} {
		in(t, ingest.Config{}, func(ctx context.Context, h *house) {
			skew := -set
			a := h.node(ingest.Config{}, skewed{h.sched, func(now time.Time) time.Time { return now.Add(skew) }}, nil)
			must(t, a, ctx, batch(0), ingest.Options{})
			skew = 0
			r := must(t, a, ctx, batch(1), ingest.Options{})
			_ = h.sched.Sleep(ctx, 2*time.Second)
			if correction := h.write(ctx, 2); correction.Stamp <= r.Stamp {
				t.Errorf("set by %v: a correction is stamped %v, and what it corrects %v", set, correction.Stamp.Time(),
					r.Stamp.Time())
			}
		})
	}
}

// set is a node's clock that is set ahead at a look, as when somebody sets it or the machine sleeps.
type set struct {
	sched.Scheduler
	left  int           // looks until then
	by    time.Duration // so far
	steps int
}

func (s *set) Now() time.Time {
	if s.left--; s.left == 0 {
		s.by += 20 * time.Second
		s.steps++
	}
	return s.Scheduler.Now().Add(s.by)
}

func (s *set) Steps() int { return s.steps }

// TestAClockThatIsSetUnderLoad sets a node's clock ahead at every look that a write takes at it, by less than what
// makes it ask for the journal's: what another node corrects afterwards is later all the same.
func TestAClockThatIsSetUnderLoad(t *testing.T) {
	for look := 1; look <= 12; look++ {
		in(t, ingest.Config{}, func(ctx context.Context, h *house) {
			clock := &set{Scheduler: h.sched}
			a := h.node(ingest.Config{}, clock, nil)
			must(t, a, ctx, batch(0), ingest.Options{})
			clock.left = look
			r := must(t, a, ctx, batch(1), ingest.Options{})
			_ = h.sched.Sleep(ctx, 2*time.Second)
			if correction := h.write(ctx, 2); correction.Stamp <= r.Stamp {
				t.Errorf("set at look %d: a correction is stamped %v, and what it corrects %v", look,
					correction.Stamp.Time(), r.Stamp.Time())
			}
		})
	}
}

// setAfter is a node's clock that is set ahead right after a look.
type setAfter struct {
	sched.Scheduler
	left  int // looks until then
	by    time.Duration
	steps int
	then  func()
}

func (s *setAfter) Now() time.Time {
	now := s.Scheduler.Now().Add(s.by)
	if s.left--; s.left == 0 {
		s.by += 20 * time.Second
		s.steps++
		s.then()
	}
	return now
}

func (s *setAfter) Steps() int { return s.steps }

// TestAClockThatIsSetBesideAWriter sets a node's clock right after every look that a write takes at it, and has another
// writer ask for the journal's time before the first goes on, wherever one can come between: what was acknowledged by
// another node before is earlier all the same.
func TestAClockThatIsSetBesideAWriter(t *testing.T) {
	for look := 1; look <= 16; look++ {
		in(t, ingest.Config{}, func(ctx context.Context, h *house) {
			clock := &setAfter{Scheduler: h.sched}
			a := h.node(ingest.Config{}, clock, nil)
			first := must(t, a, ctx, batch(0), ingest.Options{})
			clock.then = func() {
				if a.Busy() {
					return // nobody can
				}
				h.sched.Go("another writer", func() {
					_, _ = a.Write(ctx, "t", batch(5), ingest.Options{After: first.Stamp})
				})
				_ = h.sched.Sleep(ctx, 100*time.Millisecond)
			}
			_ = h.sched.Sleep(ctx, 50*time.Second) // long enough for it to ask
			before := h.write(ctx, 3)
			_ = h.sched.Sleep(ctx, 2*time.Second)
			clock.left = look
			if r := must(t, a, ctx, batch(1), ingest.Options{}); r.Stamp <= before.Stamp {
				t.Errorf("set after look %d: the later write is stamped %v, and the one before it %v", look,
					r.Stamp.Time(), before.Stamp.Time())
			}
		})
	}
}

// TestMidnightBetweenTwoLooksAtTheClock lets the day end at every look that a write takes at the clock.
func TestMidnightBetweenTwoLooksAtTheClock(t *testing.T) {
	for look := 1; look <= 12; look++ {
		in(t, ingest.Config{}, func(ctx context.Context, h *house) {
			left, over := 0, time.Duration(0)
			a := h.node(ingest.Config{Idle: 72 * time.Hour}, skewed{h.sched, func(now time.Time) time.Time {
				if left--; left == 0 {
					over = time.Second
				}
				return now.Add(over)
			}}, nil)
			must(t, a, ctx, batch(1), ingest.Options{})
			midnight := h.sched.Now().Truncate(24 * time.Hour).Add(24 * time.Hour)
			_ = h.sched.Sleep(ctx, midnight.Sub(h.sched.Now())-500*time.Millisecond)
			left = look
			began := h.sched.Now()
			must(t, a, ctx, batch(2), ingest.Options{})
			if took := h.sched.Now().Sub(began); took > time.Second {
				t.Errorf("midnight at look %d: the write took %v", look, took)
			}
		})
	}
}

// TestADefiniteErrorAfterAnUncertainOne is of unknown outcome.
func TestADefiniteErrorAfterAnUncertainOne(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		var answers []fault.Kind
		a := h.node(ingest.Config{}, h.sched, func(_ context.Context, _ journal.Append,
			next func() (journal.Stored, error)) (journal.Stored, error) {
			stored, err := next()
			if len(answers) > 0 {
				err, answers = fault.New(answers[0], "test", "as told"), answers[1:]
			}
			return stored, err
		})
		must(t, a, ctx, batch(1), ingest.Options{})
		answers = []fault.Kind{fault.Indeterminate, fault.Corrupt}
		if _, err := a.Write(ctx, "t", batch(2), ingest.Options{}); !fault.Is(err, fault.Indeterminate) {
			t.Errorf("got %v for a block that may be stored, want indeterminate", err)
		}
		answers = []fault.Kind{fault.Corrupt}
		if _, err := a.Write(ctx, "t", batch(3), ingest.Options{}); !fault.Is(err, fault.Corrupt) {
			t.Errorf("got %v, want corrupt", err)
		}
	})
}

// TestAStampSentBackToAFreshNode whose clock is behind is no stamp ahead of time.
func TestAStampSentBackToAFreshNode(t *testing.T) {
	in(t, ingest.Config{}, func(ctx context.Context, h *house) {
		first := h.write(ctx, 1)
		behind := h.node(ingest.Config{}, skewed{h.sched, func(now time.Time) time.Time { return now.Add(-time.Hour) }},
			nil)
		if r := must(t, behind, ctx, batch(2), ingest.Options{After: first.Stamp}); r.Stamp <= first.Stamp {
			t.Errorf("stamped %v after %v", r.Stamp, first.Stamp)
		}
	})
}
