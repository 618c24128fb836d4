package reach_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"tidemark/adapters/goruntime"
	"tidemark/adapters/memory"
	"tidemark/domain/fault"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/domain/telemetry"
	"tidemark/ports/chunks"
	"tidemark/ports/journal"
	"tidemark/ports/sched"
	"tidemark/ports/storageaccount"
)

// TestWhatACallSays is every end of a call, and what is told of the endpoint. A call that somebody gave up says
// nothing; one that a deadline ended is silence only if it had a second.
func TestWhatACallSays(t *testing.T) {
	canceled := func(s sched.Scheduler) (context.Context, func()) {
		ctx, cancel := s.WithCancel(context.Background())
		return ctx, cancel
	}
	within := func(d time.Duration) func(sched.Scheduler) (context.Context, func()) {
		return func(s sched.Scheduler) (context.Context, func()) {
			ctx, cancel := s.WithTimeout(context.Background(), d)
			return ctx, cancel
		}
	}
	for name, c := range map[string]struct {
		err  error
		ctx  func(sched.Scheduler) (context.Context, func())
		took time.Duration
		want []region.Outcome
	}{
		"an answer":              {nil, nil, 0, []region.Outcome{region.Answered}},
		"an absence":             {fault.New(fault.NotFound, "op", ""), nil, 0, []region.Outcome{region.Answered}},
		"a conflict":             {fault.New(fault.Conflict, "op", ""), nil, 0, []region.Outcome{region.Answered}},
		"bytes that do not read": {fault.New(fault.Corrupt, "op", ""), nil, 0, []region.Outcome{region.Answered}},
		"what was never sent":    {fault.New(fault.Invalid, "op", ""), nil, 0, nil},
		"what is too large":      {fault.New(fault.TooLarge, "op", ""), nil, 0, nil},
		"a bug":                  {errors.New("bug"), nil, 0, nil},
		"a refusal":              {fault.New(fault.Unavailable, "op", ""), nil, 0, []region.Outcome{region.Failed}},
		"an answer that was lost": {fault.New(fault.Indeterminate, "op", ""), nil, 0,
			[]region.Outcome{region.Failed}},
		"a second of nothing": {fault.Wrap(fault.Unavailable, "op", context.DeadlineExceeded), nil, time.Second,
			[]region.Outcome{region.Silent}},
		"less than a second": {fault.Wrap(fault.Unavailable, "op", context.DeadlineExceeded), nil,
			time.Second - 1, []region.Outcome{region.Failed}},
		"given up": {fault.New(fault.Unavailable, "op", ""), canceled, 5 * time.Second, nil},
		"given up, and classified": {fault.Wrap(fault.Canceled, "op", context.Canceled), canceled, 5 * time.Second,
			nil},
		"a caller in a hurry": {fault.Wrap(fault.Canceled, "op", context.DeadlineExceeded),
			within(100 * time.Millisecond), 100 * time.Millisecond, nil},
		"a caller who waited": {fault.Wrap(fault.Canceled, "op", context.DeadlineExceeded), within(2 * time.Second),
			2 * time.Second, []region.Outcome{region.Silent}},
	} {
		t.Run(name, func(t *testing.T) {
			onVirtualTime(t, 1, func(s *memory.Sched) {
				var told notices
				g := reach.NewGuard(east, reach.Config{}, s, told.seen)
				rows := reach.Rows(endingRows{s: s, err: c.err, took: c.took}, g)
				ctx, end := context.Background(), func() {}
				if c.ctx != nil {
					ctx, end = c.ctx(s)
				}
				if _, deadline := ctx.Deadline(); c.ctx != nil && !deadline {
					end()
				}
				_, err := rows.Expired(ctx)
				end()
				if !errors.Is(err, c.err) {
					t.Errorf("the call gave %v", err)
				}
				if got := told.outcomes(); !slices.Equal(got, c.want) {
					t.Errorf("told %v, want %v", got, c.want)
				}
				if f := g.Figures(); f.UnderWay != 0 {
					t.Errorf("%d calls are under way", f.UnderWay)
				}
			})
		})
	}
}

// endingRows is rows of which a call takes some time and ends with an error.
type endingRows struct {
	chunks.Store
	s    sched.Scheduler
	err  error
	took time.Duration
}

func (r endingRows) Expired(context.Context) (int32, error) {
	_ = r.s.Sleep(context.Background(), r.took)
	return 0, r.err
}

