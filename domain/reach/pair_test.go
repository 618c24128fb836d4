package reach_test

import (
	"context"
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

// paired is two endpoints that are read as a pair; an answer says who gave it.
type paired struct {
	near, far     *endpoint
	gNear, gFar   *reach.Guard
	pair          *reach.Pair
	budget        *reach.Budget
	readNear, Far func(context.Context) (string, error)
}

func newPaired(s sched.Scheduler, near, far *endpoint) *paired {
	ignore := func(region.Called) {}
	p := &paired{near: near, far: far, gNear: reach.NewGuard(east, reach.Config{}, s, ignore),
		gFar: reach.NewGuard(west, reach.Config{}, s, ignore)}
	p.budget = reach.NewBudget(reach.DefaultShare, reach.DefaultSaved)
	p.pair = reach.NewPair(reach.PairConfig{}, p.gNear, p.gFar, p.budget, s)
	saying := func(who string, call func(context.Context) error) func(context.Context) (string, error) {
		return func(ctx context.Context) (string, error) { return who, call(ctx) }
	}
	p.readNear, p.Far = saying("near", over(near, p.gNear)), saying("far", over(far, p.gFar))
	return p
}

// read reads, and holds that the answer is of the side that is named.
func (p *paired) read(t *testing.T, ctx context.Context) (reach.Side, error) {
	t.Helper()
	who, side, err := reach.Read(ctx, p.pair, p.readNear, p.Far)
	if err == nil && who != side.String() {
		t.Errorf("%s answered, and it is said to be %v", who, side)
	}
	return side, err
}

// TestTheNearestIsAskedAlone while it is as quick as it ever was.
func TestTheNearestIsAskedAlone(t *testing.T) {
	onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		p := newPaired(s, after(s, 5*time.Millisecond), after(s, 60*time.Millisecond))
		for range 100 {
			if side, err := p.read(t, context.Background()); err != nil || side != reach.Near {
				t.Fatalf("%v, %v", side, err)
			}
		}
		if d := p.pair.Delay(); p.far.counted() != 0 || d < 5*time.Millisecond || d > 7*time.Millisecond {
			t.Errorf("the far one was asked %d times; the delay is %v", p.far.counted(), d)
		}
	})
}

// TestASlowReadIsHedged: after the delay the other one is asked as well, its answer is taken, and the slow call is
// canceled. It costs a token.
func TestASlowReadIsHedged(t *testing.T) {
	onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		slow := 5 * time.Millisecond
		near := &endpoint{s: s, is: none, takes: func() time.Duration { return slow }}
		p := newPaired(s, near, after(s, 60*time.Millisecond))
		for range 100 {
			_, _ = p.read(t, context.Background())
		}
		slow = 10 * time.Second
		delay, began := p.pair.Delay(), s.Now()
		side, err := p.read(t, context.Background())
		if took := s.Now().Sub(began); err != nil || side != reach.Far || took != delay+60*time.Millisecond {
			t.Errorf("%v after %v, the delay is %v: %v", side, took, delay, err)
		}
		if near.under != 0 {
			t.Error("the slow call goes on")
		}
		// a far one that is slower still does not win, and is canceled
		slow = 20 * time.Millisecond
		if side, err := p.read(t, context.Background()); err != nil || side != reach.Near {
			t.Errorf("%v, %v", side, err)
		}
		_ = s.Sleep(context.Background(), time.Millisecond)
		if p.far.under != 0 {
			t.Error("the call that lost goes on")
		}
		// nor does one that fails, or that answers too late and does not hear that it is canceled
		slow = 20 * time.Millisecond
		p.far.turn(refuses)
		if side, err := p.read(t, context.Background()); err != nil || side != reach.Near {
			t.Errorf("%v, %v", side, err)
		}
		late := func(context.Context) (string, error) {
			return "far", s.Sleep(context.Background(), 60*time.Millisecond)
		}
		_, side, err = reach.Read(context.Background(), p.pair, p.readNear, late)
		if err != nil || side != reach.Near {
			t.Errorf("%v, %v", side, err)
		}
		_ = s.Sleep(context.Background(), time.Second)
		if f := p.pair.Figures(); f != (reach.PairFigures{Reads: 104, Hedged: 4, Won: 1}) {
			t.Errorf("%+v", f)
		}
	})
}

