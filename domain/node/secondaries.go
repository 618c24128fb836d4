package node

import (
	"context"
	"time"

	"tidemark/domain/bounds"
	"tidemark/domain/reach"
	"tidemark/domain/region"
	"tidemark/ports/sched"
	"tidemark/ports/storageaccount"
)

// secondaries are the accounts as requests read them, of which one at least has a secondary endpoint that can be read:
// each at its primary, or, while that is known to be away, at the secondary, if that may be read.
type secondaries struct {
	watch    *reach.Watch
	accounts *bounds.Accounts   // those with a secondary behind guards
	of       []*reach.Secondary // by place; nil: it has none
	ask      map[region.Endpoint]func(context.Context) error
	tides    []storageaccount.Account // of those that have one
	sched    sched.Scheduler
}

// tideEvery is how often a secondary is asked whether it is live, whatever else is heard of it. What it said is good
// for six times as long.
const tideEvery = 5 * time.Second

// rowCalls is how many calls for rows of an account may be under way: a question makes sixteen side by side, and what
// is over it is refused.
const rowCalls = 4096

// newSecondaries puts guards before the endpoints of the accounts; nil if none of them has a secondary. decided hears
// what is decided of them.
func newSecondaries(of *bounds.Accounts, s sched.Scheduler, decided func(region.Decision)) *secondaries {
	out := &secondaries{sched: s, ask: map[region.Endpoint]func(context.Context) error{}}
	var watched []region.Account
	for _, place := range of.All() {
		if a := of.At(place); a.Secondary != nil {
			watched = append(watched, region.Account{Name: a.Name, Secondary: true})
		}
	}
	if len(watched) == 0 {
		return nil
	}
	out.watch = reach.NewWatch(reach.WatchConfig{Accounts: watched, Decided: decided}, s)
	out.accounts = of.Over(func(a bounds.Account) bounds.Account {
		if a.Secondary == nil {
			out.of = append(out.of, nil)
			return a
		}
		return out.guard(a, s)
	})
	return out
}

// guard puts guards before the endpoints of the next account, and has the watch ask them.
func (e *secondaries) guard(a bounds.Account, s sched.Scheduler) bounds.Account {
	primary, secondary := region.PrimaryOf(a.Name), region.SecondaryOf(a.Name)
	a.Rows = reach.Rows(a.Rows, e.watch.Guard(primary, reach.Config{Calls: rowCalls}))
	g := e.watch.Guard(secondary, reach.Config{Calls: rowCalls})
	second := reach.NewSecondary(a.Secondary, g, s)
	e.tides = append(e.tides, reach.Account(second.Account(a.Tide), g, e.watch.Told))
	e.of = append(e.of, second)
	rows := a.Rows
	e.ask[primary] = func(ctx context.Context) error {
		_, err := rows.Expired(ctx)
		return err
	}
	a.Secondary = second
	return a
}

// choices are how a question may read the accounts now, the best first: if home, of which it reads first, does not
// answer there, it begins again at home's other endpoint.
func (e *secondaries) choices() []bounds.Reading {
	may := make([]bool, len(e.of))
	at := make([]bool, len(e.of))
	for place, second := range e.of {
		may[place] = second != nil && second.May()
		at[place] = may[place] && e.watch.Health(region.PrimaryOf(e.accounts.At(place).Name)) == region.Lost
	}
	chosen := func(place int) bool { return at[place] }
	out := []bounds.Reading{e.accounts.Reading(chosen)}
	if may[0] {
		at[0] = !at[0]
		out = append(out, e.accounts.Reading(chosen))
	}
	return out
}

// run keeps up what is known of the endpoints until the context ends.
func (e *secondaries) run(ctx context.Context) error {
	all := sched.NewGroup(ctx, e.sched, 0)
	all.Go(func(ctx context.Context) error { return e.watch.Run(ctx, e.ask) })
	for _, tide := range e.tides {
		all.Go(func(ctx context.Context) error { return e.follow(ctx, tide) })
	}
	return all.Wait()
}

// follow asks for a tidemark again and again. The guard tells what comes of it.
func (e *secondaries) follow(ctx context.Context, tide storageaccount.Account) error {
	for {
		within, done := e.sched.WithTimeout(ctx, reach.DefaultSilence)
		_, _ = tide.Tidemark(within)
		done()
		if err := e.sched.Sleep(ctx, tideEvery); err != nil {
			return err
		}
	}
}