// TestABreakerInFrontOfAnEndpoint fails until it opens, and lets one call a second through until one is answered. What
// is refused says so at once, says when to come again, and never reached the endpoint.
func TestABreakerInFrontOfAnEndpoint(t *testing.T) {
	onVirtualTime(t, 1, func(s *memory.Sched) {
		var told notices
		e := after(s, time.Millisecond)
		g := reach.NewGuard(east, reach.Config{}, s, told.seen)
		call, ctx := over(e, g), context.Background()
		e.turn(resets)
		for range 5 {
			if err := call(ctx); !fault.Is(err, fault.Indeterminate) {
				t.Fatalf("a reset is %v", err)
			}
		}
		var refused *fault.Error
		if err := call(ctx); !errors.As(err, &refused) || refused.Kind != fault.Unavailable ||
			refused.RetryAfter <= 0 || refused.RetryAfter > time.Second || e.counted() != 5 ||
			refused.Message != "the journal in east does not answer: try again later" {
			t.Fatalf("after %d calls: %#v", e.counted(), refused)
		}
		for range 3 { // each rest a call goes through and fails
			_ = s.Sleep(ctx, time.Second)
			before := e.counted()
			for range 10 {
				_ = call(ctx)
			}
			if e.counted() != before+1 {
				t.Fatalf("%d calls went through after a rest", e.counted()-before)
			}
		}
		e.turn(none)
		_ = s.Sleep(ctx, time.Second)
		for range 10 {
			if err := call(ctx); err != nil {
				t.Fatal(err)
			}
		}
		want := append(slices.Repeat([]region.Outcome{region.Failed}, 8), slices.Repeat([]region.Outcome{
			region.Answered}, 10)...)
		if got := told.outcomes(); !slices.Equal(got, want) {
			t.Errorf("told %v", got)
		}
		if f := g.Figures(); f != (reach.Figures{Breaker: reach.Closed, Opened: 4, Refused: 1 + 27}) {
			t.Errorf("%+v", f)
		}
	})
}

// TestOneOfManyTries: of a hundred writes that come when the rest is over one goes through, and if it is given up
// another may.
func TestOneOfManyTries(t *testing.T) {
	onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		e := after(s, time.Millisecond)
		g := reach.NewGuard(east, reach.Config{}, s, func(region.Called) {})
		rows, ctx := reach.Rows(callingRows{e: e}, g), context.Background()
		call := func(ctx context.Context) error { return rows.Apply(ctx) }
		e.turn(refuses)
		for range 5 {
			_ = call(ctx)
		}
		_ = s.Sleep(ctx, time.Second)
		e.turn(deaf)
		short, cancel := s.WithTimeout(ctx, 10*time.Millisecond)
		defer cancel()
		before := e.counted()
		_ = sched.Each(ctx, s, 100, 0, func(context.Context, int) error { _ = call(short); return nil })
		if got := e.counted() - before; got != 1 || g.State() != reach.HalfOpen {
			t.Fatalf("%d of a hundred went through, and it is %v", got, g.State())
		}
		e.turn(none)
		if err := call(ctx); err != nil || g.State() != reach.Closed {
			t.Fatalf("the next is %v, and it is %v", err, g.State())
		}
	})
}

// TestABulkheadIsNoQueue: what is too much is refused at once, and room is given back.
func TestABulkheadIsNoQueue(t *testing.T) {
	onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		e := after(s, time.Second/2)
		g := reach.NewGuard(region.PrimaryOf("acct"), reach.Config{Calls: 8}, s, func(region.Called) {})
		call, ctx, began := over(e, g), context.Background(), s.Now()
		refused := 0
		_ = sched.Each(ctx, s, 100, 0, func(ctx context.Context, _ int) error {
			if err := call(ctx); err != nil {
				var f *fault.Error
				if !errors.As(err, &f) || f.Kind != fault.Unavailable || f.RetryAfter != time.Second ||
					f.Message != "the account has too many calls under way: try again later" ||
					s.Now().Sub(began) != 0 {
					t.Errorf("after %v: %#v", s.Now().Sub(began), err)
				}
				refused++
			}
			return nil
		})
		if f := g.Figures(); refused != 92 || e.most != 8 || f.Full != 92 || f.UnderWay != 0 ||
			f.Breaker != reach.Closed {
			t.Errorf("%d refused, %d at once, %+v", refused, e.most, f)
		}
		if err := call(ctx); err != nil {
			t.Error(err)
		}
	})
}