// TestReadsThatAreOvertakenCount: they took at least so long, or an endpoint that became slow would be hedged for ever.
func TestReadsThatAreOvertakenCount(t *testing.T) {
	onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		p := newPaired(s, after(s, 5*time.Millisecond), after(s, 60*time.Millisecond))
		for range 100 {
			_, _ = p.read(t, context.Background())
		}
		before := p.pair.Delay()
		p.near.turn(deaf)
		for range 10 {
			if side, err := p.read(t, context.Background()); err != nil || side != reach.Far {
				t.Fatalf("%v, %v", side, err)
			}
		}
		if after := p.pair.Delay(); after < before+50*time.Millisecond {
			t.Errorf("the delay was %v, and is %v", before, after)
		}
	})
}

// TestNoHedgeOnceABreakerOpened, be it while the read waits already.
func TestNoHedgeOnceABreakerOpened(t *testing.T) {
	onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		p := newPaired(s, after(s, 500*time.Millisecond), after(s, time.Millisecond))
		ctx := context.Background()
		s.Go("opens", func() {
			_ = s.Sleep(ctx, 50*time.Millisecond)
			p.far.turn(refuses)
			for range 5 {
				_, _ = p.Far(ctx)
			}
		})
		if side, err := p.read(t, ctx); err != nil || side != reach.Near || p.far.counted() != 5 ||
			p.pair.Figures().Hedged != 0 {
			t.Errorf("%v, %v: %+v", side, err, p.pair.Figures())
		}
	})
}

// TestHedgesComeOutOfTheBudget: all reads are slow at once, as in an overload. No more than a tenth are asked twice,
// beside what was saved. A budget without end shows what it is for.
func TestHedgesComeOutOfTheBudget(t *testing.T) {
	for _, c := range []struct {
		share       float64
		least, most int
	}{{reach.DefaultShare, 55, 60}, {1, 499, 500}} {
		onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
			p := newPaired(s, after(s, 900*time.Millisecond), after(s, 900*time.Millisecond))
			p.budget = reach.NewBudget(c.share, reach.DefaultSaved)
			p.pair = reach.NewPair(reach.PairConfig{}, p.gNear, p.gFar, p.budget, s)
			for range 500 {
				if _, err := p.read(t, context.Background()); err != nil {
					t.Fatal(err)
				}
			}
			f := p.pair.Figures()
			if n := p.far.counted(); n < c.least || n > c.most || f.Hedged != int64(n) || f.Hedged+f.Spent != 500 {
				t.Errorf("of 500 slow reads %d were asked twice with a share of %v: %+v", n, c.share, f)
			}
		})
	}
}

// TestAReadGoesOverToTheOther when the near one fails, whether it was hedged or not; and when neither answers it says
// what the near one said. While a breaker is open nothing is asked twice.
func TestAReadGoesOverToTheOther(t *testing.T) {
	ctx := context.Background()
	for _, what := range []trouble{refuses, resets, hangs, deaf} {
		onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
			p := newPaired(s, after(s, 5*time.Millisecond), after(s, 60*time.Millisecond))
			p.near.turn(what)
			for i := range 50 {
				began := s.Now()
				side, err := p.read(t, ctx)
				if took := s.Now().Sub(began); err != nil || side != reach.Far || took > 300*time.Millisecond {
					t.Fatalf("%s: read %d after %v: %v, %v", what, i, took, side, err)
				}
				if p.gNear.Look(); i == 5 && what == deaf {
					break // each is canceled before it says anything: a watch would ask by itself
				}
			}
			if what == refuses || what == resets {
				if f := p.pair.Figures(); p.near.counted() != 5 || f.Over != 5 || f.Hedged != 0 {
					t.Errorf("%s: the near one was asked %d times: %+v", what, p.near.counted(), f)
				}
			}
		})
	}
	onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		p := newPaired(s, after(s, 5*time.Millisecond), after(s, 5*time.Millisecond))
		p.near.turn(resets)
		p.far.turn(refuses)
		for range 4 {
			if side, err := p.read(t, ctx); side != reach.Near || !fault.Is(err, fault.Indeterminate) {
				t.Fatalf("%v, %v", side, err)
			}
		}
		p.far.turn(none)
		if side, err := p.read(t, ctx); err != nil || side != reach.Far {
			t.Fatalf("%v, %v", side, err)
		}
		// the far one is open: only the near one is asked, however slow
		p = newPaired(s, after(s, 900*time.Millisecond), after(s, time.Millisecond))
		p.far.turn(refuses)
		for range 5 {
			_, _ = p.Far(ctx)
		}
		before := p.far.counted()
		if side, err := p.read(t, ctx); err != nil || side != reach.Near || p.far.counted() != before {
			t.Fatalf("%v, %v", side, err)
		}
	})
}

