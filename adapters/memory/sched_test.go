package memory_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/memory"
)

func TestSchedJumpsToTheNextTimer(t *testing.T) {
	start := time.Date(2030, 5, 6, 7, 8, 9, 0, time.UTC)
	s := memory.NewSched(1, memory.StartAt(start))
	err := s.Run(func() {
		if err := s.Sleep(context.Background(), 72*time.Hour); err != nil {
			t.Error(err)
		}
	})
	if err != nil || !s.Now().Equal(start.Add(72*time.Hour)) {
		t.Errorf("after a sleep of 72 h it is %v, err %v", s.Now(), err)
	}
	if got := memory.NewSched(1).Now(); !got.Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("time begins at %v", got)
	}
}

func TestSchedDeadlockNamesActors(t *testing.T) {
	s := memory.NewSched(1)
	err := s.Run(func() {
		e := s.NewEvent()
		s.Go("left-hand", func() { _ = e.Wait(context.Background()) })
		_ = s.NewEvent().Wait(context.Background())
		t.Error("main went on after a deadlock")
	})
	var stuck *memory.Stuck
	if !errors.As(err, &stuck) || len(stuck.Actors) != 2 {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{"deadlock", "#1 main: wait", "left-hand: wait", "TestSchedDeadlockNamesActors",
		"sched_test.go:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q:\n%v", want, err)
		}
	}
}

func TestSchedBoundsLoops(t *testing.T) {
	s := memory.NewSched(1, memory.MaxSteps(100))
	err := s.Run(func() {
		for {
			_ = s.Sleep(context.Background(), 0)
		}
	})
	if err == nil || !strings.Contains(err.Error(), "busy loop") {
		t.Errorf("a busy loop gave %v", err)
	}
	s = memory.NewSched(1, memory.Horizon(time.Minute))
	err = s.Run(func() {
		s.Go("ticker", func() {
			for s.Sleep(context.Background(), time.Second) == nil {
			}
		})
		_ = s.NewEvent().Wait(context.Background())
	})
	if err == nil || !strings.Contains(err.Error(), "horizon") || s.Now().Sub(memory.NewSched(1).Now()) != time.Minute {
		t.Errorf("at %v: %v", s.Now(), err)
	}
}

func TestSchedEndsWhatIsLeft(t *testing.T) {
	s := memory.NewSched(1)
	deferred, after, never := 0, 0, 0
	err := s.Run(func() {
		for range 3 {
			s.Go("loop", func() {
				defer func() {
					deferred++
					_ = s.Sleep(context.Background(), time.Second) // an ended actor waits for nothing
					after++
				}()
				for {
					_ = s.Sleep(context.Background(), time.Second)
				}
			})
		}
		s.AfterFunc(time.Hour, func() { never++ })
		_ = s.Sleep(context.Background(), time.Minute)
	})
	if err != nil || deferred != 3 || after != 0 || never != 0 || len(s.Left()) != 3 {
		t.Errorf("err %v, deferred %d, after %d, never %d, left %q", err, deferred, after, never, s.Left())
	}
	if err := s.Run(func() { _ = s.Sleep(context.Background(), 2*time.Hour) }); err != nil || never != 0 ||
		len(s.Left()) != 0 {
		t.Errorf("second run: err %v, left %q, never %d", err, s.Left(), never)
	}
}

func TestSchedPanics(t *testing.T) {
	s := memory.NewSched(1)
	got := catch(func() {
		_ = s.Run(func() {
			s.Go("unlucky", func() { panic("thirteen") })
			_ = s.NewEvent().Wait(context.Background())
		})
	})
	p, ok := got.(*memory.ActorPanic)
	if !ok || p.Actor != "unlucky" || p.Value != "thirteen" || !strings.Contains(p.Error(), "sched_test.go") {
		t.Errorf("an actor's panic came out as %v", got)
	}
	if got := catch(func() { _ = s.Run(func() { panic("main") }) }); got != "main" {
		t.Errorf("main's panic came out as %v", got)
	}
}

func TestSchedOutsideRun(t *testing.T) {
	s := memory.NewSched(1)
	e, bg := s.NewEvent(), context.Background()
	for name, f := range map[string]func(){
		"Sleep":       func() { _ = s.Sleep(bg, 0) },
		"Wait":        func() { _ = e.Wait(bg) },
		"Go":          func() { s.Go("x", func() {}) },
		"AfterFunc":   func() { s.AfterFunc(0, func() {}) },
		"WithTimeout": func() { s.WithTimeout(bg, time.Second) },
	} {
		if got := fmt.Sprint(catch(f)); !strings.Contains(got, "memory.Sched: "+name+" was called outside Run") {
			t.Errorf("%s: %v", name, got)
		}
	}
	_, cancel := s.WithCancel(bg)
	cancel()
	e.Set()
	if err := s.Run(func() { _ = e.Wait(bg) }); err != nil || !e.IsSet() {
		t.Errorf("after all that Run says %v", err)
	}
}

func TestSchedForeignContexts(t *testing.T) {
	s, other := memory.NewSched(1), memory.NewSched(1)
	mine, cancel := s.WithCancel(context.Background())
	defer cancel()
	derived, cancelDerived := context.WithCancel(mine)
	defer cancelDerived()
	others, cancelOthers := other.WithCancel(context.Background())
	defer cancelOthers()
	err := s.Run(func() {
		for name, ctx := range map[string]context.Context{"test": t.Context(), "derived": derived,
			"other scheduler": others} {
			if got := fmt.Sprint(catch(func() { _ = s.Sleep(ctx, 0) })); !strings.Contains(got, "did not make") {
				t.Errorf("%s: %v", name, got)
			}
		}
		if err := s.Sleep(context.WithoutCancel(derived), 0); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// TestSchedStandardContextsFollow checks that what the standard library derives ends with it, at once and without
// goroutines.
func TestSchedStandardContextsFollow(t *testing.T) {
	s := memory.NewSched(1)
	err := s.Run(func() {
		ctx, cancel := s.WithTimeout(context.Background(), time.Second)
		defer cancel()
		child, cancelChild := context.WithCancel(ctx)
		defer cancelChild()
		gone, cancelGone := context.WithCancel(ctx)
		cancelGone()
		_ = s.Sleep(context.Background(), 2*time.Second)
		if child.Err() != context.DeadlineExceeded || gone.Err() != context.Canceled {
			t.Errorf("child %v, gone %v", child.Err(), gone.Err())
		}
		late, cancelLate := context.WithCancel(ctx)
		defer cancelLate()
		if late.Err() != context.DeadlineExceeded {
			t.Errorf("late child %v", late.Err())
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestSchedTrace(t *testing.T) {
	s := memory.NewSched(1)
	err := s.Run(func() {
		s.Go("worker", func() {})
		_ = s.Sleep(context.Background(), time.Second)
		for range 5000 {
			_ = s.Sleep(context.Background(), 0)
		}
	})
	trace := s.Trace()
	if err != nil || len(trace) != 4096 || !strings.Contains(trace[4095], "1s #1 main sleep") {
		t.Errorf("err %v, %d lines, the last is %q", err, len(trace), trace[len(trace)-1])
	}
}

func catch(f func()) (r any) {
	defer func() { r = recover() }()
	f()
	return nil
}

func BenchmarkSchedPoint(b *testing.B) {
	s := memory.NewSched(1, memory.MaxSteps(1<<62))
	_ = s.Run(func() {
		for range 4 {
			s.Go("other", func() {
				for {
					_ = s.Sleep(context.Background(), 0)
				}
			})
		}
		for b.Loop() {
			_ = s.Sleep(context.Background(), 0)
		}
	})
}