// TestABoundEndsACall: a brief call of a caller who would wait for ever. A read is unavailable, and a write may have
// happened.
func TestABoundEndsACall(t *testing.T) {
	onVirtualTime(t, 1, func(s *memory.Sched) {
		var told notices
		e := after(s, time.Millisecond)
		e.turn(deaf)
		g := reach.NewGuard(east, reach.Config{Bound: time.Second}, s, told.seen)
		rows, ctx, began := reach.Rows(callingRows{e: e}, g), context.Background(), s.Now()
		if _, err := rows.Expired(ctx); !fault.Is(err, fault.Unavailable) || s.Now().Sub(began) != time.Second {
			t.Errorf("a read after %v: %v", s.Now().Sub(began), err)
		}
		_ = s.Sleep(ctx, time.Second)
		if err := rows.Apply(ctx); !fault.Is(err, fault.Indeterminate) || s.Now().Sub(began) != 3*time.Second {
			t.Errorf("a write after %v: %v", s.Now().Sub(began), err)
		}
		if got := told.outcomes(); !slices.Equal(got, []region.Outcome{region.Silent, region.Silent}) {
			t.Errorf("told %v", got)
		}
	})
}

// TestSilenceIsSeenWhileEverybodyWaits, whoever waits for as long as they like: and not while somebody gets answers,
// nor while whoever reads takes his time.
func TestSilenceIsSeenWhileEverybodyWaits(t *testing.T) {
	onVirtualTime(t, seedOf(t), func(s *memory.Sched) {
		var told notices
		e := after(s, time.Millisecond)
		g := reach.NewGuard(east, reach.Config{}, s, told.seen)
		call, ctx := over(e, g), context.Background()
		waiting, cancel := s.WithCancel(ctx)
		defer cancel()
		e.turn(deaf)
		s.Go("waits", func() { _ = call(waiting) })
		_ = s.Sleep(ctx, 900*time.Millisecond)
		e.turn(none)
		_ = call(ctx) // others are answered meanwhile
		_ = s.Sleep(ctx, 900*time.Millisecond)
		if g.Look(); g.State() != reach.Closed {
			t.Fatalf("after %v it is %v", told.outcomes(), g.State())
		}
		_ = s.Sleep(ctx, 200*time.Millisecond)
		if g.Look(); g.State() != reach.Open {
			t.Fatalf("after a second of nothing it is %v: %v", g.State(), told.outcomes())
		}
		if got := told.outcomes(); !slices.Equal(got, []region.Outcome{region.Answered, region.Silent}) {
			t.Errorf("told %v", got)
		}
	})
	onVirtualTime(t, 1, func(s *memory.Sched) {
		var told notices
		g := reach.NewGuard(east, reach.Config{}, s, told.seen)
		d, ctx := memory.NewJournal(s), context.Background()
		for i := range 3 {
			if err := d.Register(ctx, telemetry.Shard{Tenant: telemetry.Tenant(fmt.Sprint(i))}, 20500); err != nil {
				t.Fatal(err)
			}
		}
		began := s.Now()
		for range reach.Directory(d, g).Shards(ctx) {
			_ = s.Sleep(ctx, time.Minute)
			g.Look()
			if told.outcomes() != nil {
				t.Fatal("whoever reads takes his time, and the endpoint is taken for silent")
			}
			if s.Now().Sub(began) > time.Minute {
				break
			}
		}
		// what came last came a minute ago, and nothing is said of now
		if c := told.all[0]; len(told.all) != 1 || c.Outcome != region.Answered || c.Ended.Sub(began) != time.Minute {
			t.Errorf("told %v", told.all)
		}
	})
}

// TestCallsThatAreGivenUpAddUp to a silence, unless something came between them.
func TestCallsThatAreGivenUpAddUp(t *testing.T) {
	onVirtualTime(t, 1, func(s *memory.Sched) {
		e := after(s, time.Millisecond)
		g := reach.NewGuard(east, reach.Config{}, s, func(region.Called) {})
		call := over(e, g)
		long := reach.Directory(memory.NewJournal(s), g)
		hurried := func() {
			e.turn(deaf)
			ctx, cancel := s.WithTimeout(context.Background(), 400*time.Millisecond)
			defer cancel()
			_ = call(ctx)
			_ = s.Sleep(context.Background(), time.Minute)
			g.Look()
		}
		for i := range 6 {
			hurried()
			hurried()
			e.turn(none)
			answered := func() error { return call(context.Background()) }
			if i%2 == 0 { // a long call, that nobody waited for in the same way
				answered = func() error { return long.Prepare(context.Background(), 20500) }
			}
			if state, err := g.State(), answered(); state != reach.Closed || err != nil {
				t.Fatalf("after 0.8 s of nothing it is %v, and a call gives %v", state, err)
			}
		}
		for i := range 3 {
			if g.State() != reach.Closed {
				t.Fatalf("after %d calls it is %v", i, g.State())
			}
			hurried()
		}
		if g.State() != reach.Open {
			t.Errorf("after 1.2 s of nothing it is %v", g.State())
		}
	})
}

