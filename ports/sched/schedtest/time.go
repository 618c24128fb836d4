package schedtest

import (
	"context"
	"sync/atomic"
	"time"

	"tidemark/ports/sched"
)

func clock(t T, s sched.Scheduler) {
	before, steps := s.Now(), s.Steps()
	if before.Location() != time.UTC {
		t.Errorf("the time is not UTC but %v", before.Location())
	}
	for range 3 {
		wantErr(t, s.Sleep(background, short), nil, "sleep")
		now := s.Now()
		if d := now.Sub(before); d < short || d > long/2 {
			t.Errorf("a sleep of %v took %v", short, d)
		}
		before = now
	}
	for range 1000 {
		now := s.Now()
		if now.Before(before) {
			t.Fatalf("time went back by %v", before.Sub(now))
		}
		before = now
	}
	if more := s.Steps() - steps; more != 0 {
		t.Errorf("%d steps of a clock that nobody set", more)
	}
}

func sleepEnds(t T, s sched.Scheduler) {
	ctx, cancel := s.WithCancel(background)
	before := s.Now() // before the time begins to run, or less than it would be left
	s.AfterFunc(short, cancel)
	wantErr(t, s.Sleep(ctx, long), context.Canceled, "a sleep whose context is canceled")
	if d := s.Now().Sub(before); d < short || d > long/2 {
		t.Errorf("it ended after %v", d)
	}
	for _, d := range []time.Duration{long, 0, -1} {
		wantErr(t, s.Sleep(ctx, d), context.Canceled, "a sleep whose context has ended")
	}
	late, cancelLate := s.WithTimeout(background, short)
	defer cancelLate()
	wantErr(t, s.Sleep(late, long), context.DeadlineExceeded, "a sleep beyond the deadline")
	wantErr(t, s.Sleep(background, 0), nil, "a sleep of nothing")
	wantErr(t, s.Sleep(background, -long), nil, "a sleep of less than nothing")
	live, cancelLive := s.WithTimeout(background, long)
	defer cancelLive()
	wantErr(t, s.Sleep(live, short), nil, "a sleep within the deadline")
}

func sleepYields(t T, s sched.Scheduler) {
	e := s.NewEvent()
	s.Go("setter", e.Set)
	for i := 0; !e.IsSet(); i++ {
		if i == 100_000 {
			t.Fatalf("another actor did not run during %d sleeps of nothing", i)
		}
		wantErr(t, s.Sleep(background, 0), nil, "a sleep of nothing")
	}
}

func after(t T, s sched.Scheduler) {
	for _, d := range []time.Duration{short, 0, -1} {
		e := s.NewEvent()
		before := s.Now()
		var took time.Duration
		stop := s.AfterFunc(d, func() {
			took = s.Now().Sub(before)
			_ = s.Sleep(background, 0) // it is an actor: it may wait
			e.Set()
		})
		until(t, e, "the function")
		if took < d || took > long/2 {
			t.Errorf("AfterFunc(%v) ran after %v", d, took)
		}
		if stop() {
			t.Errorf("stop says that it prevented a function that ran")
		}
	}
}

func afterStopped(t T, s sched.Scheduler) {
	var ran atomic.Bool
	stop := s.AfterFunc(4*short, func() { ran.Store(true) })
	if !stop() {
		t.Errorf("stop says that it did not prevent a function that has time left")
	}
	if stop() {
		t.Errorf("the second stop says that it prevented it, too")
	}
	wantErr(t, s.Sleep(background, 8*short), nil, "sleep")
	if ran.Load() {
		t.Errorf("a stopped function ran")
	}
}

func start(t T, s sched.Scheduler) {
	const n = 20
	var ran atomic.Int32
	all, gate := s.NewEvent(), s.NewEvent()
	for range n {
		s.Go("actor", func() {
			if gate.Wait(background) == nil && ran.Add(1) == n {
				all.Set()
			}
		})
	}
	if got := ran.Load(); got != 0 {
		t.Errorf("%d actors passed a gate that is closed", got)
	}
	gate.Set()
	until(t, all, "all actors")
}
