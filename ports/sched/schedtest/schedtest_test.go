package schedtest_test

import (
	"context"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/ports/internal/proof"
	"tidemark/ports/sched"
	"tidemark/ports/sched/schedtest"
)

// twin is a sound scheduler of which some operations are replaced by broken ones. Those that are nil are sound.
type twin struct {
	*memory.Sched
	now     func() time.Time
	sleep   func(ctx context.Context, d time.Duration) error
	after   func(d time.Duration, f func()) func() bool
	start   func(name string, f func())
	event   func(e sched.Event) sched.Event
	cancel  func(parent context.Context) (context.Context, context.CancelFunc)
	timeout func(parent context.Context, d time.Duration) (context.Context, context.CancelFunc)
}

func (t *twin) Now() time.Time {
	if t.now != nil {
		return t.now()
	}
	return t.Sched.Now()
}

func (t *twin) Sleep(ctx context.Context, d time.Duration) error {
	if t.sleep != nil {
		return t.sleep(ctx, d)
	}
	return t.Sched.Sleep(ctx, d)
}

func (t *twin) AfterFunc(d time.Duration, f func()) func() bool {
	if t.after != nil {
		return t.after(d, f)
	}
	return t.Sched.AfterFunc(d, f)
}

func (t *twin) Go(name string, f func()) {
	if t.start != nil {
		t.start(name, f)
		return
	}
	t.Sched.Go(name, f)
}

func (t *twin) NewEvent() sched.Event {
	if t.event != nil {
		return t.event(t.Sched.NewEvent())
	}
	return t.Sched.NewEvent()
}

func (t *twin) WithCancel(parent context.Context) (context.Context, context.CancelFunc) {
	if t.cancel != nil {
		return t.cancel(parent)
	}
	return t.Sched.WithCancel(parent)
}

func (t *twin) WithTimeout(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if t.timeout != nil {
		return t.timeout(parent, d)
	}
	return t.Sched.WithTimeout(parent, d)
}

// impatient is an event whose Wait looks at the context first.
type impatient struct{ sched.Event }

func (e impatient) Wait(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return e.Event.Wait(ctx)
}

// patient is an event that waits for ever.
type patient struct{ sched.Event }

func (e patient) Wait(ctx context.Context) error { return e.Event.Wait(context.WithoutCancel(ctx)) }

// unset is an event that does not know that it is set.
type unset struct{ sched.Event }

func (unset) IsSet() bool { return false }

var twins = []struct {
	name   string
	notice []string
	damage func(t *twin)
}{
	{"tells local time", []string{"clock"}, func(t *twin) {
		t.now = func() time.Time { return t.Sched.Now().In(time.FixedZone("there", 3600)) }
	}},
	{"goes back in time", []string{"clock"}, func(t *twin) {
		n := time.Duration(0)
		t.now = func() time.Time { n++; return t.Sched.Now().Add(-n) }
	}},
	{"sleeps too short", []string{"clock", "sleep ends with the context"}, func(t *twin) {
		t.sleep = func(ctx context.Context, d time.Duration) error { return t.Sched.Sleep(ctx, d/2) }
		t.after = func(d time.Duration, f func()) func() bool { return t.Sched.AfterFunc(d/2, f) }
	}},
	{"sleeps on when the context ends", []string{"sleep ends with the context", "values"}, func(t *twin) {
		t.sleep = func(ctx context.Context, d time.Duration) error {
			return t.Sched.Sleep(context.WithoutCancel(ctx), d)
		}
	}},
	{"does not look at the context when it need not wait", []string{"sleep ends with the context"}, func(t *twin) {
		t.sleep = func(ctx context.Context, d time.Duration) error {
			if d <= 0 {
				return nil
			}
			return t.Sched.Sleep(ctx, d)
		}
	}},
	{"keeps the processor", []string{"sleep lets others run"}, func(t *twin) {
		t.sleep = func(ctx context.Context, d time.Duration) error {
			if d <= 0 {
				return context.Cause(ctx)
			}
			return t.Sched.Sleep(ctx, d)
		}
		t.start = func(name string, f func()) { t.Sched.AfterFunc(time.Nanosecond, f) }
	}},
	{"runs at once what is for later", []string{"after", "after stopped"}, func(t *twin) {
		t.after = func(d time.Duration, f func()) func() bool { f(); return func() bool { return false } }
	}},
	{"stops nothing", []string{"after stopped"}, func(t *twin) {
		t.after = func(d time.Duration, f func()) func() bool {
			t.Sched.AfterFunc(d, f)
			stopped := false
			return func() bool { was := stopped; stopped = true; return !was }
		}
	}},
	{"says always that it stopped", []string{"after", "after stopped"}, func(t *twin) {
		t.after = func(d time.Duration, f func()) func() bool {
			stop := t.Sched.AfterFunc(d, f)
			return func() bool { stop(); return true }
		}
	}},
	{"runs actors in line", []string{"go", "event", "each bounds"}, func(t *twin) {
		t.start = func(_ string, f func()) { f() }
	}},
	{"lets the context win", []string{"event and context"}, func(t *twin) {
		t.event = func(e sched.Event) sched.Event { return impatient{e} }
	}},
	{"waits beyond the context", []string{"event and context", "values"}, func(t *twin) {
		t.event = func(e sched.Event) sched.Event { return patient{e} }
	}},
	{"forgets that an event is set", []string{"event", "sleep lets others run"}, func(t *twin) {
		t.event = func(e sched.Event) sched.Event { return unset{e} }
	}},
	{"ends no child", []string{"cancel", "values", "timeout of a parent"}, func(t *twin) {
		t.cancel = func(parent context.Context) (context.Context, context.CancelFunc) {
			return t.Sched.WithCancel(context.WithoutCancel(parent))
		}
		t.timeout = func(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
			return t.Sched.WithTimeout(context.WithoutCancel(parent), d)
		}
	}},
	{"ends no context by itself", []string{"timeout", "event and context"}, func(t *twin) {
		t.timeout = func(parent context.Context, _ time.Duration) (context.Context, context.CancelFunc) {
			return t.Sched.WithCancel(parent)
		}
	}},
	{"loses values", []string{"values"}, func(t *twin) {
		t.cancel = func(context.Context) (context.Context, context.CancelFunc) {
			return t.Sched.WithCancel(context.Background())
		}
	}},
}

func within(damage func(*twin)) schedtest.Within {
	return func(t schedtest.T, body func(sched.Scheduler)) {
		s := memory.NewSched(1)
		w := &twin{Sched: s}
		damage(w)
		if err := s.Run(func() { body(w) }); err != nil {
			t.Errorf("%v", err)
		}
	}
}

func TestSoundTwinPasses(t *testing.T) { schedtest.Run(t, within(func(*twin) {})) }

// TestBrokenTwinsAreCaught shows of every broken twin that each case named for it notices.
func TestBrokenTwinsAreCaught(t *testing.T) {
	cases := map[string]proof.Case[schedtest.Within]{}
	for _, c := range schedtest.Cases {
		cases[c.Name] = c
	}
	for _, b := range twins {
		t.Run(b.name, func(t *testing.T) {
			for _, name := range b.notice {
				c, ok := cases[name]
				if !ok {
					t.Fatalf("there is no case %q", name)
				}
				if failed, log := proof.Record(name, func(r proof.T) { c.Run(r, within(b.damage)) }); !failed {
					t.Errorf("case %q did not notice\n%s", name, log)
				}
			}
		})
	}
}