// TestAnAbsenceIsAnAnswer: the endpoint said it. And whoever gives a read up is not answered by the other one.
func TestAnAbsenceIsAnAnswer(t *testing.T) {
	onVirtualTime(t, 1, func(s *memory.Sched) {
		p := newPaired(s, after(s, time.Millisecond), after(s, time.Millisecond))
		absent := func(context.Context) (string, error) { return "near", fault.New(fault.NotFound, "op", "") }
		_, side, err := reach.Read(context.Background(), p.pair, absent, p.Far)
		if side != reach.Near || !fault.Is(err, fault.NotFound) || p.far.counted() != 0 {
			t.Errorf("%v, %v", side, err)
		}
		p.near.turn(deaf)
		ctx, cancel := s.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		if side, err := p.read(t, ctx); side != reach.Near || !fault.Is(err, fault.Canceled) || p.far.counted() != 0 {
			t.Errorf("given up: %v, %v", side, err)
		}
	})
}

// TestReadsUnderEverySchedule lets readers loose on two endpoints whose times and troubles are drawn, and holds: every
// answer is of the side that is named; as long as one endpoint answers no read fails for longer than it takes to know;
// nothing is left under way; the same seed gives the same history.
func TestReadsUnderEverySchedule(t *testing.T) {
	first := seedOf(t)
	run := func(seed uint64) (uint64, reach.PairFigures) {
		var figures reach.PairFigures
		s := onVirtualTime(t, seed, func(s *memory.Sched) {
			rng := rand.New(rand.NewPCG(seed, 1))
			drawn := func() time.Duration {
				d := time.Duration(rng.IntN(20)) * time.Millisecond
				if rng.IntN(20) == 0 {
					d *= 50
				}
				return d
			}
			p := newPaired(s, &endpoint{s: s, is: none, takes: drawn}, &endpoint{s: s, is: none, takes: drawn})
			troubles := []trouble{none, none, refuses, resets, hangs}
			stop := s.Now().Add(20 * time.Second)
			_ = sched.Each(context.Background(), s, 9, 0, func(ctx context.Context, i int) error {
				for s.Now().Before(stop) {
					if i == 0 { // one of the two is in trouble now and then, and never both
						p.near.turn(troubles[rng.IntN(len(troubles))])
						_ = s.Sleep(ctx, time.Duration(rng.IntN(4000))*time.Millisecond)
						p.near.turn(none)
						_ = s.Sleep(ctx, 2*time.Second)
						continue
					}
					if _, err := p.read(t, ctx); err != nil {
						t.Errorf("seed %d: %v", seed, err)
						return nil
					}
					_ = s.Sleep(ctx, time.Duration(rng.IntN(50))*time.Millisecond)
				}
				return nil
			})
			_ = s.Sleep(context.Background(), 5*time.Second)
			if n := p.gNear.Figures().UnderWay + p.gFar.Figures().UnderWay + p.near.under + p.far.under; n != 0 {
				t.Fatalf("seed %d: %d calls are under way", seed, n)
			}
			figures = p.pair.Figures()
		})
		return s.Hash(), figures
	}
	var all []uint64
	var sum reach.PairFigures
	for seed := first; seed < first+30; seed++ {
		hash, f := run(seed)
		if again, _ := run(seed); again != hash {
			t.Fatalf("seed %d gave two histories", seed)
		}
		all = append(all, hash)
		sum.Hedged, sum.Won, sum.Over = sum.Hedged+f.Hedged, sum.Won+f.Won, sum.Over+f.Over
	}
	slices.Sort(all)
	if len(slices.Compact(all)) < 25 || sum.Hedged == 0 || sum.Won == 0 || sum.Over == 0 || sum.Won == sum.Hedged {
		t.Errorf("%d histories, %+v: too little happens", len(slices.Compact(all)), sum)
	}
}