// TestABreakerThatOpensBecauseOfTheShareIsTold: no row of failures says it.
func TestABreakerThatOpensBecauseOfTheShareIsTold(t *testing.T) {
	onVirtualTime(t, 1, func(s *memory.Sched) {
		var told notices
		e := after(s, time.Millisecond)
		g := reach.NewGuard(east, reach.Config{}, s, told.seen)
		call := over(e, g)
		for range 10 {
			e.turn(none)
			_ = call(context.Background())
			e.turn(resets)
			_ = call(context.Background())
		}
		got := told.outcomes()
		if len(got) != 21 || got[19] != region.Failed || got[20] != region.Barred || g.State() != reach.Open {
			t.Errorf("it is %v, told %v", g.State(), got)
		}
	})
}

// TestAPanicGivesItsRoomBack, and says nothing.
func TestAPanicGivesItsRoomBack(t *testing.T) {
	var told notices
	g := reach.NewGuard(east, reach.Config{}, goruntime.New(), told.seen)
	rows := reach.Rows(panickingRows{}, g)
	for _, call := range []func(){func() { _, _ = rows.Expired(t.Context()) }, func() {
		for range rows.Scan(t.Context(), chunks.Range{}) {
		}
	}} {
		func() {
			defer func() { _ = recover() }()
			call()
			t.Error("no panic")
		}()
	}
	if f := g.Figures(); f.UnderWay != 0 || told.outcomes() != nil {
		t.Errorf("%+v", f)
	}
}

type panickingRows struct{ chunks.Store }

func (panickingRows) Expired(context.Context) (int32, error) { panic("rows") }

func (panickingRows) Scan(context.Context, chunks.Range) iter.Seq2[chunks.Row, error] {
	return func(func(chunks.Row, error) bool) { panic("rows") }
}

// TestEveryCallOfAPortIsGuarded calls every method of the ports while the breaker is open.
func TestEveryCallOfAPortIsGuarded(t *testing.T) {
	s, ctx := goruntime.New(), t.Context()
	g := reach.NewGuard(east, reach.Config{Breaker: reach.BreakerConfig{Row: 1, Rest: time.Hour}}, s,
		func(region.Called) {})
	e := after(s, 0)
	e.turn(refuses)
	_ = over(e, g)(ctx)
	// nothing is behind them: a call that goes through panics
	j, d, r := reach.Journal(nobody{}, g), reach.Directory(nobodys{}, g), reach.Rows(callingRows{}, g)
	st, sh := telemetry.Stream{}, telemetry.Shard{}
	one := func(_ any, err error) error { return err }
	for op, err := range map[string]error{
		"journal.identity": one(j.Identity(ctx)), "journal.append": one(j.Append(ctx, journal.Append{})),
		"journal.index": one(j.Index(ctx, sh, 0)), "journal.drop": j.Drop(ctx, st, 1),
		"journal.end": one(j.End(ctx, st)), "journal.state": one(j.State(ctx, st)),
		"journal.seal": j.Seal(ctx, st, 1, ""), "journal.fill": j.Fill(ctx, st, journal.Entry{}),
		"journal.init": d.Init(ctx, journal.Place{}), "journal.register": d.Register(ctx, sh, 0),
		"journal.first": one(d.First(ctx, sh)), "journal.advance": d.Advance(ctx, journal.Registered{Shard: sh}, 0),
		"journal.lower": d.Lower(ctx, sh, 0), "journal.change": d.Change(ctx, journal.Place{}, journal.Place{}),
		"journal.now":     one(d.Now(ctx)),
		"journal.prepare": d.Prepare(ctx, 0), "journal.expire": d.Expire(ctx, 0),
		"rows.get": one(r.Get(ctx, chunks.Key{})), "rows.apply": r.Apply(ctx), "rows.prepare": r.Prepare(ctx),
		"rows.expire": r.Expire(ctx, 0), "rows.expired": one(r.Expired(ctx)),
		"journal.heads": first(j.Heads(ctx, st, 0)),
		"journal.read":  first(j.Read(ctx, st, 0)), "journal.shards": first(d.Shards(ctx)),
		"rows.scan":        first(r.Scan(ctx, chunks.Range{})),
		"account.tidemark": one(reach.Account(told{}, g, nil).Tidemark(ctx)),
	} {
		if !fault.Is(err, fault.Unavailable) || !strings.HasPrefix(err.Error(), op+": ") {
			t.Errorf("%s: %v", op, err)
		}
	}
	if got := e.counted(); got != 1 {
		t.Errorf("%d calls went through", got)
	}
}

// nobody, nobodys and told are ports with nothing behind them.
type (
	nobody  struct{ journal.Journal }
	nobodys struct{ journal.Directory }
	told    struct{ storageaccount.Account }
)

// first is the error that comes first of what yields.
func first[T any](seq iter.Seq2[T, error]) error {
	for _, err := range seq {
		return err
	}
	return nil
}
