package reach_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/ports/sched"
)

// site is a process with two journals, as its foreground has them.
type site struct {
	s      *memory.Sched
	ends   map[region.Endpoint]*endpoint
	calls  map[region.Endpoint]func(context.Context) error
	watch  *reach.Watch
	story  []string // what was decided, and when
	modes  []region.Changed
	stop   func()
	halted sched.Event
}

// newSite makes one and lets its watch run.
func newSite(s *memory.Sched, takes func() time.Duration, cfg reach.Config) *site {
	x := &site{s: s, ends: map[region.Endpoint]*endpoint{}, calls: map[region.Endpoint]func(context.Context) error{},
		halted: s.NewEvent()}
	began := s.Now()
	x.watch = reach.NewWatch(reach.WatchConfig{Journals: []region.Name{"east", "west"},
		Decided: func(d region.Decision) {
			switch d := d.(type) {
			case region.Ask:
				return
			case region.Changed:
				x.modes = append(x.modes, d)
			}
			x.story = append(x.story, fmt.Sprintf("%v: %v", s.Now().Sub(began), d))
		}}, s)
	for _, of := range []region.Endpoint{east, west} {
		x.ends[of] = &endpoint{s: s, is: none, takes: takes}
		x.calls[of] = over(x.ends[of], x.watch.Guard(of, cfg))
	}
	ctx, cancel := s.WithCancel(context.Background())
	x.stop = cancel
	s.Go("watch", func() {
		_ = x.watch.Run(ctx, x.calls)
		x.halted.Set()
	})
	return x
}

// write is a write as ingest makes one: a leg a journal, each tried again for a second; it waits for both as long as
// the mode is normal, and else for one. It gives whether one was reached.
func (x *site) write() bool {
	ctx, cancel := x.s.WithTimeout(context.Background(), time.Second)
	defer cancel()
	both, one := x.s.NewEvent(), x.s.NewEvent()
	stored := 0
	for _, of := range []region.Endpoint{east, west} {
		leg, stop := x.s.WithTimeout(context.Background(), time.Second)
		x.s.Go("leg", func() {
			defer stop()
			for {
				err := x.calls[of](leg)
				if err == nil {
					break
				}
				if fault.Is(err, fault.Canceled) || x.s.Sleep(leg, 50*time.Millisecond) != nil {
					return
				}
			}
			one.Set()
			if stored++; stored == 2 {
				both.Set()
			}
		})
	}
	if mode, turned := x.watch.Turned(); mode == region.Normal {
		x.s.Go("turned", func() {
			if turned.Wait(ctx) == nil {
				both.Set()
			}
		})
		_ = both.Wait(ctx)
	}
	return one.Wait(ctx) == nil
}

// TestWritesGoOnWithinTwoSeconds takes a journal away in every way at a moment that is drawn, with few writers or many,
// busy or not, and holds: a write that begins two seconds later or more waits for nobody; none is without one journal;
// the mode changes once, and once back when the journal is back.
func TestWritesGoOnWithinTwoSeconds(t *testing.T) {
	first := seedOf(t)
	var longest time.Duration
	var waits []time.Duration
	for seed := first; seed < first+25; seed++ {
		for i, what := range []trouble{refuses, resets, hangs, deaf} {
			cfg := reach.Config{}
			if what == deaf && seed%2 == 0 {
				cfg.Bound = time.Second
			}
			var took time.Duration
			s := onVirtualTime(t, seed, func(s *memory.Sched) { took = switched(t, s, seed, what, cfg) })
			longest = max(longest, took)
			waits = append(waits, took)
			if i == 0 && seed < first+5 {
				again := onVirtualTime(t, seed, func(s *memory.Sched) { switched(t, s, seed, what, cfg) })
				if again.Hash() != s.Hash() {
					t.Fatalf("seed %d gave two histories", seed)
				}
			}
		}
	}
	slices.Sort(waits)
	t.Logf("until writes do not wait any more: half of the worlds %v, nine of ten %v, at most %v",
		waits[len(waits)/2], waits[len(waits)*9/10], longest)
}

