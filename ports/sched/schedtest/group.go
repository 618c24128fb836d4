package schedtest

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"tidemark/ports/sched"
)

var errFirst = errors.New("the first error")

// meter counts how many actors are inside.
type meter struct {
	mu          sync.Mutex
	inside, top int
	entered     int
}

func (m *meter) enter() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.entered++
	m.inside++
	m.top = max(m.top, m.inside)
}

func (m *meter) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.inside--
}

func (m *meter) get() (entered, inside, top int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.entered, m.inside, m.top
}

func each(t T, s sched.Scheduler) {
	for _, n := range []int{0, 1, 2, 40} {
		for _, limit := range []int{-1, 0, 1, 3, 100} {
			runs := make([]atomic.Int32, n)
			err := sched.Each(background, s, n, limit, func(ctx context.Context, i int) error {
				runs[i].Add(1)
				return s.Sleep(ctx, 0)
			})
			wantErr(t, err, nil, "each")
			for i := range runs {
				if got := runs[i].Load(); got != 1 {
					t.Errorf("n %d, limit %d: %d ran %d times", n, limit, i, got)
				}
			}
		}
	}
}

func eachBounds(t T, s sched.Scheduler) {
	for _, limit := range []int{1, 4, 0} {
		want := limit
		if limit == 0 {
			want = 12
		}
		var m meter
		err := sched.Each(background, s, 12, limit, func(ctx context.Context, _ int) error {
			m.enter()
			defer m.leave()
			return s.Sleep(ctx, short)
		})
		wantErr(t, err, nil, "each")
		if entered, inside, top := m.get(); entered != 12 || inside != 0 || top != want {
			t.Errorf("limit %d: %d of 12 ran, %d still do, at most %d at a time", limit, entered, inside, top)
		}
	}
}

func eachFails(t T, s sched.Scheduler) {
	var m meter
	err := sched.Each(background, s, 100, 4, func(ctx context.Context, i int) error {
		m.enter()
		defer m.leave()
		if i == 2 {
			return errFirst
		}
		if err := s.Sleep(ctx, long); err != context.Canceled {
			t.Errorf("the context of the others ended with %v", err)
		}
		return errors.New("a later error")
	})
	wantErr(t, err, errFirst, "each")
	if entered, inside, _ := m.get(); entered > 4 || inside != 0 {
		t.Errorf("%d ran although the third failed, %d still do", entered, inside)
	}
	wantErr(t, sched.Each(background, s, 1, 1, func(context.Context, int) error { return errFirst }), errFirst,
		"each of one")
}

func group(t T, s sched.Scheduler) {
	g := sched.NewGroup(background, s, 2)
	done, left := s.NewEvent(), s.NewEvent()
	ok := g.Go(func(ctx context.Context) error {
		_ = s.Sleep(ctx, long)
		left.Set()
		return ctx.Err()
	})
	ok = g.Go(func(context.Context) error { defer done.Set(); return errFirst }) && ok
	if !ok {
		t.Errorf("a group with room refused an actor")
	}
	until(t, done, "the actor that fails")
	until(t, left, "the actor whose context ends")
	if g.Go(func(context.Context) error { t.Errorf("started by a group that failed"); return nil }) {
		t.Errorf("a group that failed took an actor")
	}
	wantErr(t, g.Wait(), errFirst, "wait")
	wantErr(t, sched.NewGroup(background, s, 0).Wait(), nil, "wait of a group that started nothing")
}

func groupWaits(t T, s sched.Scheduler) {
	ctx, end := s.WithCancel(background)
	g := sched.NewGroup(ctx, s, 0)
	var m meter
	for range 3 {
		g.Go(func(context.Context) error {
			m.enter()
			defer m.leave()
			return s.Sleep(background, 4*short) // it does not heed its context
		})
	}
	s.AfterFunc(short, end)
	wantErr(t, g.Wait(), nil, "wait")
	if entered, inside, _ := m.get(); entered != 3 || inside != 0 {
		t.Errorf("%d ran, %d still did when Wait returned", entered, inside)
	}
}

func groupCanceled(t T, s sched.Scheduler) {
	ctx, end := s.WithTimeout(background, short)
	defer end()
	g := sched.NewGroup(ctx, s, 1)
	g.Go(func(ctx context.Context) error { return s.Sleep(ctx, long) })
	if g.Go(func(context.Context) error { return nil }) {
		t.Errorf("a group whose context ended took an actor")
	}
	wantErr(t, g.Wait(), context.DeadlineExceeded, "wait")
	late := sched.NewGroup(ctx, s, 1)
	if late.Go(func(context.Context) error { return nil }) {
		t.Errorf("a group born under an ended context took an actor")
	}
	wantErr(t, late.Wait(), context.DeadlineExceeded, "wait of the late group")
}
