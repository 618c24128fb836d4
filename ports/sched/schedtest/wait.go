package schedtest

import (
	"context"
	"sync/atomic"
	"time"

	"tidemark/ports/sched"
)

func event(t T, s sched.Scheduler) {
	const n = 5
	e, all := s.NewEvent(), s.NewEvent()
	var woken atomic.Int32
	for range n {
		s.Go("waiter", func() {
			if e.Wait(background) == nil && woken.Add(1) == n {
				all.Set()
			}
		})
	}
	wantErr(t, s.Sleep(background, short), nil, "sleep")
	if e.IsSet() || woken.Load() != 0 {
		t.Errorf("before Set: IsSet %v, %d woken", e.IsSet(), woken.Load())
	}
	e.Set()
	if !e.IsSet() {
		t.Errorf("a set event says that it is not")
	}
	until(t, all, "those who wait")
	e.Set()
	until(t, e, "a later wait")
	if !e.IsSet() {
		t.Errorf("a set event did not stay set")
	}
}

func eventAndContext(t T, s sched.Scheduler) {
	ended, end := s.WithCancel(background)
	end()
	e := s.NewEvent()
	wantErr(t, e.Wait(ended), context.Canceled, "a wait whose context has ended")
	before := s.Now() // before the time begins to run, or less than it would be left
	late, cancelLate := s.WithTimeout(background, short)
	defer cancelLate()
	wantErr(t, e.Wait(late), context.DeadlineExceeded, "a wait beyond the deadline")
	if d := s.Now().Sub(before); d < short || d > long/2 {
		t.Errorf("it ended after %v", d)
	}
	soon, cancelSoon := s.WithCancel(background)
	s.AfterFunc(short, cancelSoon)
	wantErr(t, e.Wait(soon), context.Canceled, "a wait that is canceled")
	if e.IsSet() {
		t.Errorf("waits that gave up set the event")
	}
	e.Set()
	for range 50 {
		wantErr(t, e.Wait(ended), nil, "a set event against a context that has ended")
	}
}

func cancel(t T, s sched.Scheduler) {
	parent, end := s.WithCancel(background)
	child, endChild := s.WithCancel(parent)
	other, endOther := s.WithCancel(parent)
	defer endOther()
	if parent.Err() != nil || child.Err() != nil || closed(child) {
		t.Errorf("new contexts have ended")
	}
	if _, ok := child.Deadline(); ok {
		t.Errorf("there is a deadline that nobody set")
	}
	endChild()
	if parent.Err() != nil || other.Err() != nil || child.Err() != context.Canceled || !closed(child) {
		t.Errorf("after the child's end: parent %v, sibling %v, child %v", parent.Err(), other.Err(), child.Err())
	}
	end()
	end()
	if parent.Err() != context.Canceled || other.Err() != context.Canceled || !closed(other) ||
		context.Cause(other) != context.Canceled {
		t.Errorf("after the parent's end: parent %v, child %v", parent.Err(), other.Err())
	}
	late, endLate := s.WithCancel(parent)
	defer endLate()
	lateToo, endLateToo := s.WithTimeout(parent, long)
	defer endLateToo()
	if late.Err() != context.Canceled || lateToo.Err() != context.Canceled || !closed(lateToo) {
		t.Errorf("children of an ended context: %v, %v", late.Err(), lateToo.Err())
	}
}

func timeout(t T, s sched.Scheduler) {
	before := s.Now()
	ctx, end := s.WithTimeout(background, 4*short)
	defer end()
	if at, ok := ctx.Deadline(); !ok || at.Sub(before) < 4*short || at.Sub(before) > long/2 {
		t.Errorf("a deadline of %v is %v away, %v", 4*short, at.Sub(before), ok)
	}
	if ctx.Err() != nil {
		t.Errorf("it ended at once: %v", ctx.Err())
	}
	// Not a sleep: on a machine that is busy one ends before a shorter timer has done what it has to.
	wantErr(t, s.NewEvent().Wait(ctx), context.DeadlineExceeded, "waiting for what does not come")
	if ctx.Err() != context.DeadlineExceeded || !closed(ctx) {
		t.Errorf("it did not end by itself: %v", ctx.Err())
	}
	if took := s.Now().Sub(before); took < 4*short {
		t.Errorf("%v ended after %v", 4*short, took)
	}
	end()
	wantErr(t, ctx.Err(), context.DeadlineExceeded, "after a late cancel")
	early, endEarly := s.WithTimeout(background, long)
	endEarly()
	wantErr(t, early.Err(), context.Canceled, "canceled before its time")
	for _, d := range []time.Duration{0, -long} {
		none, endNone := s.WithTimeout(background, d)
		wantErr(t, none.Err(), context.DeadlineExceeded, "no time at all")
		endNone()
	}
}

func parentTimeout(t T, s sched.Scheduler) {
	parent, end := s.WithTimeout(background, 2*short)
	defer end()
	child, endChild := s.WithTimeout(parent, long)
	defer endChild()
	plain, endPlain := s.WithCancel(parent)
	defer endPlain()
	at, _ := parent.Deadline()
	for _, ctx := range []context.Context{child, plain} {
		if got, ok := ctx.Deadline(); !ok || !got.Equal(at) {
			t.Errorf("a child's deadline is %v, its parent's %v", got, at)
		}
		wantErr(t, s.Sleep(ctx, long), context.DeadlineExceeded, "a sleep beyond the parent's deadline")
	}
}

type key struct{}

func values(t T, s sched.Scheduler) {
	ctx, end := s.WithCancel(context.WithValue(background, key{}, "outer"))
	wrapped := context.WithValue(context.WithValue(ctx, key{}, "inner"), &key{}, 1)
	child, endChild := s.WithTimeout(wrapped, long)
	defer endChild()
	if ctx.Value(key{}) != "outer" || child.Value(key{}) != "inner" || child.Value("none") != nil {
		t.Errorf("values: %v, %v, %v", ctx.Value(key{}), child.Value(key{}), child.Value("none"))
	}
	wantErr(t, s.Sleep(wrapped, short), nil, "a sleep under a context with a value")
	s.AfterFunc(short, end)
	wantErr(t, s.Sleep(wrapped, long), context.Canceled, "a canceled sleep under a context with a value")
	wantErr(t, s.NewEvent().Wait(wrapped), context.Canceled, "a wait under it")
	wantErr(t, child.Err(), context.Canceled, "the child of a context with a value")
}

func derived(t T, s sched.Scheduler) {
	ctx, end := s.WithTimeout(background, short)
	defer end()
	child, endChild := context.WithCancel(ctx)
	defer endChild()
	grandchild, endGrandchild := context.WithTimeout(child, long)
	defer endGrandchild()
	if grandchild.Err() != nil {
		t.Errorf("it has ended: %v", grandchild.Err())
	}
	wantErr(t, s.Sleep(ctx, long), context.DeadlineExceeded, "sleep")
	if child.Err() != context.DeadlineExceeded || grandchild.Err() != context.DeadlineExceeded {
		t.Errorf("derived contexts did not follow: %v, %v", child.Err(), grandchild.Err())
	}
}

func closed(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return true
	default:
		return false
	}
}