// switched is one world; it gives how long after the first moment of the trouble the last write began that waited.
func switched(t *testing.T, s *memory.Sched, seed uint64, what trouble, cfg reach.Config) (until time.Duration) {
	rng := rand.New(rand.NewPCG(seed, 2))
	x := newSite(s, func() time.Duration { return time.Duration(1+rng.IntN(60)) * time.Millisecond }, cfg)
	lost := []region.Endpoint{east, west}[rng.IntN(2)]
	writers, think := 1+rng.IntN(12), []int{20, 100, 3000, 30_000}[rng.IntN(4)]
	at := s.Now().Add(time.Duration(5000+rng.IntN(10_000)) * time.Millisecond)
	back, end := at.Add(time.Duration(10+rng.IntN(20))*time.Second), at.Add(40*time.Second)
	ctx := context.Background()
	s.Go("trouble", func() {
		_ = s.Sleep(ctx, at.Sub(s.Now()))
		x.ends[lost].turn(what)
		_ = s.Sleep(ctx, back.Sub(s.Now()))
		x.ends[lost].turn(none)
	})
	_ = sched.Each(ctx, s, writers, 0, func(ctx context.Context, _ int) error {
		for s.Now().Before(end) {
			_ = s.Sleep(ctx, time.Duration(rng.IntN(1000*think))*time.Microsecond)
			began := s.Now()
			if !x.write() {
				t.Errorf("seed %d, %s: a write reached nobody", seed, what)
				return nil
			}
			took := s.Now().Sub(began)
			if took <= 150*time.Millisecond || !began.Before(back) {
				continue
			}
			until = max(until, s.Now().Sub(at))
			if s.Now().Sub(at) > 2*time.Second {
				t.Errorf("seed %d, %s, %d writers that think for %d ms: a write waits until %v after it began: %q",
					seed, what, writers, think, s.Now().Sub(at), x.story)
				return nil
			}
		}
		return nil
	})
	_ = s.Sleep(ctx, back.Add(20*time.Second).Sub(s.Now()))
	if len(x.modes) != 4 || x.modes[2] != (region.Changed{From: region.Normal, To: region.Exposed}) ||
		x.watch.Mode() != region.Normal {
		t.Errorf("seed %d, %s: %q", seed, what, x.story)
	}
	x.stop()
	_ = x.halted.Wait(ctx)
	return until
}

// TestAWatchOfNoTrafficKnows asks by itself: the health of what nobody calls, how often, and that it ends when told.
func TestAWatchOfNoTrafficKnows(t *testing.T) {
	s := onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		x := newSite(s, func() time.Duration { return time.Millisecond }, reach.Config{})
		ctx := context.Background()
		_ = s.Sleep(ctx, time.Minute)
		if x.watch.Mode() != region.Normal || x.ends[east].calls < 70 || x.ends[east].calls > 85 {
			t.Errorf("%v, and the east was asked %d times in a minute", x.watch.Mode(), x.ends[east].calls)
		}
		mode, turned := x.watch.Turned()
		x.ends[west].turn(hangs)
		if mode != region.Normal || turned.IsSet() {
			t.Error("nothing has happened yet, and the mode has turned")
		}
		_ = s.Sleep(ctx, 2*time.Second)
		if !turned.IsSet() {
			t.Error("whoever waits for the normal mode is not told")
		}
		if x.watch.Mode() != region.Exposed || x.watch.Reach().Health(west) != region.Lost ||
			x.watch.Health(west) != region.Lost || x.watch.Health(east) != region.Well {
			t.Errorf("the west hangs for 2 s: %v", x.watch.Reach())
		}
		x.ends[west].turn(none)
		_ = s.Sleep(ctx, 18*time.Second)
		if x.watch.Mode() != region.Normal || len(x.modes) != 4 {
			t.Errorf("the west is back: %v, %q", x.watch.Reach(), x.story)
		}
		// whoever waits without end is seen to wait, and before any question has had its second
		x.ends[west].turn(deaf)
		waiting, cancel := s.WithCancel(ctx)
		s.Go("waits", func() { _ = x.calls[west](waiting) })
		_ = s.Sleep(ctx, 1300*time.Millisecond)
		if x.watch.Mode() != region.Exposed {
			t.Errorf("somebody has waited for 1.3 s: %v", x.watch.Reach())
		}
		cancel()
		// one question at a time is under way, and none when it has ended
		x.ends[west].most = 0
		_ = s.Sleep(ctx, 10*time.Second)
		if x.ends[west].most != 1 {
			t.Errorf("%d questions at once", x.ends[west].most)
		}
		for x.ends[west].under == 0 {
			_ = s.Sleep(ctx, 10*time.Millisecond)
		}
		x.stop()
		if _ = x.halted.Wait(ctx); x.ends[west].under != 0 {
			t.Error("it has ended, and a question is under way")
		}
	})
	if left := s.Left(); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

// TestAnswersOfWhatIsWellAreTakenInLate: of a thousand answers a watch makes few steps, and it knows when the last came
// all the same: a silence that began before it is none.
func TestAnswersOfWhatIsWellAreTakenInLate(t *testing.T) {
	onVirtualTime(t, 1, func(s *memory.Sched) {
		w := reach.NewWatch(reach.WatchConfig{Journals: []region.Name{"east", "west"}}, s)
		e, ctx := after(s, time.Millisecond), context.Background()
		g := w.Guard(east, reach.Config{})
		call := over(e, g)
		slow, cancel := s.WithCancel(ctx)
		defer cancel()
		_ = call(ctx)
		e.turn(hangs)
		s.Go("slow", func() { _ = call(slow) })
		_ = s.Sleep(ctx, time.Millisecond)
		e.turn(none)
		for range 990 {
			_ = call(ctx)
		}
		_ = s.Sleep(ctx, time.Second) // the slow one ends: silent, since before the answers
		if w.Reach().Health(east) != region.Well || g.State() != reach.Closed {
			t.Errorf("%v, the breaker is %v", w.Reach(), g.State())
		}
	})
}

// TestAWatchHearsTidemarks of a guarded account, and of the endpoint that told them.
func TestAWatchHearsTidemarks(t *testing.T) {
	onVirtualTime(t, 1, func(s *memory.Sched) {
		secondary := region.SecondaryOf("acct")
		w := reach.NewWatch(reach.WatchConfig{Journals: []region.Name{"east"},
			Accounts: []region.Account{{Name: "acct", Secondary: true}}}, s)
		inner := memory.NewAccount(s)
		inner.SetState(region.Live, 2*time.Second)
		account := reach.Account(inner, w.Guard(secondary, reach.Config{}), w.Told)
		tide, err := account.Tidemark(context.Background())
		if err != nil || w.Reach().Tidemark("acct") != tide || w.Reach().Health(secondary) != region.Well {
			t.Errorf("%v told, %v: %v", tide, err, w.Reach())
		}
		inner.SetFault(func(string) memory.Fault { return memory.FaultFail })
		if _, err := account.Tidemark(context.Background()); err == nil || w.Reach().Tidemark("acct") != tide {
			t.Errorf("one question that fails is no tidemark that is gone: %v", w.Reach())
		}
		// what is not configured is guarded, and says nothing
		other := over(after(s, 0), w.Guard(region.JournalOf("north"), reach.Config{}))
		if err := other(context.Background()); err != nil || len(w.Guards()) != 2 ||
			w.Health(region.JournalOf("north")) != region.Unknown {
			t.Errorf("%v", err)
		}
	})
}

// TestAQuestionIsNotAskedTwiceAtOnce, of endpoints of which nothing is known yet and that hang.
func TestAQuestionIsNotAskedTwiceAtOnce(t *testing.T) {
	onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		x := newSite(s, func() time.Duration { return time.Hour }, reach.Config{})
		_ = s.Sleep(context.Background(), 900*time.Millisecond)
		if x.ends[east].most != 1 || x.ends[west].most != 1 || x.watch.Mode() != region.ReadOnly {
			t.Errorf("%d questions at once: %v", x.ends[east].most, x.watch.Reach())
		}
		x.stop()
		_ = x.halted.Wait(context.Background())
	})
}

// TestAWatchWaitsForItsQuestions when it is told to end.
func TestAWatchWaitsForItsQuestions(t *testing.T) {
	onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		w := reach.NewWatch(reach.WatchConfig{Journals: []region.Name{"east"}}, s)
		ctx, cancel := s.WithCancel(context.Background())
		s.AfterFunc(500*time.Millisecond, cancel)
		ended := false
		err := w.Run(ctx, map[region.Endpoint]func(context.Context) error{east: func(ctx context.Context) error {
			_ = s.Sleep(ctx, time.Hour)
			_ = s.Sleep(context.Background(), 100*time.Millisecond)
			ended = true
			return nil
		}})
		if err == nil || !ended {
			t.Errorf("it ended with %v, its question: %v", err, ended)
		}
	})
}
